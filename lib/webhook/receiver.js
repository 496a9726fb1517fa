'use strict';

/**
 * WebhookReceiver: from the raw body and the headers of a delivery to its event, or an error.
 *
 * Signature first, JSON second: nothing of a body is parsed before it is known who sent it.
 */

const { inspect } = require('node:util');

const { refusePromise } = require('../errors.js');
const { sharedDecoder } = require('../engines/native/batch/decoder.js');
const { bytesOf, notRaw } = require('./body.js');
const { checkEvent, parseEvent } = require('./event.js');
const { HeaderReader } = require('./headers.js');
const { keysOf } = require('./keys.js');
const { parseReceiverOptions, parseSecrets } = require('./options.js');
const { refused } = require('./refusal.js');
const { ENGINE_SCHEME } = require('./schemes.js');
const { WebhookVerificationError } = require('./verification-error.js');

/** @import { WebhookBody, WebhookEvent, WebhookHeaders, WebhookReceiverOptions } from '../../index.js' */

/** What became of a delivery in the engine, if it was accepted. No number of a scheme is among them. */
const TEXT = -2;
const OBJECT = -3;

class WebhookReceiver {
  #receive;
  #decoder = sharedDecoder();
  #headers;
  #options;
  /**
   * What was claimed of a delivery in the replay store.
   *
   * @type {WeakMap<WebhookEvent<any>, string[]>}
   */
  #claims = new WeakMap();

  /** @param {string | readonly string[]} secret @param {WebhookReceiverOptions} [options] */
  constructor(secret, options = {}) {
    const secrets = parseSecrets(secret);
    this.#options = parseReceiverOptions(options);
    this.#receive = keysOf(secrets).receive;
    this.#headers = new HeaderReader(this.#options.headers);
  }

  get maxBodyBytes() {
    return this.#options.maxBodyBytes;
  }

  /**
   * @param {WebhookBody} rawBody
   * @param {WebhookHeaders} headers
   * @returns {WebhookEvent<any>}
   */
  verify(rawBody, headers) {
    return this.#verify(rawBody, headers, false);
  }

  /**
   * @param {WebhookBody} rawBody
   * @param {WebhookHeaders} headers
   * @param {boolean} identify whether the fingerprint is needed
   * @returns {WebhookEvent<any>}
   */
  #verify(rawBody, headers, identify) {
    const { maxBodyBytes, toleranceMs, clock } = this.#options;
    const bytes = bytesOf(rawBody);
    if (bytes === undefined) {
      refusePromise('rawBody', rawBody);
      throw notRaw(rawBody);
    }
    if (bytes.length > maxBodyBytes)
      throw new WebhookVerificationError('BODY_TOO_LARGE', `The body has more than ${maxBodyBytes} bytes`);
    const { scheme, signature, timestamp, id, attempt } = this.#headers.read(headers);
    const now = clock();

    const { integers, doubles } = this.#decoder;
    integers[0] = ENGINE_SCHEME[scheme];
    integers[1] = identify ? 1 : 0;
    doubles[0] = now;
    doubles[1] = toleranceMs;
    const answer = this.#receive(bytes, signature, timestamp, id);
    const outcome = integers[0];
    if (outcome !== OBJECT && outcome !== TEXT) throw refused(String(answer));
    const signedAt = doubles[0];
    let event;
    if (outcome === OBJECT) {
      event = checkEvent(this.#decoder.build(String(answer)));
    } else {
      if (answer !== undefined) this.#decoder.define(answer);
      event = parseEvent(typeof rawBody === 'string' ? rawBody : bytes.toString());
    }
    /** @type {WebhookEvent<any>} */
    const delivery = { event, id: id ?? event.id, timestamp: signedAt, scheme };
    if (attempt !== undefined) delivery.attempt = attempt;
    return delivery;
  }

  /**
   * Claims what was signed, since two of the schemes do not sign the id, and a repeat could carry another one; then the id,
   * since a further attempt is signed anew. In this order, so that nobody can claim the ids of deliveries to come.
   *
   * @param {WebhookBody} rawBody
   * @param {WebhookHeaders} headers
   */
  async verifyAsync(rawBody, headers) {
    const delivery = this.#verify(rawBody, headers, true);
    const { toleranceMs } = this.#options;
    const claims = [`signed:${this.#fingerprint()}`, `id:${delivery.id}`];
    // Up to and including the last millisecond in which the timestamp is accepted.
    await this.#claim(claims, Math.floor(delivery.timestamp + toleranceMs) + 1);
    this.#claims.set(delivery, claims);
    return delivery;
  }

  /**
   * When the store fails, what it has claimed is given back, so that the next attempt is let in: also the claim that failed,
   * which may have been made although its answer was lost. What is refused keeps its claims: with another id, the same
   * signature would be let in.
   *
   * @param {string[]} claims
   * @param {number} expiresAt
   */
  async #claim(claims, expiresAt) {
    const { replayStore } = this.#options;
    /** @type {string[]} */
    const made = [];
    for (const claim of claims) {
      let isNew;
      try {
        isNew = await replayStore.claim(claim, expiresAt);
      } catch (error) {
        // A store that fails now may fail here too: the first failure is the one to tell.
        await this.#giveBack([...made, claim]).catch(() => {});
        throw error;
      }
      if (!isNew)
        throw new WebhookVerificationError('REPLAYED', 'The delivery was accepted before, or is being handled');
      made.push(claim);
    }
  }

  /** Identifies what was signed of the delivery that was verified last. */
  #fingerprint() {
    const { buffer } = this.#decoder.integers;
    return Buffer.from(buffer, 4, 32).toString('hex');
  }

  /** @param {WebhookEvent<any>} delivery */
  async release(delivery) {
    const claims = this.#claims.get(delivery) ?? [];
    this.#claims.delete(delivery);
    await this.#giveBack(claims);
  }

  /** @param {string[]} claims */
  async #giveBack(claims) {
    await Promise.all(claims.map(async (claim) => this.#options.replayStore.release(claim)));
  }

  /** What console.log shows: nothing of the secrets. */
  [inspect.custom]() {
    const { toleranceMs, maxBodyBytes } = this.#options;
    return `WebhookReceiver { toleranceMs: ${toleranceMs}, maxBodyBytes: ${maxBodyBytes} }`;
  }
}

/**
 * @param {WebhookBody} rawBody
 * @param {WebhookHeaders} headers
 * @param {string | readonly string[]} secret
 * @param {WebhookReceiverOptions} [options]
 */
function verifyWebhook(rawBody, headers, secret, options) {
  return new WebhookReceiver(secret, options).verify(rawBody, headers);
}

exports.WebhookReceiver = WebhookReceiver;
exports.verifyWebhook = verifyWebhook;
