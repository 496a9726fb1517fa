/** The options of the document methods, with their ranges. */

import { invalidArgument } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';

/** The timeout is for a call with all its retries. */
const CALL = { signal: optional(values.signal), timeout: optional(values.positiveMilliseconds, 10_000) };
const WRITE = { ...CALL, idempotencyKey: optional(values.label) };
const CREATE = { ...WRITE, expiresAt: optional(values.nonNegativeInteger) };
const LIST = { ...CALL, limit: optional(positiveInteger), cursor: optional(text) };
const UPDATE = { ...CALL, attempts: optional(positiveInteger, 50) };
const WATCH = { returnMode: optional(values.oneOf(/** @type {const} */ (['full', 'diff', 'both']))) };

/**
 * @template {import('../options/schema.js').Parsers} Table
 * @param {string} method
 * @param {unknown} options
 * @param {Table} parsers
 */
function parseOptions(method, options, parsers) {
  return parseBag(options === undefined ? {} : options, argument(method, 'options'), parsers);
}

/** The argument of a method, as errors name it. @param {string} method @param {string} name */
function argument(method, name) {
  return `SyncClient.${method}(): ${name}`;
}

/** Whether options are in the place of an argument before them, which may be left out. @param {unknown} value */
function areOptions(value) {
  return typeof value === 'object' && value !== null;
}

/** @param {unknown} value @param {string} path */
function positiveInteger(value, path) {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 1)
    throw invalidArgument(path, 'an integer > 0', value);
  return /** @type {number} */ (value);
}

/** @param {unknown} value @param {string} path */
function text(value, path) {
  if (typeof value !== 'string') throw invalidArgument(path, 'a string', value);
  return value;
}

export { areOptions, argument, CALL, CREATE, LIST, parseOptions, UPDATE, WATCH, WRITE };
