'use strict';

/**
 * The time and the timers, taken once, when the package is loaded: fake timers that a test installs later must not stop
 * events and requests.
 */

const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

// Not `performance`: loading it takes as long as connecting to a server on the same machine.
const { hrtime } = process;

/** Milliseconds since some moment. */
function now() {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

module.exports = { clearTimeout, now, setImmediate, setTimeout };
