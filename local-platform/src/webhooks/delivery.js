/**
 * A delivery of one event to one endpoint: attempted until it succeeds, its retries are used up, or
 * it is stopped.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { WEBHOOK_HEADERS, WEBHOOK_LIMITS } from '../vocabulary.js';
import { post } from './post.js';

/** @import { DeadLetter, WebhookAttempt, WebhookType } from '../../index.js' */
/** @import { Endpoint } from './endpoint.js' */

/** @typedef {{ url: string, headers: Record<string, string>, body: Buffer }} SentRequest */
/** @typedef {Pick<DeadLetter, 'attempts' | 'status' | 'responseBody' | 'error'>} Failure */

export class Delivery {
  #endpoint;
  #signal;
  #body;
  id = `whd_${randomUUID()}`;

  /**
   * @param {Endpoint} endpoint
   * @param {{ type: WebhookType, body: Buffer }} message every attempt sends the same bytes
   */
  constructor(endpoint, { type, body }) {
    this.#endpoint = endpoint;
    // An endpoint that is activated again has a new signal, and does not resume this delivery.
    this.#signal = endpoint.signal;
    this.#body = body;
    this.type = type;
  }

  /**
   * @param {{ timeout: number, retryDelay: number, retryDelayMax: number }} policy milliseconds
   * @param {(attempt: WebhookAttempt, request: SentRequest) => void} record called with the log entry
   *   of each attempt, and with what was sent
   * @returns {Promise<Failure | undefined>} undefined if the endpoint accepted the delivery
   */
  async run({ timeout, retryDelay, retryDelayMax }, record) {
    const { semaphore } = this.#endpoint;
    /** @type {WebhookAttempt | undefined} */
    let last;
    let retryAfter = 0;
    for (let attempt = 1; ; attempt += 1) {
      await semaphore.run(async () => {
        if (this.#signal.aborted) return;
        const { retryAfter: asked = 0, request, ...entry } = await this.#attempt(attempt, timeout);
        retryAfter = asked;
        last = entry;
        record(entry, request);
      });
      if (isSuccess(last)) return undefined;
      if (this.#signal.aborted) return { attempts: last?.attempt ?? 0, error: this.#signal.reason.message };
      if (attempt > WEBHOOK_LIMITS.retries) return { attempts: attempt, ...pickOutcome(last) };
      // Full jitter, so that deliveries that failed together are not retried together.
      const delay = Math.random() * Math.min(retryDelayMax, retryDelay * 2 ** (attempt - 1));
      const least = Math.min(retryAfter, retryDelayMax);
      // After an abort the loop sees the signal.
      await wait(Math.max(delay, least), undefined, { ref: false, signal: this.#signal }).catch(() => {});
    }
  }

  /**
   * @param {number} attempt
   * @param {number} timeout
   * @returns {Promise<WebhookAttempt & { retryAfter?: number, request: SentRequest }>}
   */
  async #attempt(attempt, timeout) {
    const { id: webhookId, url } = this.#endpoint;
    const timestamp = Date.now();
    const started = performance.now();
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'realtime-local',
      ...this.#endpoint.sign({ id: this.id, body: this.#body, now: timestamp }),
      [WEBHOOK_HEADERS.event]: this.type,
      [WEBHOOK_HEADERS.attempt]: String(attempt),
    };
    const outcome = await post(url, { headers, body: this.#body, timeout, signal: this.#signal });
    const durationMs = Math.round(performance.now() - started);
    const request = { url, headers, body: this.#body };
    return { webhookId, deliveryId: this.id, event: this.type, attempt, ...outcome, durationMs, timestamp, request };
  }
}

/** @param {WebhookAttempt | undefined} attempt */
const isSuccess = (attempt) => attempt?.status !== undefined && attempt.status >= 200 && attempt.status < 300;

/** @param {WebhookAttempt | undefined} attempt */
function pickOutcome({ status, responseBody, error } = /** @type {WebhookAttempt} */ ({})) {
  if (status === undefined) return { error };
  return responseBody === undefined ? { status } : { status, responseBody };
}
