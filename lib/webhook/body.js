/**
 * The body of a delivery, as the bytes that were signed.
 *
 * A view is read in place. Memory that another thread can change is copied first, so that the
 * parsed bytes are the verified ones.
 */

import { utf8 } from '#host';
import { isBuffer, isDataView, isUint8Array } from '../bytes.js';
import { describeType } from '../errors/errors.js';
import { WebhookVerificationError } from './verification-error.js';

/**
 * The bytes; undefined for a value that is not a body: a parsed object, text without a UTF-8 form,
 * other views.
 *
 * @param {unknown} rawBody
 * @returns {Uint8Array | undefined}
 */
function bytesOf(rawBody) {
  if (typeof rawBody === 'string') return isWellFormed(rawBody) ? utf8(rawBody) : undefined;
  if (isUint8Array(rawBody)) return unshared(rawBody, rawBody.buffer);
  const isView = isDataView(rawBody);
  if (!isView && !isBuffer(rawBody)) return undefined;
  const memory = isView ? rawBody.buffer : rawBody;
  // Memory that was transferred to another thread is gone, and reading it would throw.
  if (memory.byteLength === 0) return new Uint8Array(0);
  return unshared(
    isView ? new Uint8Array(memory, rawBody.byteOffset, rawBody.byteLength) : new Uint8Array(memory),
    memory,
  );
}

/** @param {Uint8Array} bytes @param {ArrayBufferLike} memory */
function unshared(bytes, memory) {
  return memory[Symbol.toStringTag] === 'SharedArrayBuffer' ? new Uint8Array(bytes) : bytes;
}

/**
 * Whether all surrogates are in pairs. Otherwise different texts would have the same bytes.
 *
 * @param {string} text
 */
function isWellFormed(text) {
  return /** @type {{ isWellFormed(): boolean }} */ (/** @type {unknown} */ (text)).isWellFormed();
}

/**
 * @param {unknown} rawBody what `bytesOf` did not take
 * @param {string} [remediation] the advice of an endpoint, which knows how the body came to it
 */
function notRaw(rawBody, remediation) {
  const what = typeof rawBody === 'string' ? 'a string with half a surrogate pair' : describeType(rawBody);
  return new WebhookVerificationError(
    'BODY_NOT_RAW',
    `The body is ${what}, not the text or bytes that were sent. The signature covers those`,
    { remediation },
  );
}

/** @param {number} maxBodyBytes */
function tooLarge(maxBodyBytes) {
  return new WebhookVerificationError('BODY_TOO_LARGE', `The body has more than ${maxBodyBytes} bytes`);
}

export { bytesOf, isWellFormed, notRaw, tooLarge };
