'use strict';

/**
 * Throws the error of a user's handler again where Node reports it as an uncaughtException with its
 * own stack, and where it stops nothing else. An error that is thrown out of a callback of the
 * addon would be lost, see DEP0168.
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
  // Early enough that the test of the handler has not ended.
  queueMicrotask(fire);
  // With fake timers from before the package, the microtask queue is theirs.
  setImmediate(fire);
}

module.exports = { rethrow };
