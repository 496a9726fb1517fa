/**
 * JSON values as a peer may send them. `__proto__` is a key like any other: members are defined, never assigned
 * where that would reach a prototype.
 */

import { invalid } from './error.js';
import { LIMITS } from './vocabulary.js';

export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Whether a peer's value names an entry of a table. Anything but a string would be converted, or throw instead. */
export const isNameIn = (table, name) => typeof name === 'string' && Object.hasOwn(table, name);

/** A peer's value if it is a string, for an answer that repeats it. */
export const textOf = (value) => (typeof value === 'string' ? value : undefined);

/**
 * Whether objects and arrays nest deeper. Encoding calls itself at each level; too many of them would end it for receivers who
 * have done nothing. Binary is an object too, but not one that has members.
 */
export const isDeeper = (value, levels) =>
  isTree(value) && (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));

export const isTree = (value) => value !== null && typeof value === 'object' && !ArrayBuffer.isView(value);

/** An object's own member, or undefined. */
export const memberOf = (object, key) => (Object.hasOwn(object, key) ? object[key] : undefined);

export function setMember(object, key, value) {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/**
 * Refuses what would be lost or changed on its way to a receiver. Run on everything before it is descended into.
 * @param {string} name where the value was given, for the message
 */
export function requireJson(value, name, depth = 0) {
  if (value === undefined) throw invalid(`${name}: expected a JSON value.`);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw invalid(`${name}: holds a number that is too large for a double.`);
  }
  if (value === null || typeof value !== 'object') return;
  if (depth === LIMITS.documentDepth) throw invalid(`${name}: nested deeper than ${LIMITS.documentDepth} levels.`);
  for (const member of Object.values(value)) requireJson(member, name, depth + 1);
}
