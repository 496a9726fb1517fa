/** The advice of `error-codes.js`, see `advice.d.ts`. */

import { errorCodes } from '../error-codes.js';

/** @type {typeof import('./advice.js').isCode} */
export function isCode(code) {
  return Object.hasOwn(errorCodes, code);
}

/** @type {typeof import('./advice.js').isRetryable} */
export function isRetryable(code) {
  return errorCodes[code].retryable;
}

/** @type {typeof import('./advice.js').remedy} */
export function remedy(code) {
  return errorCodes[code].remediation;
}
