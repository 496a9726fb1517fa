'use strict';

/** The options of the document methods: which each method takes, and their ranges. */

const { invalidArgument, invalidSecret } = require('../errors.js');
const { warnAboutUnknownNames } = require('../spelling.js');
const values = require('../values.js');

/** How long a call may take, with all its retries. */
const DEFAULT_TIMEOUT = 10_000;

const CALL = { signal: values.signal, timeout: values.positiveMilliseconds };
const WRITE = { ...CALL, idempotencyKey: values.label };
const CREATE = { ...WRITE, expiresAt: values.nonNegativeInteger };
const LIST = { ...CALL, limit: positiveInteger, cursor: text };
const UPDATE = { ...CALL, attempts: positiveInteger };
const WATCH = { returnMode: values.oneOf(['full', 'diff', 'both']) };

/** What is not given by the user. */
const DEFAULTS = Object.freeze({ timeout: DEFAULT_TIMEOUT });

/**
 * @template {Record<string, (value: unknown, path: string) => unknown>} Parsers
 * @param {string} method for the warning about unknown names
 * @param {unknown} options
 * @param {Parsers} parsers
 * @returns {{ timeout: number } & { [Name in keyof Parsers]?: ReturnType<Parsers[Name]> }}
 */
function parseOptions(method, options, parsers) {
  /** @type {any} */
  const parsed = DEFAULTS;
  if (options === undefined) return parsed;
  if (typeof options !== 'object' || options === null) throw invalidSecret('options', 'an object', options);
  warnAboutUnknownNames(options, `${method} options`, Object.keys(parsers));
  const given = Object.entries(parsers).flatMap(([name, parse]) => {
    const value = /** @type {Record<string, unknown>} */ (options)[name];
    return value === undefined ? [] : [[name, parse(value, `options.${name}`)]];
  });
  return { ...parsed, ...Object.fromEntries(given) };
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

module.exports = { CALL, CREATE, LIST, UPDATE, WATCH, WRITE, parseOptions };
