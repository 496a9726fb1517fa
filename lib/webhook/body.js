'use strict';

/**
 * The body of a delivery, as the bytes that were signed.
 *
 * A view is read in place. Memory that another thread can change is copied first, so that the
 * parsed bytes are the verified ones.
 */

const { Buffer } = require('node:buffer');
const { isAnyArrayBuffer, isDataView, isUint8Array } = require('node:util').types;

const { WebhookVerificationError } = require('./verification-error.js');

/**
 * The bytes; undefined for a value that is not a body: a parsed object, text without a UTF-8 form,
 * other views.
 *
 * @param {unknown} rawBody
 * @returns {Buffer | undefined}
 */
function bytesOf(rawBody) {
  if (typeof rawBody === 'string') return isWellFormed(rawBody) ? Buffer.from(rawBody) : undefined;
  if (Buffer.isBuffer(rawBody)) return unshared(rawBody, rawBody.buffer);
  const isView = isUint8Array(rawBody) || isDataView(rawBody);
  if (!isView && !isAnyArrayBuffer(rawBody)) return undefined;
  const memory = isView ? rawBody.buffer : rawBody;
  // Memory that was transferred to another thread is gone, and reading it would throw.
  if (memory.byteLength === 0) return Buffer.alloc(0);
  return unshared(isView ? Buffer.from(memory, rawBody.byteOffset, rawBody.byteLength) : Buffer.from(memory), memory);
}

/** @param {Buffer} bytes @param {ArrayBufferLike} memory */
function unshared(bytes, memory) {
  return memory[Symbol.toStringTag] === 'SharedArrayBuffer' ? Buffer.from(bytes) : bytes;
}

/**
 * Whether all surrogates are in pairs. Otherwise different texts would have the same bytes.
 *
 * @param {string} text
 */
function isWellFormed(text) {
  return /** @type {{ isWellFormed(): boolean }} */ (/** @type {unknown} */ (text)).isWellFormed();
}

/** @param {unknown} rawBody what `bytesOf` did not take */
function notRaw(rawBody) {
  const came = rawBody === undefined || rawBody === null ? String(rawBody) : `a value of type ${typeof rawBody}`;
  return new WebhookVerificationError(
    'BODY_NOT_RAW',
    `rawBody is ${came}, not the body as it was sent, which is what is signed`,
  );
}

module.exports = { bytesOf, isWellFormed, notRaw };
