/**
 * Records: what one process reports to the others, as an entry of the stream. A record is JSON, so
 * that `redis-cli XRANGE` shows it. The binary values of a message travel beside it: JSON has none.
 */

import { isObject, isTree } from '../json.js';

/** @import { LocalEvent } from '../../index.js' */

/** @typedef {{ channel: string, socketId: string, joinedAt: number }} Member */
/**
 * | type | meaning | applied by |
 * |---|---|---|
 * | `event` | an event of a topic | every process |
 * | `message` | a message of a channel, or to one socket (`target`) | every process |
 * | `presence` | a member joined or left; the event says which | the other processes |
 * | `opened`, `closed` | a connection | the other processes |
 * | `state` | all connections and members of the sender; `ask`: the others answer with theirs | the other processes |
 * | `moved` | a session was recovered by the sender | every process |
 * | `down` | a process has ended, and with it its connections | every process |
 * | `gap` | events of a topic are lost | every process |
 * | `fault`, `done` | a fault for all processes, and the answer of one | every process |
 * | `mark` | its sender waits for everything before it | the sender |
 *
 * @typedef {{ type: 'event', event: LocalEvent }
 *   | { type: 'message', sub: string, event: LocalEvent, channel?: string, target?: string }
 *   | { type: 'presence', event: LocalEvent }
 *   | { type: 'opened' | 'closed', socketId: string }
 *   | { type: 'state', connections: string[], members: Member[], ask: boolean }
 *   | { type: 'moved', socketId: string, members: Member[] }
 *   | { type: 'down', process: string }
 *   | { type: 'gap', topics?: readonly string[], since: number, reason: string }
 *   | { type: 'fault', call: string, name: string, options: { [name: string]: unknown } }
 *   | { type: 'done', call: string, answer: object }
 *   | { type: 'mark' }} Record
 */
/**
 * A record with its place: the `number`th of a process. @typedef {{ id: string, process: string,
 * number: number, record: Record }} Entry
 */
/** @typedef {{ [field: string]: string }} Fields */

/** Fields of an entry: process, number, record, binary values. */
const FIELDS = { process: 'p', number: 'n', record: 'r', binary: 'b' };

/** @param {string} process @param {number} number @param {Record} record @returns {Fields} */
export function encode(process, number, record) {
  /** @type {[path: string[], base64: string][]} */
  const binary = [];
  const plain = record.type === 'message' ? withoutBinary(record, [], binary) : record;
  return {
    [FIELDS.process]: process,
    [FIELDS.number]: String(number),
    [FIELDS.record]: JSON.stringify(plain),
    ...(binary.length > 0 && { [FIELDS.binary]: JSON.stringify(binary) }),
  };
}

/**
 * @param {string} id
 * @param {Fields} fields
 * @returns {Entry | undefined} undefined for what no process wrote
 */
export function decode(id, fields) {
  const { [FIELDS.process]: process, [FIELDS.number]: number } = fields;
  if (process === undefined || !/^\d{1,16}$/.test(number ?? '')) return undefined;
  try {
    const record = JSON.parse(fields[FIELDS.record]);
    if (!isObject(record) || typeof record.type !== 'string') return undefined;
    for (const [path, base64] of JSON.parse(fields[FIELDS.binary] ?? '[]')) put(record, path, base64);
    return { id, process, number: Number(number), record: /** @type {Record} */ (/** @type {unknown} */ (record)) };
  } catch {
    return undefined;
  }
}

/**
 * The value with `null` in the place of each binary value, and these with their places.
 *
 * @param {unknown} value
 * @param {string[]} path
 * @param {[path: string[], base64: string][]} binary
 * @returns {unknown}
 */
function withoutBinary(value, path, binary) {
  if (value instanceof ArrayBuffer) return withoutBinary(Buffer.from(value), path, binary);
  if (ArrayBuffer.isView(value)) {
    binary.push([path, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')]);
    return null;
  }
  if (!isTree(value)) return value;
  if (Array.isArray(value)) return value.map((inner, index) => withoutBinary(inner, [...path, String(index)], binary));
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutBinary(inner, [...path, key], binary)]));
}

/** @param {object} record @param {string[]} path @param {string} base64 */
function put(record, path, base64) {
  let place = /** @type {{ [key: string]: any }} */ (record);
  for (const key of path.slice(0, -1)) place = place[key];
  place[/** @type {string} */ (path.at(-1))] = Buffer.from(base64, 'base64');
}
