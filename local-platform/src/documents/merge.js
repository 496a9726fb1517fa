/** Deep merge: objects merge member by member, everything else replaces; `null` is a value and removes nothing. */

import { isObject, memberOf, setMember } from '../json.js';

/** @returns {unknown} a new value; neither argument is changed, their parts are shared */
export function merge(target, patch) {
  if (!isObject(target) || !isObject(patch)) return patch;
  const merged = { ...target };
  for (const [key, value] of Object.entries(patch)) setMember(merged, key, merge(memberOf(target, key), value));
  return merged;
}
