/**
 * Calls the listeners of an emitter. Unlike with `emit`, one that throws does not stop the others.
 */

import { report } from '#host';

/** @import { Emitter } from './emitter.js' */

/**
 * @param {Emitter<any>} emitter
 * @param {string} name
 * @param {unknown} data
 * @param {() => boolean} isClosed whether a listener has closed the emitter: the others are not called then
 */
function callEach(emitter, name, data, isClosed) {
  for (const listener of /** @type {Function[]} */ (emitter.rawListeners(name))) {
    if (isClosed()) return;
    try {
      listener.call(emitter, data);
    } catch (error) {
      report(error);
    }
  }
}

export { callEach };
