/**
 * WebhookReceiver: turns the raw body and the headers of a delivery into its event, or an error.
 *
 * Signature first, JSON second: no part of a body is parsed before its sender is known.
 */

import { createVerifier } from '#engine';
import { refusePromise } from '../errors/errors.js';
import { inspectCustom } from '../host/symbols.js';
import { member } from '../own.js';
import { bytesOf, notRaw, tooLarge } from './body.js';
import { checkEvent } from './event.js';
import { HeaderReader } from './headers.js';
import { parseReceiverOptions, parseSecrets } from './options.js';
import { refused } from './refusal.js';
import { WebhookVerificationError } from './verification-error.js';

/**
 * @import { WebhookBody, WebhookEvent, WebhookHeaders, WebhookReceiverOptions, WebhookSecret } from '../../index.js'
 */
/** @import { Verified } from '../engines/engine.js' */

class WebhookReceiver {
  #verifier;
  #headers;
  #options;
  /**
   * The claims of a delivery in the replay store, and when they expire.
   *
   * @type {WeakMap<WebhookEvent<any>, { claims: string[], expiresAt: number }>}
   */
  #claims = new WeakMap();

  /**
   * @param {WebhookSecret} secret
   * @param {WebhookReceiverOptions} [options]
   */
  constructor(secret, options = {}) {
    const secrets = parseSecrets(secret);
    this.#options = parseReceiverOptions(options);
    this.#verifier = createVerifier(secrets, this.#options.toleranceMs);
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
    const { signed, verified } = this.#verify(rawBody, headers, false);
    return toDelivery(signed, verified);
  }

  /**
   * @param {WebhookBody} rawBody
   * @param {WebhookHeaders} headers
   * @param {boolean} identify whether the fingerprint is needed
   */
  #verify(rawBody, headers, identify) {
    const { maxBodyBytes, clock, toleranceMs } = this.#options;
    const bytes = bytesOf(rawBody);
    if (bytes === undefined) {
      refusePromise('WebhookReceiver.verify(): rawBody', rawBody);
      throw notRaw(rawBody);
    }
    if (bytes.length > maxBodyBytes) throw tooLarge(maxBodyBytes);
    const signed = this.#headers.read(headers);
    const now = clock();
    const verified = this.#verifier.verify(bytes, signed, now, identify);
    if (typeof verified === 'string') throw refused(verified, signed, now, toleranceMs);
    return { signed, verified };
  }

  /**
   * Claims the signature first, since two of the schemes do not sign the id, and a replay could
   * carry another id. Then it claims the id, since each further attempt has a new signature. In
   * this order, nobody can claim the ids of deliveries to come.
   *
   * @param {WebhookBody} rawBody
   * @param {WebhookHeaders} headers
   */
  async verifyAsync(rawBody, headers) {
    const { signed, verified } = this.#verify(rawBody, headers, true);
    const delivery = toDelivery(signed, verified);
    const { toleranceMs } = this.#options;
    const claims = [`signed:${verified.fingerprint}`, `id:${delivery.id}`];
    // Includes the last millisecond in which the timestamp is accepted.
    const expiresAt = Math.floor(delivery.timestamp + toleranceMs) + 1;
    await this.#claim(claims, expiresAt);
    this.#claims.set(delivery, { claims, expiresAt });
    return delivery;
  }

  /**
   * When the store fails, the claims are released, so that the next attempt is accepted: also the
   * claim that failed, which the store may have made although its answer was lost. A replay keeps
   * its claims: otherwise the same signature would be accepted with another id. They are not marked
   * as done: two of the schemes do not sign the id, so the delivery need not be the one that is.
   *
   * @param {string[]} claims
   * @param {number} expiresAt
   */
  async #claim(claims, expiresAt) {
    const { replayStore } = this.#options;
    /** @type {string[]} */
    const made = [];
    for (const claim of claims) {
      let state;
      try {
        state = await replayStore.claim(claim, expiresAt);
      } catch (error) {
        // The store may fail here too: the first failure is the one to report.
        await this.#releaseClaims([...made, claim]).catch(() => {});
        throw error;
      }
      if (state === 'done')
        throw new WebhookVerificationError('REPLAYED', 'The delivery was handled before', { handled: true });
      if (!state)
        throw new WebhookVerificationError('REPLAYED', 'The delivery was accepted before, or is being handled', {
          handled: false,
        });
      made.push(claim);
    }
  }

  /** @param {WebhookEvent<any>} delivery */
  async complete(delivery) {
    const { claims, expiresAt } = this.#take(delivery);
    const { replayStore } = this.#options;
    if (member(replayStore, 'complete') === undefined) return;
    await Promise.all(claims.map(async (claim) => replayStore.complete?.(claim, expiresAt)));
  }

  /** @param {WebhookEvent<any>} delivery */
  async release(delivery) {
    await this.#releaseClaims(this.#take(delivery).claims);
  }

  /**
   * The claims of a delivery, which is completed or released once.
   *
   * @param {WebhookEvent<any>} delivery
   */
  #take(delivery) {
    const taken = this.#claims.get(delivery) ?? { claims: [], expiresAt: 0 };
    this.#claims.delete(delivery);
    return taken;
  }

  /** @param {string[]} claims */
  async #releaseClaims(claims) {
    await Promise.all(claims.map(async (claim) => this.#options.replayStore.release(claim)));
  }

  /** What console.log shows: no secret. */
  [inspectCustom]() {
    const { toleranceMs, maxBodyBytes } = this.#options;
    return `WebhookReceiver { toleranceMs: ${toleranceMs}, maxBodyBytes: ${maxBodyBytes} }`;
  }
}

/**
 * @param {ReturnType<InstanceType<typeof HeaderReader>['read']>} signed
 * @param {Verified} verified
 * @returns {WebhookEvent<any>}
 */
function toDelivery({ scheme, id, attempt }, verified) {
  const event = checkEvent(verified.event);
  /** @type {WebhookEvent<any>} */
  const delivery = { event, id: id ?? event.id, timestamp: verified.signedAt, scheme };
  if (attempt !== undefined) delivery.attempt = attempt;
  return delivery;
}

/**
 * @param {WebhookBody} rawBody
 * @param {WebhookHeaders} headers
 * @param {WebhookSecret} secret
 * @param {WebhookReceiverOptions} [options]
 */
function verifyWebhook(rawBody, headers, secret, options) {
  return new WebhookReceiver(secret, options).verify(rawBody, headers);
}

export { verifyWebhook, WebhookReceiver };
