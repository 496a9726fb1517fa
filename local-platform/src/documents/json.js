/**
 * JSON values as a peer may send them. `__proto__` is a key like any other: members are defined, never assigned
 * where that would reach a prototype.
 */

import { invalid } from '../error.js';
import { LIMITS } from '../vocabulary.js';

export const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

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
