/**
 * What all middleware has in common once it has the body of a delivery: it verifies, claims, calls
 * the handler, and decides on the answer. It knows no HTTP library, so that all answer the same.
 *
 * An answer never shows internal errors: they go to `onError`.
 */

import { cancel, later, report } from '#host';
import { invalidSecret } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { member } from '../own.js';
import { WebhookVerificationError } from './verification-error.js';

/** @import { Timer } from '#host' */
/**
 * @import { WebhookBody, WebhookEvent, WebhookHeaders, WebhookMiddlewareOptions, WebhookReceiver } from '../../index.js'
 */

/**
 * @typedef {{ status: number, headers?: Record<string, string>, body?: { error: string, message: string } }} Answer
 */

const OPTIONS = {
  ackAfterMs: optional(values.milliseconds),
  onError: optional(values.handler, (/** @type {any[]} */ ...[error]) => console.error(error)),
};

/** @type {Answer} */
const HANDLED = { status: 204, headers: undefined, body: undefined };
/** @type {Answer} */
const ACKNOWLEDGED = { status: 202, headers: undefined, body: undefined };
/** @type {Answer} */
const FAILED = refusal(500, 'INTERNAL_ERROR', 'The delivery could not be handled.');
/** @type {Answer} */
const NOT_POST = {
  status: 405,
  headers: { allow: 'POST' },
  body: { error: 'METHOD_NOT_ALLOWED', message: 'Deliveries are sent with POST.' },
};
/** @type {Answer} */
const INCOMPLETE = refusal(400, 'INCOMPLETE_BODY', 'The body broke off.');

/** Verification codes whose status is not 400. A body that was parsed is the receiver's fault. */
const STATUS = new Map([
  ['REPLAYED', 409],
  ['BODY_TOO_LARGE', 413],
  ['BODY_NOT_RAW', 500],
]);

class Endpoint {
  #receiver;
  #handler;
  #ackAfterMs;
  #onError;

  /**
   * @param {WebhookReceiver} receiver
   * @param {(delivery: WebhookEvent<any>, request: any) => unknown} handler
   * @param {WebhookMiddlewareOptions} [options]
   */
  constructor(receiver, handler, options = {}) {
    // The argument may be a secret in the wrong place.
    if (typeof member(receiver, 'verifyAsync') !== 'function')
      throw invalidSecret('receiver', 'a WebhookReceiver', receiver);
    const { ackAfterMs, onError } = parseBag(options, 'options', OPTIONS);
    this.#receiver = receiver;
    this.#handler = values.handler(handler, 'handler');
    this.#ackAfterMs = ackAfterMs;
    this.#onError = onError;
  }

  get maxBodyBytes() {
    return this.#receiver.maxBodyBytes;
  }

  /** @returns {Answer} */
  get tooLarge() {
    const message = `The body is larger than ${this.maxBodyBytes} bytes.`;
    return refusal(413, 'BODY_TOO_LARGE', message);
  }

  /**
   * Never rejects.
   *
   * @param {WebhookBody} rawBody
   * @param {WebhookHeaders} headers
   * @param {unknown} request passed to the handler with the delivery
   * @returns {Promise<Answer>}
   */
  async receive(rawBody, headers, request) {
    let delivery;
    try {
      delivery = await this.#receiver.verifyAsync(rawBody, headers);
    } catch (error) {
      const refused = error instanceof WebhookVerificationError;
      const status = refused ? (STATUS.get(error.code) ?? 400) : 500;
      if (status === 500) this.#report(error, { request });
      return refused ? refusal(status, error.code, error.message) : FAILED;
    }
    const handled = this.#handle(delivery, request);
    return this.#ackAfterMs === undefined ? handled : unlessSlow(handled, this.#ackAfterMs);
  }

  /**
   * @param {WebhookEvent} delivery
   * @param {unknown} request
   * @returns {Promise<Answer>}
   */
  async #handle(delivery, request) {
    try {
      await this.#handler(delivery, request);
      return HANDLED;
    } catch (error) {
      this.#report(error, { delivery, request });
    }
    // So that the next attempt is accepted.
    try {
      await this.#receiver.release(delivery);
    } catch (error) {
      this.#report(error, { delivery, request });
    }
    return FAILED;
  }

  /**
   * An error of `onError` reaches the process. The answer is sent anyway.
   *
   * @param {unknown} error
   * @param {{ delivery?: WebhookEvent, request: unknown }} context
   */
  #report(error, context) {
    try {
      this.#onError(error, context);
    } catch (thrown) {
      report(thrown);
    }
  }
}

/**
 * Sets every member, so that none is read from Object.prototype.
 *
 * @param {number} status
 * @param {string} error
 * @param {string} message
 * @returns {Answer}
 */
function refusal(status, error, message) {
  return { status, headers: undefined, body: { error, message } };
}

/**
 * @param {Promise<Answer>} handled
 * @param {number} milliseconds
 */
function unlessSlow(handled, milliseconds) {
  /** @type {Timer} */
  let timer;
  const slow = new Promise((/** @type {(answer: Answer) => void} */ resolve) => {
    timer = later(() => resolve(ACKNOWLEDGED), milliseconds);
  });
  return Promise.race([handled, slow]).finally(() => cancel(timer));
}

export { Endpoint, INCOMPLETE, NOT_POST };
