/** The options of a local platform: defaults and allowed values. */

import { randomBytes } from 'node:crypto';
import { kindOf, requireOptions } from './arguments.js';
import { isRedisUrl } from './cluster/address.js';
import { invalid } from './error.js';

/** @import { LocalPlatformOptions } from '../index.js' */

/**
 * The options with their defaults: only these may be undefined.
 *
 * @typedef {Required<Omit<LocalPlatformOptions, 'data' | 'redis' | 'documents' | 'tls' | 'seed' | 'log' | 'database'>> &
 *   Pick<LocalPlatformOptions, 'data' | 'tls' | 'seed' | 'log' | 'database'> &
 *   { redis?: RedisOptions, documents?: string }} Options
 */
/** @typedef {(value: unknown) => boolean} Predicate */
/** @typedef {{ url: string, processTimeout: number, streamLength: number }} RedisOptions */

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
const isTexts = (value) => Array.isArray(value) && value.every(isText);
/** @type {Predicate} */
const isOrigin = (value) => value === '*' || (isText(value) && URL.canParse(value) && new URL(value).origin === value);
/** @type {Predicate} */
const isPrefix = (value) => value === '' || (isText(value) && /^(\/[\w.~-]+)+$/.test(value));
/** @type {Predicate} */
const isBoolean = (value) => typeof value === 'boolean';
/** @type {Predicate} */
const isObject = (value) => value !== null && typeof value === 'object';
/** @type {Predicate} */
const isRedis = (value) => isRedisUrl(value) || (isObject(value) && isRedisUrl(/** @type {any} */ (value).url));
/** @type {Predicate} */
const isDocuments = (value) => isText(value) || (isObject(value) && isText(/** @type {any} */ (value).postgres));
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
  documents: [undefined, isDocuments, "'postgres' with the option `database`, or { postgres: 'postgres://...' }"],
  redis: [undefined, isRedis, "the address of a Redis, such as 'redis://127.0.0.1:6379'"],
  webhookTimeout: [10_000, whole(1, MAX_MILLISECONDS), 'milliseconds, at least 1'],
  webhookRetryDelay: [1_000, whole(0, MAX_MILLISECONDS), 'milliseconds, 0 for none'],
  webhookRetryDelayMax: [60_000, whole(0, MAX_MILLISECONDS), 'milliseconds, 0 for none'],
  waitTimeout: [5_000, isTimeout, 'milliseconds, or Infinity'],
  tls: [undefined, isObject, 'an object with `key` and `cert`'],
  seed: [undefined, isObject, "an object such as { documents: { orders: { 'order-1': {} } } }"],
  log: [undefined, isFunction, 'a function such as console.log'],
  database: [undefined, isText, 'a URL such as postgres://user:password@localhost:5432/app'],
  keepSlot: [false, (value) => typeof value === 'boolean', 'true or false'],
  mappings: [[], Array.isArray, "an array such as [{ table: 'orders', topic: 'order.changed' }]"],
  outbox: [['realtime'], isTexts, "an array of prefixes, such as ['realtime']"],
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
  options.documents = documentsOf(options, label);
  if (options.redis !== undefined) options.redis = parseRedis(options.redis, label('redis'));
  return /** @type {Options} */ (/** @type {unknown} */ (options));
}

/** @param {unknown} given @param {string} label @returns {RedisOptions} */
function parseRedis(given, label) {
  const options = typeof given === 'string' ? { url: given } : given;
  const names = ['url', 'processTimeout', 'streamLength'];
  const example = "{ url: 'redis://127.0.0.1:6379' }";
  const {
    url,
    processTimeout = 10_000,
    streamLength = 50_000,
  } = requireOptions(options, names, example, (name) => {
    return `${label}.${name}`;
  });
  if (!whole(300, MAX_MILLISECONDS)(processTimeout)) {
    throw invalid(`${label}.processTimeout: expected milliseconds, at least 300, got ${kindOf(processTimeout)}.`);
  }
  if (!whole(1_000, 100_000_000)(streamLength)) {
    throw invalid(`${label}.streamLength: expected a number of entries, at least 1000, got ${kindOf(streamLength)}.`);
  }
  return { url: String(url), processTimeout: Number(processTimeout), streamLength: Number(streamLength) };
}

/**
 * The address of the Postgres that keeps the documents, if one does.
 *
 * @param {Record<string, unknown>} options
 * @param {(name: string) => string} label
 */
function documentsOf({ documents, database, data }, label) {
  if (documents === undefined) return undefined;
  const names = ['postgres'];
  const wanted = typeof documents === 'string' ? { postgres: documents } : documents;
  const { postgres } = requireOptions(wanted, names, "{ postgres: 'postgres://...' }", (name) => {
    return `${label('documents')}.${name}`;
  });
  if (data !== undefined)
    throw invalid(`${label('documents')}: the documents are in '${label('data')}' already. Use one.`);
  const url = postgres === 'postgres' ? database : postgres;
  if (url === undefined) {
    throw invalid(`${label('documents')}: 'postgres' is the one of ${label('database')}, which is missing.`);
  }
  const isAddress = URL.canParse(String(url)) && ['postgres:', 'postgresql:'].includes(new URL(String(url)).protocol);
  // The text may have a password: the error must not repeat it.
  if (!isAddress) throw invalid(`${label('documents')}: expected 'postgres', or an address postgres://HOST/DATABASE.`);
  return String(url);
}
