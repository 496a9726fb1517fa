/**
 * What all middleware has in common once it has the body of a delivery: it verifies, claims, calls
 * the handler, and decides on the answer. It knows no HTTP library, so that all answer the same.
 *
 * An answer tells the sender whether to try again, and a stranger nothing: it has a code, no
 * advice. Advice about refused deliveries goes to `onRefused`, failures of the handler and of the
 * replay store to `onError`.
 */

import { cancel, later, report, warn } from '#host';
import { tracer } from '#tracing';
import { openLog } from '#webhook-log';
import { invalidSecret } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { member } from '../own.js';
import { bytesOf, notRaw, tooLarge } from './body.js';
import { WebhookVerificationError } from './verification-error.js';

/** @import { Timer } from '#host' */
/** @import { WebhookTrace } from '../../types/tracing.js' */
/**
 * @import { WebhookBody, WebhookEvent, WebhookHeaders, WebhookMiddlewareOptions, WebhookReceiver } from '../../index.js'
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} [headers]
 * @property {{ error: string } | { duplicate: true }} [body]
 */

const OPTIONS = {
  ackAfterMs: optional(values.milliseconds),
  onError: optional(values.handler, (/** @type {any[]} */ ...[error]) => console.error(error)),
  onRefused: optional(values.handler),
  log: (/** @type {unknown} */ value) => value,
};
/** How many seconds to wait for a handler that is still running. Senders make few attempts. */
const RETRY_AFTER = '2';

/** @type {Answer} */
const HANDLED = { status: 204, headers: undefined, body: undefined };
/** @type {Answer} */
const ACKNOWLEDGED = { status: 202, headers: undefined, body: undefined };
/** Senders retry until they get a 2xx. @type {Answer} */
const DUPLICATE = { status: 200, headers: undefined, body: { duplicate: true } };
/** The handler may still fail. Then the next attempt is handled. */
const IN_PROGRESS = refusal(409, 'REPLAYED', { 'retry-after': RETRY_AFTER });
const FAILED = refusal(500, 'INTERNAL_ERROR');
const NOT_POST = refusal(405, 'METHOD_NOT_ALLOWED', { allow: 'POST' });
const INCOMPLETE = refusal(400, 'INCOMPLETE_BODY');

/** Verification codes whose status is not 400. A body that was parsed is the receiver's fault. */
const STATUS = new Map([
  ['BODY_TOO_LARGE', 413],
  ['BODY_NOT_RAW', 500],
]);

class Endpoint {
  #receiver;
  #handler;
  #ackAfterMs;
  #onError;
  #onRefused;
  #log;
  #rawBodyAdvice;

  /**
   * @param {WebhookReceiver} receiver
   * @param {(delivery: WebhookEvent<any>, request: any) => unknown} handler
   * @param {WebhookMiddlewareOptions | undefined} options
   * @param {string} method that made it, for errors
   * @param {string} [rawBodyAdvice] how to get a body to this kind of endpoint as it was sent
   */
  constructor(receiver, handler, options = {}, method, rawBodyAdvice = undefined) {
    // The argument may be a secret in the wrong place.
    if (typeof member(receiver, 'verifyAsync') !== 'function')
      throw invalidSecret(`${method}(): receiver`, 'a WebhookReceiver', receiver);
    const { ackAfterMs, log, onError, onRefused = warner() } = parseBag(options, `${method}(): options`, OPTIONS);
    this.#receiver = receiver;
    this.#handler = values.handler(handler, `${method}(): handler`);
    this.#ackAfterMs = ackAfterMs;
    this.#onError = onError;
    this.#onRefused = onRefused;
    this.#log = openLog(log);
    this.#rawBodyAdvice = rawBodyAdvice;
  }

  get maxBodyBytes() {
    return this.#receiver.maxBodyBytes;
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
    const trace = tracer();
    if (trace === undefined) return this.#receive(rawBody, headers, request, {});
    return trace.webhook(async (context) => {
      const answer = await this.#receive(rawBody, headers, request, context);
      context.status = answer.status;
      return answer;
    });
  }

  /**
   * @param {WebhookBody} rawBody
   * @param {WebhookHeaders} headers
   * @param {unknown} request
   * @param {WebhookTrace} context filled in
   * @returns {Promise<Answer>}
   */
  async #receive(rawBody, headers, request, context) {
    const bytes = bytesOf(rawBody);
    if (bytes === undefined) return this.#refuse(notRaw(rawBody, this.#rawBodyAdvice), request, context);
    let delivery;
    try {
      delivery = await this.#receiver.verifyAsync(bytes, headers);
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) {
        context.error = error;
        this.#report(this.#onError, error, { request });
        return FAILED;
      }
      if (error.code === 'REPLAYED') return error.handled ? DUPLICATE : IN_PROGRESS;
      return this.#refuse(error, request, context);
    }
    Object.assign(context, delivery);
    const handled = this.#handle(delivery, request, context);
    return this.#ackAfterMs === undefined ? handled : unlessSlow(handled, this.#ackAfterMs);
  }

  /**
   * @param {WebhookEvent} delivery
   * @param {unknown} request
   * @param {WebhookTrace} context
   * @returns {Promise<Answer>}
   */
  async #handle(delivery, request, context) {
    /** @type {Answer} */
    let answer;
    try {
      await this.#handler(delivery, request);
      answer = HANDLED;
      this.#log?.('handled');
    } catch (error) {
      context.error = error;
      // What the user's code says may be anything.
      this.#log?.('handler failed');
      this.#report(this.#onError, error, { delivery, request });
      answer = FAILED;
    }
    try {
      // After a failure, the next attempt is accepted.
      await (answer === HANDLED ? this.#receiver.complete(delivery) : this.#receiver.release(delivery));
    } catch (error) {
      this.#report(this.#onError, error, { delivery, request });
    }
    return answer;
  }

  /**
   * Refuses a body of which more than `maxBodyBytes` arrived or were announced.
   *
   * @param {unknown} request
   */
  refuseTooLarge(request) {
    return this.#refuse(tooLarge(this.maxBodyBytes), request);
  }

  /**
   * @param {WebhookVerificationError} error
   * @param {unknown} request
   * @param {WebhookTrace} [context]
   */
  #refuse(error, request, context = {}) {
    context.error = error;
    this.#log?.('refused', error);
    this.#report(this.#onRefused, error, { request });
    return refusal(STATUS.get(error.code) ?? 400, error.code);
  }

  /**
   * Calls `onError` or `onRefused`. What the function throws reaches the process. The answer is
   * sent anyway.
   *
   * @param {Function} listener
   * @param {unknown} error
   * @param {{ delivery?: WebhookEvent, request: unknown }} context
   */
  #report(listener, error, context) {
    try {
      listener(error, context);
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
 * @param {Record<string, string>} [headers]
 * @returns {Answer}
 */
function refusal(status, error, headers = undefined) {
  return { status, headers, body: { error } };
}

/** Makes the default of `onRefused`. Strangers can cause any number of refusals. */
function warner() {
  const warned = new Set();
  return (/** @type {WebhookVerificationError} */ { code, message }) => {
    if (warned.has(code)) return;
    warned.add(code);
    const detail = 'Set options.onRefused to see all of them; this warning appears once per code.';
    warn(`A webhook delivery was refused. ${message}`, { code, detail });
  };
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
