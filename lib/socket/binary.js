/**
 * Extracts the bytes of a message: Socket.IO sends every Buffer separately, with
 * `{ "_placeholder": true, "num": n }` in its place. Engines do the reverse for incoming events.
 */

import { isBuffer, isUint8Array } from '../bytes.js';
import { RealtimeError } from '../errors/errors.js';
import { own } from '../own.js';

/** The most attachments that a server accepts in one packet by default. */
const MAX_ATTACHMENTS = 10;
/** As in `../json.js`: a deeper value may contain itself. */
const MAX_DEPTH = 512;

/**
 * @param {unknown} data
 * @param {string} path the argument to name in an error
 * @returns {{ value: unknown, attachments: Uint8Array[] }} `value` is `data` itself when it holds
 *   no bytes, or else a copy
 */
function extractAttachments(data, path) {
  /** @type {Uint8Array[]} */
  const attachments = [];
  let placeholders = 0;
  let tooDeep = false;

  /** @param {unknown} value @param {number} depth @returns {unknown} */
  function extract(value, depth) {
    if (typeof value !== 'object' || value === null) return value;
    // Ends the whole walk: a value that contains itself twice has endless paths.
    tooDeep ||= depth > MAX_DEPTH;
    if (tooDeep) return value;
    const bytes = asBytes(value);
    if (bytes !== undefined) return { _placeholder: true, num: attachments.push(bytes) - 1 };
    if (Array.isArray(value)) return extractMembers(value, depth, () => [...value]);
    if (!isPlain(value)) return value;
    if (own(value, '_placeholder') === true) placeholders += 1;
    return extractMembers(value, depth, () => copyOf(value));
  }

  /**
   * @template {object} T
   * @param {T} parent
   * @param {number} depth
   * @param {() => T} copy
   * @returns {T}
   */
  function extractMembers(parent, depth, copy) {
    let result = parent;
    for (const key of /** @type {(keyof T)[]} */ (Object.keys(parent))) {
      const member = extract(parent[key], depth + 1);
      if (member === parent[key]) continue;
      if (result === parent) result = copy();
      Object.defineProperty(result, key, { value: member, enumerable: true, configurable: true, writable: true });
    }
    return result;
  }

  const value = extract(data, 0);
  // Without bytes, the JSON check refuses the value and names the path.
  if (tooDeep && attachments.length === 0) return { value: data, attachments };
  if (tooDeep)
    throw new RealtimeError(
      'INVALID_ARGUMENT',
      `${path}: expected at most ${MAX_DEPTH} levels of objects and arrays, and none that contains itself`,
    );
  if (attachments.length > 0 && placeholders > 0)
    throw new RealtimeError(
      'INVALID_ARGUMENT',
      `${path}: expected no member _placeholder: true beside Buffers, since Socket.IO puts such objects in their place`,
    );
  if (attachments.length > MAX_ATTACHMENTS)
    throw new RealtimeError(
      'INVALID_ARGUMENT',
      `${path}: expected at most ${MAX_ATTACHMENTS} Buffers in one message, got ${attachments.length}`,
    );
  return { value, attachments };
}

/** @param {object} value */
function asBytes(value) {
  if (isUint8Array(value)) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // To ask whether it is a buffer costs an exception for everything else.
  if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) return undefined;
  if (isBuffer(value)) return new Uint8Array(value);
  return undefined;
}

/** @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return (
    (prototype === null || Object.getPrototypeOf(prototype) === null) &&
    typeof (/** @type {{ toJSON?: unknown }} */ (value).toJSON) !== 'function'
  );
}

/** @template {object} T @param {T} value @returns {T} own members only, `__proto__` among them */
function copyOf(value) {
  return Object.defineProperties(/** @type {T} */ ({}), Object.getOwnPropertyDescriptors(value));
}

export { extractAttachments };
