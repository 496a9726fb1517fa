/**
 * Reads the claims of a JWT, to decide when to fetch the next one. Nothing here verifies a
 * signature: the issuer of the token may have written anything into it. No error repeats a token or
 * a part of one.
 */

import { fromBase64url } from '../bytes.js';
import { invalidArgument, RealtimeError } from '../errors/errors.js';
import { own } from '../own.js';

/** @import { DecodedToken, TokenClaims } from '../../index.js' */

/** Servers refuse shorter headers than this. */
const MAX_TOKEN_LENGTH = 16_384;
/** Header, claims, signature; the signature is empty in an unsigned token. */
const COMPACT_FORM = /^([\w-]+)\.([\w-]+)\.([\w-]*)$/;
/** Claims that are times in seconds, RFC 7519 section 4.1. */
const TIMES = ['exp', 'iat', 'nbf'];
/** Keeps a byte order mark, which is then not JSON. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * @template {object} [Claims=TokenClaims]
 * @param {string} token
 * @returns {DecodedToken<Claims>}
 */
function decodeToken(token) {
  if (typeof token !== 'string') throw invalid('it is not a string');
  if (token.length > MAX_TOKEN_LENGTH) throw invalid(`it is longer than ${MAX_TOKEN_LENGTH} characters`);
  const [, header, claims, signature] = COMPACT_FORM.exec(token) ?? [];
  if (header === undefined) throw invalid('it is not three base64url parts with dots between them');
  decodeBase64url(signature, 'signature');
  const decoded = { header: decodeObject(header, 'header'), claims: decodeObject(claims, 'payload') };
  for (const name of TIMES) {
    const time = own(decoded.claims, name);
    // JSON can hold numbers that JavaScript reads as Infinity.
    if (time !== undefined && !Number.isFinite(time)) throw invalid(`its '${name}' is not a number of seconds`);
  }
  return /** @type {DecodedToken<Claims>} */ (decoded);
}

/** @param {string} token @param {number} [leewayMs] */
function isTokenExpired(token, leewayMs = 0) {
  return getTokenExpiresIn(token) + duration(leewayMs, 'isTokenExpired(): leewayMs') <= 0;
}

/** @param {string} token */
function getTokenExpiresIn(token) {
  const exp = own(decodeToken(token).claims, 'exp');
  return exp === undefined ? Infinity : exp * 1000 - Date.now();
}

/** @param {string} token @param {number} [thresholdMs] */
function shouldRefreshToken(token, thresholdMs = 60_000) {
  return getTokenExpiresIn(token) <= duration(thresholdMs, 'shouldRefreshToken(): thresholdMs');
}

/** @param {string} part @param {string} name */
function decodeObject(part, name) {
  const bytes = decodeBase64url(part, name);
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    // The parser's own message quotes the text.
    throw invalid(`its ${name} is not JSON in UTF-8`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`its ${name} is not a JSON object`);
  return /** @type {Record<string, unknown>} */ (value);
}

/**
 * Buffer ignores characters that are not base64url: only valid text survives the round trip.
 *
 * @param {string} part
 * @param {string} name
 */
function decodeBase64url(part, name) {
  const bytes = fromBase64url(part);
  if (bytes === undefined) throw invalid(`its ${name} is not base64url`);
  return bytes;
}

/**
 * A duration of any length, since nothing here sets a timer.
 *
 * @param {unknown} value
 * @param {string} path
 */
function duration(value, path) {
  if (typeof value !== 'number' || !(value >= 0 && value < Infinity))
    throw invalidArgument(path, 'a number of milliseconds >= 0', value);
  return value;
}

/** @param {string} why */
function invalid(why) {
  return new RealtimeError('INVALID_TOKEN', `The token cannot be decoded: ${why}`);
}

export { decodeToken, getTokenExpiresIn, isTokenExpired, shouldRefreshToken };
