/** The options of a local platform: defaults and allowed values. */

import { randomBytes } from 'node:crypto';
import { kindOf, requireOptions } from './arguments.js';
import { invalid } from './error.js';

/** @import { LocalPlatformOptions } from '../index.js' */

/**
 * The options with their defaults: only these may be undefined.
 *
 * @typedef {Required<Omit<LocalPlatformOptions, 'data' | 'tls' | 'seed' | 'log'>> &
 *   Pick<LocalPlatformOptions, 'data' | 'tls' | 'seed' | 'log'>} Options
 */
/** @typedef {(value: unknown) => boolean} Predicate */

/** The longest time that a timer can wait. */
export const MAX_MILLISECONDS = 2 ** 31 - 1;

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && value !== '';
/** @param {number} least @param {number} most @returns {Predicate} */
const whole = (least, most) => (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
/** @type {Predicate} */
export const isTimeout = (value) => value === Number.POSITIVE_INFINITY || whole(0, MAX_MILLISECONDS)(value);
/** @type {Predicate} */
const isNames = (value) => Array.isArray(value) && value.every((name) => isText(name) && !/[:/\s]/.test(name));
/** @type {Predicate} */
const isOrigin = (value) => value === '*' || (isText(value) && URL.canParse(value) && new URL(value).origin === value);
/** @type {Predicate} */
const isPrefix = (value) => value === '' || (isText(value) && /^(\/[\w.~-]+)+$/.test(value));
/** @type {Predicate} */
const isBoolean = (value) => typeof value === 'boolean';
/** @type {Predicate} */
const isObject = (value) => value !== null && typeof value === 'object';
/** @type {Predicate} */
const isFunction = (value) => typeof value === 'function';

/**
 * Each option: default, predicate, expected value.
 *
 * @type {Record<keyof LocalPlatformOptions, [fallback: unknown, accepts: Predicate, expected:
 *   string]>}
 */
const OPTIONS = {
  port: [0, whole(0, 65_535), 'a port, or 0 for a free one'],
  host: ['127.0.0.1', isText, 'a host name or address'],
  allowedHosts: [[], isNames, "an array of host names, such as ['realtime']"],
  corsOrigin: ['*', isOrigin, "'*', or an origin such as 'http://localhost:5173'"],
  prefix: ['', isPrefix, "'' or a path such as '/realtime'"],
  secret: [undefined, isText, 'a non-empty string'],
  applicationId: ['local', isText, 'a non-empty string'],
  pingInterval: [25_000, whole(1, MAX_MILLISECONDS), 'milliseconds, at least 1'],
  pingTimeout: [20_000, whole(1, MAX_MILLISECONDS), 'milliseconds, at least 1'],
  maxPayload: [1_000_000, whole(1, 2 ** 30), 'bytes, at least 1'],
  compression: [false, isBoolean, 'true or false'],
  recovery: [0, whole(0, MAX_MILLISECONDS), 'milliseconds, 0 for none'],
  data: [undefined, isText, 'the path of a file'],
  webhookTimeout: [10_000, whole(1, MAX_MILLISECONDS), 'milliseconds, at least 1'],
  webhookRetryDelay: [1_000, whole(0, MAX_MILLISECONDS), 'milliseconds, 0 for none'],
  webhookRetryDelayMax: [60_000, whole(0, MAX_MILLISECONDS), 'milliseconds, 0 for none'],
  waitTimeout: [5_000, isTimeout, 'milliseconds, or Infinity'],
  tls: [undefined, isObject, 'an object with `key` and `cert`'],
  seed: [undefined, isObject, "an object such as { documents: { orders: { 'order-1': {} } } }"],
  log: [undefined, isFunction, 'a function such as console.log'],
};

/**
 * @param {unknown} given
 * @param {(name: string) => string} [label] how the caller knows an option
 * @returns {Options}
 */
export function parseOptions(given, label = (name) => `options.${name}`) {
  const values = requireOptions(given, Object.keys(OPTIONS), '{ port: 3000 }', label);
  /** @type {Record<string, unknown>} */
  const options = { secret: randomBytes(32).toString('base64url') };
  for (const [name, [fallback, accepts, expected]] of Object.entries(OPTIONS)) {
    const wanted = Object.hasOwn(values, name) ? values[name] : undefined;
    const value = wanted ?? options[name] ?? fallback;
    if (value !== undefined && !accepts(value)) {
      throw invalid(`${label(name)}: expected ${expected}, got ${kindOf(value)}.`);
    }
    options[name] = value;
  }
  return /** @type {Options} */ (/** @type {unknown} */ (options));
}
