/** An async iterator that is there before the part that it belongs to is loaded. */

import { asyncDispose } from '../host/symbols.js';

/** @import { EventStream } from '../../index.js' */

/**
 * @template T
 * @param {Promise<AsyncIterator<T, undefined>>} loading
 * @returns {EventStream<T>}
 */
function lateIterator(loading) {
  /** @type {any} */
  let loaded;
  loading.then(
    (iterator) => {
      loaded = iterator;
    },
    // The first call of `next` rejects.
    () => {},
  );
  /** @param {'next' | 'return' | 'throw'} name @returns {(value?: any) => Promise<any>} */
  const call = (name) => (value) =>
    loaded ? loaded[name](value) : loading.then((/** @type {any} */ iterator) => iterator[name](value));
  const end = call('return');
  return {
    next: call('next'),
    return: end,
    throw: call('throw'),
    [asyncDispose]: async () => {
      await end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export { lateIterator };
