/** The advice of `error-codes.js`, see `advice.d.ts`. */

import { errorCodes } from '../error-codes.js';

export { docs } from './web.js';

/**
 * Refusals of a connection that stay the same until somebody changes an address or a setting: a 4xx
 * other than those that ask for another attempt.
 */
const FINAL = /^(PROXY_ERROR|UPGRADE_REFUSED)\/4(?!08|21|25|29)/;
/** The token is valid, as the words of the server show, and does not permit this. */
const PERMISSION = /permission|permitted|forbidden|not allowed|HTTP 403/i;
const TOKEN = /expired|invalid|malformed|signature|unauthenticated/i;
const GRANT = 'Use a token whose permissions allow this: a fresh one with the same permissions is refused as well.';

/** @type {typeof import('./advice.js').isCode} */
export function isCode(code) {
  return Object.hasOwn(errorCodes, code);
}

/** @type {typeof import('./advice.js').isRetryable} */
export function isRetryable(code, status) {
  return errorCodes[code].retryable && !FINAL.test(`${code}/${status}`);
}

/** @type {typeof import('./advice.js').remedy} */
export function remedy(code, message) {
  return code === 'AUTH_FAILED' && PERMISSION.test(message) && !TOKEN.test(message)
    ? GRANT
    : errorCodes[code].remediation;
}
