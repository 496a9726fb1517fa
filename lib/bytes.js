/**
 * Bytes, as every runtime has them: which values are bytes, whatever realm made them, and Base64
 * for URLs.
 */

/** @param {object} type @param {PropertyKey} name @returns {(this: unknown) => any} */
const getter = (type, name) => /** @type {any} */ (Object.getOwnPropertyDescriptor(type, name)).get;

// Own members of a value cannot hide what these read. A bundle that needs neither has neither.
const typeOfArray = /* @__PURE__ */ (() => getter(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag))();
const lengthsOfBuffers = /* @__PURE__ */ (() =>
  [globalThis.ArrayBuffer, globalThis.SharedArrayBuffer]
    .filter((type) => type !== undefined)
    .map(({ prototype }) => getter(prototype, 'byteLength')))();

/** @param {unknown} value @returns {value is Uint8Array} */
function isUint8Array(value) {
  return typeOfArray.call(value) === 'Uint8Array';
}

/** @param {unknown} value @returns {value is DataView} */
function isDataView(value) {
  return ArrayBuffer.isView(value) && typeOfArray.call(value) === undefined;
}

/** @param {unknown} value @returns {value is ArrayBufferLike} */
function isBuffer(value) {
  return typeof value === 'object' && value !== null && lengthsOfBuffers.some((length) => reads(length, value));
}

/** @param {(this: unknown) => any} read @param {object} value */
function reads(read, value) {
  try {
    read.call(value);
    return true;
  } catch {
    return false;
  }
}

/** @param {readonly Uint8Array[]} chunks */
function concat(chunks) {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Base64 for URLs, without padding. @param {Uint8Array} bytes */
function toBase64url(bytes) {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Undefined where the text is not what {@link toBase64url} writes. @param {string} text */
function fromBase64url(text) {
  let decoded;
  try {
    decoded = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
  const bytes = Uint8Array.from(decoded, (character) => character.charCodeAt(0));
  return toBase64url(bytes) === text ? bytes : undefined;
}

export { concat, fromBase64url, isBuffer, isDataView, isUint8Array, toBase64url };
