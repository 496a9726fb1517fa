/** The options of the document methods, with their ranges. */

import { invalidArgument } from '../errors/errors.js';
import { parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { own } from '../own.js';

/** For a call with all its retries, in milliseconds. */
const DEFAULT_TIMEOUT = 10_000;

const CALL = { signal: values.signal, timeout: values.positiveMilliseconds };
const WRITE = { ...CALL, idempotencyKey: values.label };
const CREATE = { ...WRITE, expiresAt: values.nonNegativeInteger };
const LIST = { ...CALL, limit: positiveInteger, cursor: text };
const UPDATE = { ...CALL, attempts: positiveInteger };
const WATCH = { returnMode: values.oneOf(['full', 'diff', 'both']) };

/**
 * @template {Record<string, (value: unknown, path: string) => unknown>} Parsers
 * @param {string} method for the warning about unknown names
 * @param {unknown} options
 * @param {Parsers} parsers
 * @returns {{ timeout: number } & import('../options/schema.js').Parsed<Parsers>} without a prototype
 */
function parseOptions(method, options, parsers) {
  const parsed = parseBag(options === undefined ? {} : options, 'options', parsers, undefined, `${method} options`);
  return Object.assign(parsed, { timeout: own(parsed, 'timeout') ?? DEFAULT_TIMEOUT });
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

export { CALL, CREATE, LIST, parseOptions, UPDATE, WATCH, WRITE };
