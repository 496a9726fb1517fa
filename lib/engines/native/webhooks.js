/**
 * The addon's webhook signatures behind the wall of `../engine.d.ts`.
 *
 * A small delivery takes a third of a microsecond to verify, so arguments and results go through
 * registers: the first places of the decoder's arrays.
 */

import { addon } from './addon.js';
import { sharedDecoder } from './batch/decoder.js';

/** @import { WebhookScheme } from '../../../index.js' */
/** @import { Refusal, SignatureHeaders, SignedMembers, Verified, Verifier } from '../engine.js' */
/** @import { WebhookFunction, WebhookKeys } from './abi.js' */

/** The addon's numbers of the schemes. @type {Record<WebhookScheme, number>} */
const SCHEMES = { realtime: 0, 'standard-webhooks': 1, 't-v1': 2 };
/** The addon's verdicts: a refusal, an event that `JSON.parse` must read, a decoded event. */
const REFUSED = -1;
const TEXT = -2;
/** The length of a fingerprint in bytes, and where it begins among the decoder's integers. */
const FINGERPRINT_BYTES = 32;
const FINGERPRINT_OFFSET = Int32Array.BYTES_PER_ELEMENT;

/**
 * The prepared secrets of an endpoint, and the function that verifies deliveries with them.
 *
 * @typedef {{ keys: WebhookKeys, receive: WebhookFunction }} Keys
 */

/**
 * How many lists of secrets are kept, even for a program with an endpoint for each of its
 * customers. A list takes about 2 KB. Verifiers keep theirs beyond that.
 */
const MAX_KEPT = 1024;

/**
 * By their secrets, the least recently used first. Programs verify with the same few secrets again
 * and again, many of them with a receiver for each request. Preparing a secret each time takes
 * time, and memory that V8 is slow to give back.
 *
 * @type {Map<string, Keys>}
 */
const kept = new Map();

/** @implements {Verifier} */
class NativeVerifier {
  #receive;
  #toleranceMs;
  #decoder = sharedDecoder();

  /** @param {WebhookFunction} receive @param {number} toleranceMs */
  constructor(receive, toleranceMs) {
    this.#receive = receive;
    this.#toleranceMs = toleranceMs;
  }

  /**
   * @param {Uint8Array} body
   * @param {SignatureHeaders} headers
   * @param {number} now
   * @param {boolean} identify
   * @returns {Verified | Refusal}
   */
  verify(body, { scheme, signature, timestamp, id }, now, identify) {
    const { integers, doubles } = this.#decoder;
    integers[0] = SCHEMES[scheme];
    integers[1] = identify ? 1 : 0;
    doubles[0] = now;
    doubles[1] = this.#toleranceMs;
    const answer = this.#receive(body, signature, timestamp, id);
    const verdict = integers[0];
    if (verdict === REFUSED) return /** @type {Refusal} */ (answer);
    const signedAt = doubles[0];
    const fingerprint = identify ? this.#fingerprint() : undefined;
    if (verdict !== TEXT) return { event: this.#decoder.build(String(answer)), signedAt, fingerprint };
    if (answer !== undefined) this.#decoder.define(answer);
    return { event: parse(body), signedAt, fingerprint };
  }

  #fingerprint() {
    return Buffer.from(this.#decoder.integers.buffer, FINGERPRINT_OFFSET, FINGERPRINT_BYTES).toString('hex');
  }
}

/** @param {string[]} secrets newest first @param {number} toleranceMs @returns {Verifier} */
function createVerifier(secrets, toleranceMs) {
  return new NativeVerifier(keysOf(secrets).receive, toleranceMs);
}

/** @param {string[]} secrets newest first @param {Uint8Array} body @param {SignedMembers} signed */
function signWebhook(secrets, body, { scheme, timestamp, id }) {
  return addon().signWebhook(keysOf(secrets).keys, body, SCHEMES[scheme], timestamp, id);
}

/** @param {string[]} secrets @returns {Keys} */
function keysOf(secrets) {
  const name = JSON.stringify(secrets);
  const found = kept.get(name) ?? prepare(secrets);
  kept.delete(name);
  kept.set(name, found);
  if (kept.size > MAX_KEPT) kept.delete(/** @type {string} */ (kept.keys().next().value));
  return found;
}

/** @param {string[]} secrets @returns {Keys} */
function prepare(secrets) {
  const keys = addon().prepareWebhookKeys(secrets);
  return { keys, receive: addon().createWebhookReceiver(keys, sharedDecoder().handle) };
}

/** @param {Uint8Array} body @returns {unknown} undefined where the body is not JSON */
function parse(body) {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  try {
    // A byte order mark is not part of the JSON (RFC 8259, 8.1).
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // The parser's message shows a part of the body.
    return undefined;
  }
}

export { createVerifier, signWebhook };
