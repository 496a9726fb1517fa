/**
 * Deep merge: objects are merged, everything else is replaced. `null` is a value and removes
 * nothing.
 */

import { isObject, memberOf, setMember } from '../json.js';

/**
 * @param {unknown} target
 * @param {unknown} patch
 * @returns {unknown} a new value that shares parts with both arguments
 */
export function merge(target, patch) {
  if (!isObject(target) || !isObject(patch)) return patch;
  const merged = { ...target };
  for (const [key, value] of Object.entries(patch)) setMember(merged, key, merge(memberOf(target, key), value));
  return merged;
}
