/**
 * Validates the argument of `subscribe()`. A filter that is not understood must never turn into no
 * filter, so values that JSON would drop or change (undefined, NaN, dates, functions) are refused
 * with their path.
 */

import { conditionAdvice } from '#habits';
import { utf8Length } from '#host';
import { invalidArgument, RealtimeError } from '../errors/errors.js';
import { optional, parseBag } from './schema.js';
import { schema } from './schemas.js';
import * as values from './values.js';

/** @import { SubscribeOptions } from '../../index.js' */

const SUBSCRIBE = {
  topic: values.topic,
  filter: optional(parseFilter),
  returnMode: optional(values.oneOf(/** @type {const} */ (['full', 'diff', 'both']))),
  signal: optional(values.signal),
  schema: optional(schema),
};
/** The size of a filter as JSON. */
const MAX_FILTER_BYTES = 16 * 1024;

/**
 * @param {SubscribeOptions} options
 * @returns {SubscribeOptions} whose filter is a copy
 */
function parseSubscription(options) {
  const expected = "an object such as { topic: 'session.status' }";
  return parseBag(options, 'RealtimeClient.subscribe(): options', SUBSCRIBE, expected);
}

/** @param {unknown} value @param {string} path */
function parseFilter(value, path) {
  if (!values.isPlainObject(value)) throw invalidArgument(path, 'an object such as { campusId: 12 }', value);
  const conditions = Object.entries(value).map(([key, condition]) => [
    key,
    parseCondition(condition, `${path}.${key}`),
  ]);
  /** @type {NonNullable<SubscribeOptions['filter']>} */
  const filter = Object.fromEntries(conditions);
  const size = utf8Length(JSON.stringify(filter));
  if (size > MAX_FILTER_BYTES)
    throw new RealtimeError(
      'INVALID_ARGUMENT',
      `${path}: expected at most ${MAX_FILTER_BYTES} bytes of JSON, got ${size}`,
    );
  return filter;
}

/** @param {unknown} value @param {string} path */
function parseCondition(value, path) {
  if (isScalar(value)) return value;
  const expected = 'a string, finite number, boolean or null, { eq: value } or { in: [values] }';
  const [operator, ...others] = values.isPlainObject(value) ? Object.keys(value) : [];
  if (others.length > 0 || (operator !== 'eq' && operator !== 'in'))
    throw invalidArgument(path, expected, value, conditionAdvice(value));
  const operand = /** @type {Record<string, unknown>} */ (value)[operator];
  if (operator === 'eq') return { eq: parseScalar(operand, `${path}.eq`) };
  if (!Array.isArray(operand)) throw invalidArgument(`${path}.in`, 'an array', operand);
  return { in: Array.from(operand, (each, index) => parseScalar(each, `${path}.in[${index}]`)) };
}

/** @param {unknown} value @param {string} path */
function parseScalar(value, path) {
  if (!isScalar(value)) throw invalidArgument(path, 'a string, finite number, boolean or null', value);
  return value;
}

/** @param {unknown} value */
function isScalar(value) {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

export { parseFilter, parseSubscription };
