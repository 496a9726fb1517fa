/**
 * Parsers of single values. Each takes the user's value and its path for an error, and returns the
 * value or throws INVALID_ARGUMENT. Errors never repeat values that may hold secrets.
 */

import { tokenAdvice, urlAdvice } from '#habits';
import { utf8Length } from '#host';
import { invalidArgument, invalidSecret } from '../errors/errors.js';
import { bare, member } from '../own.js';

/** The longest delay of a timer, about 24 days. */
const MAX_MILLISECONDS = 2 ** 31 - 1;
const MAX_NAME_BYTES = 256;
/** Compiles in no time, unlike `\p{Cc}`. */
const CONTROL_CHARACTER = /[^ -~\u00a0-\uffff]/;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** The usual form of a header name. Anything else may be a misplaced value, and is not shown. */
const USUAL_HEADER_NAME = /^(?=.{1,40}$)[a-z]+(-[a-z0-9]+)*$/i;
/** A host with a scheme or a port, and nothing else: safe to show. */
const BARE_ADDRESS = /^([a-z]{2,5}:\/\/[\w.-]{1,60}(:\d{1,5})?|(localhost|[\w-]+(\.[\w-]+)+):\d{1,5})\/?$/i;
/** Headers of the WebSocket handshake itself. */
const RESERVED_HEADER = /^(host|upgrade|connection|content-length|transfer-encoding|sec-websocket-.*)$/i;

/**
 * @template T
 * @param {T} value
 * @param {string} path
 * @param {boolean} fits
 * @param {string} expected
 * @param {typeof invalidArgument} [error]
 * @returns {any} the value
 */
function accept(value, path, fits, expected, error = invalidArgument) {
  if (!fits) throw error(path, expected, value);
  return value;
}

/**
 * @param {any} value
 * @param {string} path
 * @param {number} least
 * @param {number} most
 * @param {string} what
 * @returns {number}
 */
function numberWithin(value, path, least, most, what, isKind = Number.isFinite) {
  return accept(value, path, isKind(value) && value >= least && value <= most, `${what} from ${least} to ${most}`);
}

/** @param {unknown} value @param {string} path @param {number} least */
function integerWithin(value, path, least, most = Number.MAX_SAFE_INTEGER) {
  return numberWithin(value, path, least, most, 'an integer', Number.isSafeInteger);
}

/** @param {unknown} value @param {string} path */
function nonNegativeInteger(value, path) {
  return integerWithin(value, path, 0);
}

/** @param {unknown} value @param {string} path */
function positiveInteger(value, path) {
  return integerWithin(value, path, 1);
}

/** @param {unknown} value @param {string} path @returns {number} */
function count(value, path) {
  const fits = value === Infinity || (Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0);
  return accept(value, path, fits, 'an integer >= 0, or Infinity');
}

/** @param {unknown} value @param {string} path */
function fraction(value, path) {
  return numberWithin(value, path, 0, 1, 'a number');
}

/** @param {unknown} value @param {string} path */
function milliseconds(value, path) {
  return numberWithin(value, path, 0, MAX_MILLISECONDS, 'a number of milliseconds');
}

/** @param {unknown} value @param {string} path @returns {number} */
function positiveMilliseconds(value, path) {
  return accept(value, path, milliseconds(value, path) > 0, 'a number of milliseconds > 0');
}

/** How often to ping a quiet peer, with a minimum. @param {unknown} value @param {string} path @returns {number} */
function heartbeatInterval(value, path) {
  return accept(value, path, positiveMilliseconds(value, path) >= 100, 'at least 100 milliseconds');
}

/** @param {unknown} value @param {string} path @returns {number} */
function heartbeatTimeout(value, path) {
  return accept(value, path, positiveMilliseconds(value, path) >= 1, 'at least 1 millisecond');
}

/** @param {unknown} value @param {string} path @returns {boolean} */
function boolean(value, path) {
  return accept(value, path, typeof value === 'boolean', 'true or false');
}

/** A name that is sent in a header. @param {unknown} value @param {string} path @returns {string} */
function label(value, path) {
  const fits = typeof value === 'string' && /^[ -~]{1,256}$/.test(value);
  return accept(value, path, fits, 'a string of 1 to 256 printable ASCII characters');
}

/**
 * @template {string} T
 * @param {readonly T[]} choices
 * @returns {(value: unknown, path: string) => T}
 */
function oneOf(choices) {
  return (value, path) =>
    accept(value, path, choices.includes(/** @type {T} */ (value)), choices.map((each) => `'${each}'`).join(' or '));
}

/** Whether it can be sent as a token. @param {unknown} value @returns {value is string} */
function isToken(value) {
  return typeof value === 'string' && /^[\u0021-\u007e]+$/.test(value);
}

/** @param {unknown} value @param {string} path @returns {string} */
function token(value, path) {
  if (isToken(value)) return value;
  const expected =
    "a non-empty JWT string, without spaces, line ends or a leading 'Bearer ', or a function that gives one";
  throw invalidSecret(path, expected, value, tokenAdvice(value));
}

/** A base URL, without a slash at its end. @param {unknown} value @param {string} path */
function baseUrl(value, path) {
  const text = member(value, 'href') ?? value;
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    // Shows the value only if it cannot contain a secret.
    const isSafe = typeof text !== 'string' || BARE_ADDRESS.test(text);
    const expected = "an absolute http:// or https:// URL such as 'http://localhost:3000'";
    throw (isSafe ? invalidArgument : invalidSecret)(path, expected, text, urlAdvice(text));
  }
  if (url.username || url.password)
    throw invalidSecret(path, 'a URL without a user name or password (authenticate with options.token)', text);
  if (url.search || url.hash) throw invalidSecret(path, 'a URL without a query or fragment', text, urlAdvice(text));
  return url.href.replace(/\/+$/, '');
}

/** @param {unknown} value @param {string} path @returns {string} */
function urlPath(value, path) {
  const fits = typeof value === 'string' && /^\/[!"$->@-~]*$/.test(value);
  return accept(
    value,
    path,
    fits,
    "a URL path that starts with '/', without a query, fragment or spaces",
    invalidSecret,
  );
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {Record<string, string>}
 */
function headers(value, path) {
  if (!isPlainObject(value)) throw invalidSecret(path, 'an object of strings', value);
  const headers = Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!HEADER_NAME.test(name)) throw invalidSecret(path, 'valid header names', name);
      const place = USUAL_HEADER_NAME.test(name) ? `${path}.${name}` : path;
      if (/^authorization$/i.test(name)) throw invalidSecret(place, 'nothing, since options.token sets it', text);
      if (RESERVED_HEADER.test(name)) throw invalidSecret(place, 'nothing, since the handshake sets it', text);
      const fits = typeof text === 'string' && /^[\t -~]*$/.test(text);
      return [name, accept(text, place, fits, 'a string of printable ASCII, without line ends', invalidSecret)];
    }),
  );
  return bare(headers);
}

/** @param {string} name */
function isHeaderName(name) {
  return HEADER_NAME.test(name);
}

/** @param {unknown} value @param {string} path */
function channel(value, path) {
  if (value === 'direct')
    throw invalidArgument(path, "a channel other than 'direct', the topic of direct messages", value);
  return name(value, path);
}

/** @param {unknown} value @returns {value is string} */
function isShortText(value) {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && utf8Length(value) <= MAX_NAME_BYTES;
}

/** A name on the wire. @param {unknown} value @param {string} path */
function name(value, path) {
  if (!isShortText(value) || CONTROL_CHARACTER.test(value))
    throw invalidArgument(path, `a string of 1 to ${MAX_NAME_BYTES} bytes without control characters`, value);
  return value;
}

/**
 * A name as one segment of a URL's path, percent-encoded except for unreserved characters (RFC
 * 3986, 2.3).
 *
 * @param {unknown} value
 * @param {string} path
 * @returns {string}
 */
function segment(value, path) {
  if (!isShortText(value))
    throw invalidArgument(path, `a string of 1 to ${MAX_NAME_BYTES} bytes without halves of surrogate pairs`, value);
  // Proxies resolve both as steps in the path, even percent-encoded (RFC 3986, 6.2.2), and the
  // request would reach another path.
  if (value === '.' || value === '..')
    throw invalidArgument(path, "a name other than '.' and '..', which proxies take for steps in a path", value);
  return /^[\w.~-]+$/.test(value) ? value : encodeURIComponent(value).replace(/[!'()*]/g, percentEncoded);
}

/** @param {string} character */
function percentEncoded(character) {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** @param {any} value @param {string} path @returns {AbortSignal} */
function signal(value, path) {
  const fits = typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function';
  return accept(value, path, fits, 'an AbortSignal');
}

/** @param {unknown} value @param {string} path @returns {(...data: any[]) => unknown} */
function handler(value, path) {
  return accept(value, path, typeof value === 'function', 'a function', invalidSecret);
}

/**
 * Whether a value is an object literal, of any realm.
 *
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isPlainObject(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export {
  baseUrl,
  boolean,
  channel,
  count,
  fraction,
  handler,
  headers,
  heartbeatInterval,
  heartbeatTimeout,
  integerWithin,
  isHeaderName,
  isPlainObject,
  isToken,
  label,
  milliseconds,
  name,
  name as topic,
  nonNegativeInteger,
  oneOf,
  positiveInteger,
  positiveMilliseconds,
  segment,
  signal,
  token,
  urlPath,
};
