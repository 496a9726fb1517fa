/** Mutations: small changes at places named by JSON Pointers, applied all or none. */

import { invalid } from '../error.js';
import { isNameIn, isObject, requireJson } from '../json.js';
import { OPS } from '../vocabulary.js';
import { Place } from './place.js';

const APPLY = {
  [OPS.set]: (place, { value }) => {
    if (value === undefined) throw place.refusal('set needs a `value`');
    place.write(value);
  },

  [OPS.increment]: (place, { value = 1 }) => {
    const former = place.value === undefined ? 0 : place.value;
    if (typeof value !== 'number') throw place.refusal('increment needs a number as its `value`');
    if (typeof former !== 'number') throw place.refusal('only a number can be incremented');
    if (!Number.isFinite(former + value)) throw place.refusal('the sum is too large for a double');
    place.write(former + value);
  },

  [OPS.remove]: (place, { path }) => {
    if (path === '') throw place.refusal('the whole document is removed by DELETE');
    if (place.value === undefined) throw place.refusal(`there is nothing at '${path}' to remove`);
    place.remove();
  },

  [OPS.push]: (place, { path, value }) => {
    if (value === undefined) throw place.refusal('push needs a `value`');
    if (!Array.isArray(place.value)) throw place.refusal(`there is no array at '${path}' to push to`);
    place.value.push(value);
  },
};

/**
 * @param {unknown} data stays as it is
 * @param {unknown} mutations what the peer sent: `[{ op, path, value? }]`
 * @returns {unknown} the new data
 * @throws {PlatformError} naming the mutation that cannot be done
 */
export function applyMutations(data, mutations) {
  if (!Array.isArray(mutations)) throw invalid('mutations: expected an array of { op, path, value? }.');
  const root = [structuredClone(data)];
  for (const [index, mutation] of mutations.entries()) {
    const name = `mutations[${index}]`;
    if (!isObject(mutation) || !isNameIn(APPLY, mutation.op)) {
      throw invalid(`${name}.op: expected one of ${Object.keys(APPLY).join(', ')}.`);
    }
    APPLY[mutation.op](new Place(root, mutation.path, name), mutation);
  }
  requireJson(root[0], 'mutations: the document');
  return root[0];
}
