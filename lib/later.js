'use strict';

/**
 * Loads a file when it is asked for, or else when the program has begun: what the first event does not need shall not hold it
 * up, and what events may need must be there before a test runner forbids to load anything more.
 */

const { setImmediate } = require('./clock.js');

/**
 * @template T
 * @param {() => T} load
 * @returns {() => T}
 */
function later(load) {
  /** @type {T | undefined} */
  let loaded;
  const get = () => {
    loaded ??= load();
    return loaded;
  };
  setImmediate(get);
  return get;
}

exports.later = later;
