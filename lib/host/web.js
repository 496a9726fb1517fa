/**
 * The host in browsers, workers and other runtimes with the Web's globals, see `host.d.ts`.
 *
 * The clock and the timers are taken once, when the package loads: fake timers that a test installs
 * later must not stop events and requests.
 */

const { clearTimeout, MessageChannel, performance, queueMicrotask, setImmediate, setTimeout } = globalThis;
const { Deno, navigator } = /** @type {any} */ (globalThis);
const encoder = new TextEncoder();
const scratch = new Uint8Array(4096);
/**
 * Browsers have no `setImmediate`, and delay nested timers by 4 ms, or by a second in a hidden tab.
 * They do not delay messages. Where one request must not use the objects of another, a port would
 * belong to the first one.
 */
const usesMessages = MessageChannel !== undefined && navigator?.userAgent !== 'Cloudflare-Workers';
/** What the next messages call. @type {(() => void)[]} */
const turns = [];
/** @type {{ postMessage(message: unknown): void } | undefined} */
let port;

/** @type {typeof import('./host.js').now} */
export function now() {
  return performance.now();
}

/** @type {typeof import('./host.js').later} */
export function later(callback, milliseconds, holdsProcess = true) {
  const timer = setTimeout(callback, milliseconds);
  // Browsers return numbers, and have no process to hold.
  if (!holdsProcess) {
    if (typeof timer === 'object') timer.unref();
    else Deno?.unrefTimer(timer);
  }
  return timer;
}

/** @type {typeof import('./host.js').cancel} */
export function cancel(timer) {
  clearTimeout(/** @type {any} */ (timer));
}

/** @type {typeof import('./host.js').yieldTurn} */
export function yieldTurn(callback) {
  if (setImmediate !== undefined) {
    setImmediate(callback);
  } else if (usesMessages) {
    turns.push(callback);
    port ??= openPort();
    port.postMessage(0);
  } else {
    setTimeout(callback, 0);
  }
}

function openPort() {
  const { port1, port2 } = new MessageChannel();
  Object.assign(port1, { onmessage: () => turns.shift()?.() });
  return port2;
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
  // Without a copy of the text: every frame is measured.
  let length = 0;
  for (let at = 0; at < text.length; ) {
    const { read, written } = encoder.encodeInto(at === 0 ? text : text.slice(at), scratch);
    at += read;
    length += written;
  }
  return length;
}

/** @type {typeof import('./host.js').asBytes} */
export function asBytes(bytes) {
  return bytes;
}
