/** The difference of two revisions, as mutations that turn the earlier into the later. */

import { isObject, memberOf } from '../json.js';
import { OPS } from '../vocabulary.js';
import { childPointer } from './pointer.js';

/** @import { Mutation } from '../../index.js' */

/**
 * @param {unknown} former `undefined` if the document did not exist
 * @param {unknown} next
 * @returns {Mutation[]} empty if both are equal
 */
export function diff(former, next, path = '') {
  if (former === next) return [];
  if (isObject(former) && isObject(next)) return diffObjects(former, next, path);
  if (Array.isArray(former) && Array.isArray(next)) return diffArrays(former, next, path);
  return [{ op: OPS.set, path, value: next }];
}

/**
 * @param {Record<string, unknown>} former
 * @param {Record<string, unknown>} next
 * @param {string} path
 * @returns {Mutation[]}
 */
function diffObjects(former, next, path) {
  const removed = Object.keys(former)
    .filter((key) => !Object.hasOwn(next, key))
    .map((key) => ({ op: OPS.remove, path: childPointer(path, key) }));
  const changed = Object.entries(next).flatMap(([key, value]) => {
    return diff(memberOf(former, key), value, childPointer(path, key));
  });
  return [...removed, ...changed];
}

/**
 * Compares element by element, so equal elements add nothing. If most elements have moved, setting
 * the whole array is shorter.
 *
 * @param {unknown[]} former
 * @param {unknown[]} next
 * @param {string} path
 * @returns {Mutation[]}
 */
function diffArrays(former, next, path) {
  const changed = next
    .slice(0, former.length)
    .flatMap((element, index) => diff(former[index], element, childPointer(path, index)));
  const added = next.slice(former.length).map((value) => ({ op: OPS.push, path, value }));
  const removed = former
    .slice(next.length)
    .map((_, index, { length }) => ({ op: OPS.remove, path: childPointer(path, next.length + length - 1 - index) }));
  const mutations = [...changed, ...added, ...removed];
  const isLonger = mutations.length > 1 && mutations.length >= next.length;
  return isLonger ? [{ op: OPS.set, path, value: next }] : mutations;
}
