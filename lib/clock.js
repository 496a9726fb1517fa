'use strict';

/**
 * The time and the timers, taken once, when the package is loaded: fake timers that a test installs later must not stop
 * events and requests. So it is among the files that `require` of the package loads, not those of the first client.
 */

const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

const { queueMicrotask } = globalThis;

// Not `performance`: loading it takes as long as connecting to a server on the same machine.
const { hrtime } = process;

/** Milliseconds since some moment. */
function now() {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

module.exports = { clearTimeout, now, queueMicrotask, setImmediate, setTimeout };
