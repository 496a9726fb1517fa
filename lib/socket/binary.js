'use strict';

/**
 * Takes the bytes out of a message: Socket.IO sends every Buffer apart, and `{ "_placeholder": true, "num": n }` in its
 * place. What comes the other way is put together again in `../attachments.js`.
 */

const { types } = require('node:util');

const { RealtimeError } = require('../errors.js');
const { own } = require('../own.js');

/** The most attachments a server takes in one packet by default. */
const MAX_ATTACHMENTS = 10;
/** As in `../json.js`: what is deeper may contain itself. */
const MAX_DEPTH = 512;

/**
 * @param {unknown} data
 * @param {string} path the argument to name in an error
 * @returns {{ value: unknown, attachments: Uint8Array[] }} `value` is `data` itself where it holds no bytes, else a copy
 */
function extractAttachments(data, path) {
  /** @type {Uint8Array[]} */
  const attachments = [];
  let placeholders = 0;
  let tooDeep = false;

  /** @param {unknown} value @param {number} depth @returns {unknown} */
  function extract(value, depth) {
    if (typeof value !== 'object' || value === null) return value;
    // Ends the whole walk: what contains itself twice has no end of paths.
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
  // Without bytes it is refused as all that is no JSON, with the place.
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
  if (types.isUint8Array(value)) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
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

module.exports = { extractAttachments };
