'use strict';

/**
 * Throws an error of somebody's handler again where Node reports it as an uncaughtException with its own stack, and where
 * it stops nothing else. (Thrown out of a callback of the addon it would be lost, see DEP0168.)
 */

// Taken once: fake timers that a test installs later must not stop it.
const { queueMicrotask } = globalThis;

/** @param {unknown} error */
function rethrow(error) {
  queueMicrotask(() => {
    throw error;
  });
}

module.exports = { rethrow };
