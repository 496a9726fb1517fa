'use strict';

/**
 * Throws an error of somebody's handler again where Node reports it as an uncaughtException with its own stack, and where
 * it stops nothing else. (Thrown out of a callback of the addon it would be lost, see DEP0168.)
 */

const { queueMicrotask, setImmediate } = require('./clock.js');

/** @param {unknown} error */
function rethrow(error) {
  let isThrown = false;
  const fire = () => {
    if (isThrown) return;
    isThrown = true;
    throw error;
  };
  // So early that the test it belongs to has not ended.
  queueMicrotask(fire);
  // Where fake timers were there before the package, that one is theirs.
  setImmediate(fire);
}

module.exports = { rethrow };
