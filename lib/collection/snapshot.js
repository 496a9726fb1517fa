/**
 * Reads the rows of a collection: from a database mapping of the platform, or by the user's code.
 */

import { RealtimeError } from '../errors/errors.js';
import { isObject, own } from '../own.js';
import { parsePosition } from './position.js';

/** @import { CollectionSnapshot } from '../../index.js' */
/** @import { Expectation, Rest } from '../requests/rest.js' */

/**
 * @typedef {object} Snapshot
 * @property {any[]} rows
 * @property {bigint} [position] events up to this position are in the rows
 * @property {readonly string[]} [key] names of the members that identify a row
 */

/** @type {Expectation} */
const MAPPINGS = { what: 'an array of mappings', fits: Array.isArray };
/** @type {Expectation} */
const SNAPSHOT = {
  what: 'rows and their position',
  fits: (answer) => Array.isArray(own(answer, 'rows')) && parsePosition(own(answer, 'lsn')) !== undefined,
};

/**
 * @param {object} source
 * @param {string} source.topic
 * @param {string | ((context: { signal: AbortSignal }) => any)} [source.snapshot]
 * @param {number} source.timeout
 * @param {() => Rest} source.rest
 * @param {AbortSignal} signal
 * @returns {Promise<Snapshot>}
 */
async function readSnapshot({ topic, snapshot, timeout, rest }, signal) {
  if (typeof snapshot === 'function') return parseGiven(await snapshot({ signal }));
  const get = (/** @type {string} */ path, /** @type {Expectation} */ expected) =>
    rest().request('GET', `/api/database/mappings/${path}`, { timeout, signal, repeatable: true, expected });
  const id = snapshot ?? mappingOf(topic, await get(`topic/${encodeURIComponent(topic)}`, MAPPINGS));
  const { rows, lsn, key } = await get(`${encodeURIComponent(id)}/snapshot?format=json`, SNAPSHOT);
  return { rows, position: parsePosition(lsn), key: Array.isArray(key) ? key : undefined };
}

/** @param {string} topic @param {unknown} mappings */
function mappingOf(topic, mappings) {
  const id = Array.isArray(mappings) ? own(mappings[0], 'id') : undefined;
  if (typeof id === 'string') return id;
  throw new RealtimeError('NOT_FOUND', `RealtimeClient.collection(): No database mapping has the topic '${topic}'`, {
    remediation: 'Create a mapping for the topic, or set options.snapshot to a function that reads the rows.',
  });
}

/**
 * What the user's function returned.
 *
 * @param {CollectionSnapshot<any>} given
 * @returns {Promise<Snapshot>}
 */
async function parseGiven(given) {
  const isList = given !== null && typeof given === 'object' && !('rows' in given);
  const { rows, lsn } = isList ? { rows: given, lsn: undefined } : Object(given);
  const list = [];
  if (isIterable(rows)) for await (const row of rows) list.push(row);
  if (!isIterable(rows) || !list.every(isObject))
    throw new RealtimeError(
      'INVALID_ARGUMENT',
      'RealtimeClient.collection(): options.snapshot: expected rows, or { rows, lsn }: objects in an array or an iterable',
    );
  return { rows: list, position: parsePosition(lsn) };
}

/** @param {any} value @returns {value is AsyncIterable<any>} */
const isIterable = (value) =>
  typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);

export { readSnapshot };
