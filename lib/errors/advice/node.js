/** The advice of `error-codes.js`, see `advice.d.ts`. */

import { errorCodes } from '../error-codes.js';

/** The token is valid, as the words of the server show, and does not permit this. */
const PERMISSION = /permission|permitted|forbidden|not allowed|HTTP 403/i;
const TOKEN = /expired|invalid|malformed|signature|unauthenticated/i;
const GRANT = 'Use a token whose permissions allow this: a fresh one with the same permissions is refused as well.';

/** @type {typeof import('./advice.js').isCode} */
export function isCode(code) {
  return Object.hasOwn(errorCodes, code);
}

/** @type {typeof import('./advice.js').isRetryable} */
export function isRetryable(code) {
  return errorCodes[code].retryable;
}

/** @type {typeof import('./advice.js').remedy} */
export function remedy(code, message) {
  return code === 'AUTH_FAILED' && PERMISSION.test(message) && !TOKEN.test(message)
    ? GRANT
    : errorCodes[code].remediation;
}
