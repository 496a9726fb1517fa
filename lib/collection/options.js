/** The options of `RealtimeClient.collection()`. */

import { invalidArgument } from '../errors/errors.js';
import { matches } from '../filter.js';
import { optional, parseBag } from '../options/schema.js';
import { parseFilter } from '../options/subscription.js';
import * as values from '../options/values.js';

/** @import { CollectionOptions } from '../../index.js' */

const COLLECTION = {
  topic: values.topic,
  key: optional(parseKey),
  snapshot: optional(parseSnapshot),
  filter: optional(parseRowFilter),
  orderBy: optional(parseOrder),
  signal: optional(values.signal),
  timeout: optional(values.positiveMilliseconds, 60_000),
};

/** @param {CollectionOptions<any>} options */
function parseOptions(options) {
  const expected = "an object such as { topic: 'session.status', key: 'id' }";
  const parsed = parseBag(options, 'RealtimeClient.collection(): options', COLLECTION, expected);
  if (parsed.topic.includes('*'))
    throw invalidArgument('RealtimeClient.collection(): options.topic', 'one topic, and no pattern', parsed.topic);
  if (parsed.key === undefined && typeof parsed.snapshot === 'function') {
    const path = 'RealtimeClient.collection(): options.key';
    throw invalidArgument(path, 'the member that identifies a row, since options.snapshot is a function', undefined);
  }
  return parsed;
}

/**
 * @param {unknown} value
 * @param {string} path
 * @returns {readonly string[] | ((row: any) => unknown)}
 */
function parseKey(value, path) {
  if (typeof value === 'function') return /** @type {(row: any) => unknown} */ (value);
  const names = Array.isArray(value) ? [...value] : [value];
  if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== ''))
    throw invalidArgument(path, "the name of a member such as 'id', an array of names, or a function", value);
  return names;
}

/** @param {unknown} value @param {string} path @returns {string | ((context: any) => any)} */
function parseSnapshot(value, path) {
  if (typeof value === 'function') return /** @type {(context: any) => any} */ (value);
  if (typeof value === 'string' && value !== '') return value;
  throw invalidArgument(path, 'the ID of a database mapping, or a function that reads the rows', value);
}

/** @param {unknown} value @param {string} path */
function parseOrder(value, path) {
  if (typeof value === 'function') return /** @type {(a: any, b: any) => number} */ (value);
  throw invalidArgument(path, 'a function that compares two rows', value);
}

/** @param {unknown} value @param {string} path @returns {(row: any) => boolean} */
function parseRowFilter(value, path) {
  if (typeof value === 'function') return /** @type {(row: any) => boolean} */ (value);
  const filter = parseFilter(value, path);
  return (row) => matches(filter, row);
}

export { parseOptions };
