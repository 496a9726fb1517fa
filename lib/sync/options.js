/** The options of the document methods, with their ranges. */

import { invalidArgument } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import { schema } from '../options/schemas.js';
import * as values from '../options/values.js';

/** The timeout is for a call with all its retries. */
const CALL = { signal: optional(values.signal), timeout: optional(values.positiveMilliseconds, 10_000) };
const GET = { ...CALL, schema: optional(schema) };
const NEW = { ...CALL, idempotencyKey: optional(values.label) };
const WRITE = { ...NEW, expectedRevision: optional(values.nonNegativeInteger) };
const CREATE = { ...NEW, id: optional(name), expiresAt: optional(values.nonNegativeInteger) };
const LIST = { ...GET, limit: optional(positiveInteger), cursor: optional(text) };
const UPDATE = { ...CALL, attempts: optional(positiveInteger, 50) };
const WATCH = {
  returnMode: optional(values.oneOf(/** @type {const} */ (['full', 'diff', 'both']))),
  schema: optional(schema),
};

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

/**
 * The options of a method, and the argument before them, which may be left out or be among them.
 *
 * @template {import('../options/schema.js').Parsers} Table
 * @param {string} method
 * @param {string} name of the argument
 * @param {unknown} value of the argument
 * @param {unknown} options
 * @param {Table} parsers
 * @returns {import('../options/schema.js').Parsed<Table>}
 */
function parseTrailing(method, name, value, options, parsers) {
  if (options === undefined && typeof value === 'object' && value !== null) return parseOptions(method, value, parsers);
  const parsed = parseOptions(method, options, parsers);
  return value === undefined ? parsed : { ...parsed, [name]: parsers[name](value, argument(method, name)) };
}

/** @param {unknown} value @param {string} path */
function positiveInteger(value, path) {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 1)
    throw invalidArgument(path, 'an integer > 0', value);
  return /** @type {number} */ (value);
}

/** A name that a path can hold. @param {unknown} value @param {string} path */
function name(value, path) {
  values.segment(value, path);
  return /** @type {string} */ (value);
}

/** @param {unknown} value @param {string} path */
function text(value, path) {
  if (typeof value !== 'string') throw invalidArgument(path, 'a string', value);
  return value;
}

export { argument, CREATE, GET, LIST, parseOptions, parseTrailing, UPDATE, WATCH, WRITE };
