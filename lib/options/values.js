/**
 * Parsers of single values. Each takes the user's value and its path for an error, and returns the
 * value or throws INVALID_ARGUMENT. Errors never repeat values that may hold secrets.
 */

import { utf8Length } from '#host';
import { invalidArgument, invalidSecret } from '../errors/errors.js';

/** The longest delay of a timer, about 24 days. */
const MAX_MILLISECONDS = 2 ** 31 - 1;
const MIN_HEARTBEAT_INTERVAL = 100;
const MAX_NAME_BYTES = 256;
/** Compiles in no time, unlike `\p{Cc}`. */
const CONTROL_CHARACTER = /[^ -~\u00a0-\uffff]/;
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\u0020-\u007e]*$/;
/** The usual form of a header name. Anything else may be a misplaced value, and is not shown. */
const USUAL_HEADER_NAME = /^(?=.{1,40}$)[a-z]+(-[a-z0-9]+)*$/i;
/** A host with a scheme or a port, and nothing else: safe to show. */
const BARE_ADDRESS = /^([a-z]{2,5}:\/\/[\w.-]{1,60}(:\d{1,5})?|(localhost|[\w-]+(\.[\w-]+)+):\d{1,5})\/?$/i;
/** Headers of the WebSocket handshake itself. */
const RESERVED_HEADER = /^(host|upgrade|connection|content-length|transfer-encoding|sec-websocket-.*)$/i;

/** @param {unknown} value @param {string} path */
function boolean(value, path) {
  if (typeof value !== 'boolean') throw invalidArgument(path, 'true or false', value);
  return value;
}

/** @param {unknown} value @param {string} path */
function milliseconds(value, path) {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_MILLISECONDS))
    throw invalidArgument(path, `a number of milliseconds from 0 to ${MAX_MILLISECONDS}`, value);
  return value;
}

/** @param {unknown} value @param {string} path */
function positiveMilliseconds(value, path) {
  if (milliseconds(value, path) === 0) throw invalidArgument(path, 'a number of milliseconds > 0', value);
  return /** @type {number} */ (value);
}

/** How often to ping a quiet peer, with a minimum. @param {unknown} value @param {string} path */
function heartbeatInterval(value, path) {
  const interval = positiveMilliseconds(value, path);
  if (interval < MIN_HEARTBEAT_INTERVAL)
    throw invalidArgument(path, `at least ${MIN_HEARTBEAT_INTERVAL} milliseconds`, value);
  return interval;
}

/** @param {unknown} value @param {string} path */
function heartbeatTimeout(value, path) {
  const timeout = positiveMilliseconds(value, path);
  if (timeout < 1) throw invalidArgument(path, 'at least 1 millisecond', value);
  return timeout;
}

/** @param {unknown} value @param {string} path */
function count(value, path) {
  if (typeof value !== 'number' || !(value === Infinity || (Number.isSafeInteger(value) && value >= 0)))
    throw invalidArgument(path, 'an integer >= 0, or Infinity', value);
  return value;
}

/** @param {unknown} value @param {string} path */
function fraction(value, path) {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw invalidArgument(path, 'a number from 0 to 1', value);
  return value;
}

/**
 * @template {string} T
 * @param {readonly T[]} choices
 * @returns {(value: unknown, path: string) => T}
 */
function oneOf(choices) {
  return (value, path) => {
    const choice = choices.find((each) => each === value);
    if (choice === undefined) throw invalidArgument(path, choices.map((each) => `'${each}'`).join(' or '), value);
    return choice;
  };
}

/** A name that is sent in a header. @param {unknown} value @param {string} path */
function label(value, path) {
  if (typeof value !== 'string' || !/^[\u0020-\u007e]{1,256}$/.test(value))
    throw invalidArgument(path, 'a string of 1 to 256 printable ASCII characters', value);
  return value;
}

/** Whether it can be sent as a token. @param {unknown} value @returns {value is string} */
function isToken(value) {
  return typeof value === 'string' && /^[\u0021-\u007e]+$/.test(value);
}

/** @param {unknown} value @param {string} path */
function token(value, path) {
  if (isToken(value)) return value;
  const expected =
    "a non-empty JWT string, without spaces, line ends or a leading 'Bearer ', or a function that gives one";
  throw invalidSecret(path, expected, value);
}

/** A base URL, without a slash at its end. @param {unknown} value @param {string} path */
function baseUrl(value, path) {
  const expected = "an absolute http:// or https:// URL such as 'http://localhost:3000'";
  if (typeof value !== 'string' || !URL.canParse(value)) throw invalidUrl(path, expected, value);
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalidUrl(path, expected, value);
  if (url.username !== '' || url.password !== '')
    throw invalidSecret(path, 'a URL without a user name or password (authenticate with options.token)', value);
  if (url.search !== '' || url.hash !== '') throw invalidSecret(path, 'a URL without a query or fragment', value);
  return url.href.replace(/\/+$/, '');
}

/**
 * Shows the value only if it cannot contain a secret.
 *
 * @param {string} path
 * @param {string} expected
 * @param {unknown} value
 */
function invalidUrl(path, expected, value) {
  const isShown = typeof value !== 'string' || BARE_ADDRESS.test(value);
  return isShown ? invalidArgument(path, expected, value) : invalidSecret(path, expected, value);
}

/** @param {unknown} value @param {string} path */
function urlPath(value, path) {
  if (typeof value !== 'string' || !/^\/[\u0021\u0022\u0024-\u003e\u0040-\u007e]*$/.test(value))
    throw invalidSecret(path, "a URL path that starts with '/', without a query, fragment or spaces", value);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {Record<string, string>}
 */
function headers(value, path) {
  if (!isPlainObject(value)) throw invalidSecret(path, 'an object of strings', value);
  return Object.fromEntries(
    Object.entries(value).map(([name, text]) => {
      if (!HEADER_NAME.test(name)) throw invalidSecret(path, 'valid header names', name);
      const place = USUAL_HEADER_NAME.test(name) ? `${path}.${name}` : path;
      if (/^authorization$/i.test(name)) throw invalidSecret(place, 'nothing, since options.token sets it', text);
      if (RESERVED_HEADER.test(name)) throw invalidSecret(place, 'nothing, since the handshake sets it', text);
      if (typeof text !== 'string' || !HEADER_VALUE.test(text))
        throw invalidSecret(place, 'a string of printable ASCII, without line ends', text);
      return [name, text];
    }),
  );
}

/** @param {string} name */
function isHeaderName(name) {
  return HEADER_NAME.test(name);
}

/** @param {unknown} value @param {string} path */
function topic(value, path) {
  return name(value, path, 'a topic: ');
}

/** @param {unknown} value @param {string} path */
function channel(value, path) {
  if (value === 'direct')
    throw invalidArgument(path, "a channel other than 'direct', the topic of direct messages", value);
  return name(value, path, 'a channel: ');
}

/** @param {unknown} value @returns {value is string} */
function isShortText(value) {
  return typeof value === 'string' && value !== '' && value.isWellFormed() && utf8Length(value) <= MAX_NAME_BYTES;
}

/** A name on the wire. @param {unknown} value @param {string} path @param {string} [kind] */
function name(value, path, kind = '') {
  if (!isShortText(value) || CONTROL_CHARACTER.test(value))
    throw invalidArgument(path, `${kind}a string of 1 to ${MAX_NAME_BYTES} bytes without control characters`, value);
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

/** @param {unknown} value @param {string} path */
function nonNegativeInteger(value, path) {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 0)
    throw invalidArgument(path, `an integer from 0 to ${Number.MAX_SAFE_INTEGER}`, value);
  return /** @type {number} */ (value);
}

/**
 * @param {number} least
 * @param {number} most
 * @returns {(value: unknown, path: string) => number}
 */
function integerWithin(least, most) {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most)
      throw invalidArgument(path, `an integer from ${least} to ${most}`, value);
    return value;
  };
}

/** @param {unknown} value @param {string} path */
function positiveInteger(value, path) {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 1)
    throw invalidArgument(path, `an integer from 1 to ${Number.MAX_SAFE_INTEGER}`, value);
  return /** @type {number} */ (value);
}

/** @param {unknown} value @param {string} path @returns {AbortSignal} */
function signal(value, path) {
  const given = /** @type {Partial<AbortSignal> | null | undefined} */ (value);
  if (typeof given?.aborted !== 'boolean' || typeof given.addEventListener !== 'function')
    throw invalidArgument(path, 'an AbortSignal', value);
  return /** @type {AbortSignal} */ (given);
}

/** @param {unknown} value @param {string} path @returns {(...data: any[]) => unknown} */
function handler(value, path) {
  if (typeof value !== 'function') throw invalidSecret(path, 'a function', value);
  return /** @type {(...data: any[]) => unknown} */ (value);
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
  nonNegativeInteger,
  oneOf,
  positiveInteger,
  positiveMilliseconds,
  segment,
  signal,
  token,
  topic,
  urlPath,
};
