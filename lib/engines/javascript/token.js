/**
 * A token: text that fits into a header, and its expiry.
 *
 * The claims of a JWT contain its expiry. The client reads them without verifying the signature,
 * which only the server can do. A wrong clock or a wrong claim causes at most one unnecessary call
 * of the user's token function, or one refusal. A token that is not a JWT, or has no `exp`, is
 * used until the server refuses it.
 */

import { fromBase64url } from '../../bytes.js';
import { own } from '../../own.js';

/** @import { Report, Token } from './session/contract.js' */

/**
 * A token is renewed this long before its expiry, or when 10 % of its lifetime remains if that is
 * later.
 */
const MAX_RENEWAL_LEAD = 60_000;
/** The shortest time between two renewals. */
const MIN_RENEWAL_INTERVAL = 500;
/** Longer lifetimes are limited to this one: ten years. */
const MAX_LIFETIME = 10 * 365 * 24 * 3_600_000;
/** Keeps a byte order mark, which is then not JSON. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a token at the Unix time `unixNow`. The remaining lifetime counts from then, so the
 * caller must use the token immediately.
 *
 * @param {string} text
 * @param {number} unixNow
 * @returns {Token}
 * @throws {Report} if a header cannot carry the text; the error does not contain the text
 */
function parseToken(text, unixNow) {
  if (!/^[!-~]+$/.test(text)) {
    /** @type {Report} */
    const report = {
      code: 'INVALID_ARGUMENT',
      message: 'options.token: expected printable ASCII without spaces: it is sent as an HTTP header',
    };
    throw report;
  }
  const claims = claimsOf(text);
  const from = (/** @type {unknown} */ start) => {
    const end = own(claims, 'exp');
    return typeof end === 'number' && typeof start === 'number'
      ? Math.min(round((end - start) * 1000), MAX_LIFETIME)
      : undefined;
  };
  const left = from(unixNow / 1000);
  const lifetime = from(own(claims, 'iat'));
  return {
    text,
    left: left && Math.max(left, 0),
    lifetime: Math.max((lifetime !== undefined && lifetime >= 0 ? lifetime : left) ?? 0, 0),
  };
}

/**
 * When to renew the token, counted from when it was parsed. Infinity for a token without an expiry,
 * and for a token that had expired already: either the local clock is wrong, or the user has no
 * newer token.
 *
 * @param {Token} token
 */
function renewAfter({ left, lifetime }) {
  // A token function may return the same token again. Then the client waits for half of the
  // remaining lifetime.
  return left ? Math.max(left - Math.min(MAX_RENEWAL_LEAD, lifetime / 10), left / 2, MIN_RENEWAL_INTERVAL) : Infinity;
}

/** The claims of a JWT; undefined where there are none. @param {string} text @returns {unknown} */
function claimsOf(text) {
  const [, claims, signature] = text.split('.');
  // Padding is not allowed in a JWT, but harmless.
  const bytes = signature === undefined ? undefined : fromBase64url(claims.replace(/=+$/, ''));
  try {
    return bytes && JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/** Seconds are fractions in binary: rounds to microseconds. @param {number} milliseconds */
function round(milliseconds) {
  return Math.round(milliseconds * 1000) / 1000;
}

export { parseToken, renewAfter };
