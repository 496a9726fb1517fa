'use strict';

/**
 * The time and the timers, captured once when the package is loaded: fake timers that a test
 * installs later must not stop events and requests. So this file is loaded with the package, not
 * with the first client.
 */

const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

const { queueMicrotask } = globalThis;

// Not `performance`: loading it takes as long as connecting to a server on the same machine.
const { hrtime } = process;

/** Milliseconds since an arbitrary moment. */
function now() {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

module.exports = { clearTimeout, now, queueMicrotask, setImmediate, setTimeout };
