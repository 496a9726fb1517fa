/**
 * Applies the mutations of a `diff`, see `mutations.js`. It changes copies, since users have the
 * former data.
 */

import { RealtimeError } from '../errors/errors.js';
import { bare } from '../own.js';

const INDEX = /^(0|[1-9]\d*)$/;

/**
 * Applies a diff. It is strict: a mutation that does not fit shows that the diff was made for other
 * data.
 *
 * @param {unknown} data is not changed
 * @param {readonly { op: string, path: string, value?: any }[]} mutations
 * @returns {any}
 * @throws when they do not fit
 */
function applyMutations(data, mutations) {
  /** The copies made here, which may be changed. */
  const copies = new Set();
  /** @param {any} value @returns {any} */
  const copy = (value) => {
    if (typeof value !== 'object' || value === null) throw unfit();
    if (copies.has(value)) return value;
    const copied = Array.isArray(value) ? value.slice() : { ...value };
    copies.add(copied);
    return copied;
  };
  // The document is a member, too, so that the path '' needs no special case.
  const root = { data };
  for (const mutation of mutations) {
    const { op, path, value } = bare(mutation);
    const keys = ['data', ...path.split('/').slice(1).map(unescapeKey)];
    const last = /** @type {string} */ (keys.pop());
    /** @type {any} */
    let parent = root;
    for (const key of keys) {
      const child = copy(read(parent, key));
      write(parent, key, child);
      parent = child;
    }
    const former = read(parent, last);
    if (op === 'set') write(parent, last, value);
    else if (op === 'increment') write(parent, last, sum(former ?? 0, value));
    else if (op === 'push') write(parent, last, appended(copy(former), value));
    else if (op === 'remove') remove(parent, last);
    else throw unfit();
  }
  return root.data;
}

/** `~1` first: `~01` is the key `~1`. @param {string} key */
function unescapeKey(key) {
  return key.includes('~') ? key.replaceAll('~1', '/').replaceAll('~0', '~') : key;
}

/** @param {any} parent @param {string} key */
function read(parent, key) {
  if (Array.isArray(parent) && !INDEX.test(key)) return undefined;
  return Object.hasOwn(parent, key) ? parent[key] : undefined;
}

/** @param {any} parent @param {string} key @param {unknown} value */
function write(parent, key, value) {
  if (Array.isArray(parent)) {
    const index = key === '-' ? parent.length : Number(key);
    if ((key !== '-' && !INDEX.test(key)) || index > parent.length) throw unfit();
    parent[index] = value;
  } else if (key in Object.prototype) {
    // An assignment could call a setter, or be refused.
    Object.defineProperty(parent, key, { value, configurable: true, enumerable: true, writable: true });
  } else {
    parent[key] = value;
  }
}

/** @param {any} parent @param {string} key */
function remove(parent, key) {
  if (read(parent, key) === undefined) throw unfit();
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

/** @param {any} former @param {any} value */
function sum(former, value) {
  if (typeof former !== 'number' || typeof value !== 'number') throw unfit();
  return former + value;
}

/** @param {any} list @param {unknown} value */
function appended(list, value) {
  if (!Array.isArray(list)) throw unfit();
  list.push(value);
  return list;
}

function unfit() {
  return new RealtimeError('PROTOCOL_ERROR', 'a diff does not fit the revision before it');
}

export { applyMutations };
