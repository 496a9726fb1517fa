/** A delivery: one event on its way to one endpoint, attempted until it is taken, given up or stopped. */

import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { WEBHOOK_HEADERS, WEBHOOK_LIMITS } from '../vocabulary.js';
import { post } from './post.js';

export class Delivery {
  #endpoint;
  #signal;
  #body;
  id = `whd_${randomUUID()}`;

  /**
   * @param {import('./endpoint.js').Endpoint} endpoint
   * @param {{ type: string, body: Buffer }} message its webhook type; the bytes, the same in every attempt
   */
  constructor(endpoint, { type, body }) {
    this.#endpoint = endpoint;
    this.#signal = endpoint.signal; // of now: an endpoint that is activated again does not revive it
    this.#body = body;
    this.type = type;
  }

  /**
   * @param {{ timeout: number, retryDelay: number, retryDelayMax: number }} policy milliseconds
   * @param {(attempt: object) => void} record gets the log entry of each attempt
   * @returns {Promise<{ attempts: number, status?: number, error?: string } | undefined>} undefined when it was taken
   */
  async run({ timeout, retryDelay, retryDelayMax }, record) {
    const { semaphore } = this.#endpoint;
    let last;
    for (let attempt = 1; ; attempt += 1) {
      await semaphore.run(async () => {
        if (this.#signal.aborted) return;
        last = await this.#attempt(attempt, timeout);
        record(last);
      });
      if (last?.status >= 200 && last.status < 300) return undefined;
      if (this.#signal.aborted) return { attempts: last?.attempt ?? 0, error: this.#signal.reason.message };
      if (attempt > WEBHOOK_LIMITS.retries) return { attempts: attempt, ...pickOutcome(last) };
      // Full jitter: endpoints that failed together do not come back together.
      const delay = Math.random() * Math.min(retryDelayMax, retryDelay * 2 ** (attempt - 1));
      await wait(delay, undefined, { ref: false, signal: this.#signal }).catch(() => {}); // stopped: seen above
    }
  }

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
    return { webhookId, deliveryId: this.id, event: this.type, attempt, ...outcome, durationMs, timestamp };
  }
}

const pickOutcome = ({ status, error }) => (status ? { status } : { error });
