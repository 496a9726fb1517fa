/**
 * Safe access to JSON values that a peer sent. `__proto__` is a key like any other: members are
 * defined, never assigned, where an assignment would reach a prototype.
 */

import { invalid } from './error.js';
import { LIMITS } from './vocabulary.js';

/**
 * A request as a peer sent it: its members can have any type. The peer may also have sent a string
 * or a number, whose members are all undefined.
 *
 * @typedef {{ readonly [member: string]: unknown } | null | undefined} PeerRequest
 */

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * Whether a peer's value is the name of an entry in a table. The type comes first: a lookup would
 * convert anything but a string, or throw.
 *
 * @template {object} Table
 * @param {Table} table
 * @param {unknown} name
 * @returns {name is keyof Table & string}
 */
export const isNameIn = (table, name) => typeof name === 'string' && Object.hasOwn(table, name);

/** A peer's value if it is a string, for an answer that repeats it. @param {unknown} value */
export const textOf = (value) => (typeof value === 'string' ? value : undefined);

/**
 * Whether objects and arrays nest deeper than this. An encoder recurses once per level. A deep
 * value would overflow its stack while it encodes for receivers that did nothing wrong.
 *
 * @param {unknown} value
 * @param {number} levels
 * @returns {boolean}
 */
export const isDeeper = (value, levels) =>
  isTree(value) && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

/**
 * Whether a value has members: binary data is an object without any.
 *
 * @param {unknown} value
 * @returns {value is object}
 */
export const isTree = (value) => value !== null && typeof value === 'object' && !ArrayBuffer.isView(value);

/**
 * An object's own member, or undefined.
 *
 * @param {Record<string, unknown>} object
 * @param {string} key
 */
export const memberOf = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);

/** @param {Record<string, unknown>} object @param {string} key @param {unknown} value */
export function setMember(object, key, value) {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/**
 * Refuses a value that JSON would drop or change on its way to a receiver. It also bounds the
 * depth, so run it before any function that recurses into the value.
 *
 * @param {unknown} value
 * @param {string} name the argument to name in the error
 */
export function requireJson(value, name, depth = 0) {
  if (value === undefined) throw invalid(`${name}: expected a JSON value.`);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw invalid(`${name}: contains a number that is too large for a double.`);
  }
  if (value === null || typeof value !== 'object') return;
  if (depth === LIMITS.documentDepth) throw invalid(`${name}: nested deeper than ${LIMITS.documentDepth} levels.`);
  for (const member of Object.values(value)) requireJson(member, name, depth + 1);
}
