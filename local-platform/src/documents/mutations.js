/** Mutations: small changes of values that JSON Pointers name. Either all are applied or none. */

import { invalid } from '../error.js';
import { isNameIn, isObject, requireJson } from '../json.js';
import { OPS } from '../vocabulary.js';
import { PointerTarget } from './pointer-target.js';

/** @typedef {{ path?: unknown, value?: unknown }} Request */

/** @type {Record<string, (target: PointerTarget, request: Request) => void>} */
const APPLY = {
  [OPS.set]: (target, { value }) => {
    if (value === undefined) throw target.refusal('set needs a `value`');
    target.write(value);
  },

  [OPS.increment]: (target, { value = 1 }) => {
    const former = target.value === undefined ? 0 : target.value;
    if (typeof value !== 'number') throw target.refusal('increment needs a number as its `value`');
    if (typeof former !== 'number') throw target.refusal('only a number can be incremented');
    if (!Number.isFinite(former + value)) throw target.refusal('the sum is too large for a double');
    target.write(former + value);
  },

  [OPS.remove]: (target, { path }) => {
    if (path === '') throw target.refusal('use DELETE to remove the whole document');
    if (target.value === undefined) throw target.refusal(`there is nothing at '${path}' to remove`);
    target.remove();
  },

  [OPS.push]: (target, { path, value }) => {
    if (value === undefined) throw target.refusal('push needs a `value`');
    if (!Array.isArray(target.value)) throw target.refusal(`there is no array at '${path}' to push to`);
    target.value.push(value);
  },
};

/**
 * @param {unknown} data is not changed
 * @param {unknown} mutations as the peer sent them: `[{ op, path, value? }]`
 * @returns {unknown} the new data
 * @throws {PlatformError} naming the mutation that cannot be applied
 */
export function applyMutations(data, mutations) {
  if (!Array.isArray(mutations)) throw invalid('mutations: expected an array of { op, path, value? }.');
  /** @type {[unknown]} */
  const root = [structuredClone(data)];
  for (const [index, mutation] of mutations.entries()) {
    const name = `mutations[${index}]`;
    if (!isObject(mutation) || !isNameIn(APPLY, mutation.op)) {
      throw invalid(`${name}.op: expected one of ${Object.keys(APPLY).join(', ')}.`);
    }
    APPLY[mutation.op](new PointerTarget(root, mutation.path, name), mutation);
  }
  requireJson(root[0], 'mutations: the document');
  return root[0];
}
