'use strict';

/**
 * WebhookReceiver: from the raw body and the headers of a delivery to its event, or an error.
 *
 * Signature first, JSON second: nothing of a body is parsed before it is known who sent it. The secrets live in the engine
 * only.
 */

const { inspect } = require('node:util');

const { prepareWebhookKeys, verifyWebhook: verifySignature, webhookFingerprint } = require('../native.js');
const { bytesOf, notRaw } = require('./body.js');
const { parseEvent } = require('./event.js');
const { HeaderReader } = require('./headers.js');
const { parseReceiverOptions, parseSecrets } = require('./options.js');
const { refused } = require('./refusal.js');
const { ENGINE_SCHEME } = require('./schemes.js');
const { WebhookVerificationError } = require('./verification-error.js');

/** @import { WebhookBody, WebhookEvent, WebhookHeaders, WebhookReceiverOptions } from '../../index.js' */

class WebhookReceiver {
  #keys;
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
    this.#keys = prepareWebhookKeys(parseSecrets(secret));
    this.#options = parseReceiverOptions(options);
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
    const { maxBodyBytes, toleranceMs, clock } = this.#options;
    const bytes = bytesOf(rawBody);
    if (bytes === undefined) throw notRaw(rawBody);
    if (bytes.length > maxBodyBytes)
      throw new WebhookVerificationError('BODY_TOO_LARGE', `The body has more than ${maxBodyBytes} bytes`);
    const { scheme, signature, timestamp: timestampText, id, attempt } = this.#headers.read(headers);

    const number = ENGINE_SCHEME[scheme];
    const verdict = verifySignature(this.#keys, bytes, number, signature, timestampText, id, toleranceMs, clock());
    if (typeof verdict === 'string') throw refused(verdict);
    const event = parseEvent(typeof rawBody === 'string' ? rawBody : bytes.toString());
    /** @type {WebhookEvent<any>} */
    const delivery = { event, id: id ?? event.id, timestamp: verdict, scheme };
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
    const delivery = this.verify(rawBody, headers);
    const { replayStore, toleranceMs } = this.#options;
    const claims = [`signed:${webhookFingerprint(this.#keys)}`, `id:${delivery.id}`];
    // Up to and including the last millisecond in which the timestamp is accepted.
    const expiresAt = Math.floor(delivery.timestamp + toleranceMs) + 1;
    for (const claim of claims) {
      if (!(await replayStore.claim(claim, expiresAt)))
        throw new WebhookVerificationError('REPLAYED', 'The delivery was accepted before, or is being handled');
    }
    this.#claims.set(delivery, claims);
    return delivery;
  }

  /** @param {WebhookEvent<any>} delivery */
  async release(delivery) {
    const claims = this.#claims.get(delivery) ?? [];
    this.#claims.delete(delivery);
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
