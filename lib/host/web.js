/**
 * The host in browsers, workers and other runtimes with the Web's globals, see `host.d.ts`.
 *
 * The clock and the timers are taken once, when the package loads: fake timers that a test installs
 * later must not stop events and requests.
 */

const { clearTimeout, performance, queueMicrotask, setTimeout } = globalThis;
const encoder = new TextEncoder();

/** @type {typeof import('./host.js').now} */
export function now() {
  return performance.now();
}

/** @type {typeof import('./host.js').later} */
export function later(callback, milliseconds, holdsProcess = true) {
  const timer = setTimeout(callback, milliseconds);
  // Node and Deno return objects, browsers numbers.
  if (!holdsProcess && typeof timer === 'object') timer.unref();
  return timer;
}

/** @type {typeof import('./host.js').cancel} */
export function cancel(timer) {
  clearTimeout(/** @type {any} */ (timer));
}

/** @type {typeof import('./host.js').yieldTurn} */
export function yieldTurn(callback) {
  setTimeout(callback, 0);
}

/** @type {typeof import('./host.js').report} */
export function report(error) {
  queueMicrotask(() => {
    throw error;
  });
}

/** @type {typeof import('./host.js').warn} */
export function warn(warning, about) {
  if (about === undefined) console.warn(warning);
  else
    console.warn(`[${about.code}] RealtimeWarning: ${warning}`, ...(about.detail === undefined ? [] : [about.detail]));
}

/**
 * `crypto.randomUUID` is missing on pages without TLS.
 *
 * @type {typeof import('./host.js').randomId}
 */
export function randomId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @type {typeof import('./host.js').utf8} */
export function utf8(text) {
  return encoder.encode(text);
}

/** @type {typeof import('./host.js').utf8Length} */
export function utf8Length(text) {
  return encoder.encode(text).length;
}
