/**
 * The host on Node, see `host.d.ts`.
 *
 * The clock and the timers are taken once, when the package loads: fake timers that a test installs
 * later must not stop events and requests.
 */

import { clearTimeout as clear, setTimeout as set, setImmediate as setNext } from 'node:timers';

/** @import { Timer } from './host.js' */

const clearTimeout = clear;
const setImmediate = setNext;
const setTimeout = set;
const { queueMicrotask } = globalThis;
// Not `performance`: loading it takes as long as connecting to a server on the same machine.
const { hrtime } = process;

/** @type {typeof import('./host.js').now} */
export function now() {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** @type {typeof import('./host.js').later} */
export function later(callback, milliseconds, holdsProcess = true) {
  const timer = setTimeout(callback, milliseconds);
  return holdsProcess ? timer : timer.unref();
}

/** @type {typeof import('./host.js').cancel} */
export function cancel(timer) {
  clearTimeout(/** @type {NodeJS.Timeout | undefined} */ (timer));
}

/** @type {typeof import('./host.js').yieldTurn} */
export function yieldTurn(callback) {
  setImmediate(callback);
}

/**
 * Thrown out of a callback of the addon, the error would be lost (DEP0168).
 *
 * @type {typeof import('./host.js').report}
 */
export function report(error) {
  let isThrown = false;
  const fire = () => {
    if (isThrown) return;
    isThrown = true;
    throw error;
  };
  // A microtask comes before the end of the test that the error belongs to.
  queueMicrotask(fire);
  // If fake timers were installed before the package was loaded, the microtask is theirs.
  setImmediate(fire);
}

/** @type {typeof import('./host.js').warn} */
export function warn(warning, about) {
  if (about === undefined) process.emitWarning(warning);
  else process.emitWarning(warning, { type: 'RealtimeWarning', ...about });
}

/** @type {typeof import('./host.js').randomId} */
export function randomId() {
  return globalThis.crypto.randomUUID();
}

/** @type {typeof import('./host.js').utf8} */
export function utf8(text) {
  return Buffer.from(text);
}

/** @type {typeof import('./host.js').utf8Length} */
export function utf8Length(text) {
  return Buffer.byteLength(text);
}

/** @type {typeof import('./host.js').asBytes} */
export function asBytes(bytes) {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
