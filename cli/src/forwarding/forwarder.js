/**
 * Delivers events to HTTP endpoints. Events of one topic go one after the other, in their order;
 * topics do not wait for each other. An event leaves its queue when its endpoint has answered with
 * 2xx, or when it is in the dead-letter file: nothing else removes it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, EXIT } from '../exit-codes.js';
import { causeOf } from '../requests.js';

/** @import { RealtimeEvent } from '@smarterservices/realtime' */

/** How long an endpoint may take to answer, in ms. */
const DELIVERY_TIMEOUT = 10_000;
const FIRST_RETRY_DELAY = 500;
const MAX_RETRY_DELAY = 30_000;
/** How long deliveries may still take after Ctrl-C, in ms. */
const GRACE = 5000;
/** Events that may wait in memory. Further ones go to the dead letters at once. */
const MAX_WAITING = 10_000;

/** @typedef {{ status: number, ms: number, attempts: number }} Delivered */
/** @typedef {{ reason: string, attempts: number }} Undelivered */

/**
 * @typedef {object} ForwarderOptions
 * @property {import('./routes.js').Routes} routes
 * @property {import('./dead-letters.js').DeadLetters} deadLetters
 * @property {number} retries
 * @property {(event: RealtimeEvent, body: string) => Record<string, string>} sign headers of an attempt
 * @property {(event: RealtimeEvent, url: string, result: Delivered) => void} onDelivered
 * @property {(event: RealtimeEvent, url: string, failure: { reason: string, attempt: number, delay: number }) => void} onRetry
 * @property {(event: RealtimeEvent, url: string, failure: Undelivered) => void} onDead
 */

export class Forwarder {
  #options;
  /** Ends all attempts. */
  #stop = new AbortController();
  /** Ends the pauses between attempts, and with them the retries. @type {AbortController} */
  #hurry = new AbortController();
  /** What a topic's next event waits for. @type {Map<string, Promise<void>>} */
  #tails = new Map();
  #waiting = 0;
  delivered = 0;
  /** Rejects when an event can neither be delivered nor be kept. @type {Promise<never>} */
  failed;
  /** @type {(error: Error) => void} */
  #fail = () => {};

  /** @param {ForwarderOptions} options */
  constructor(options) {
    this.#options = options;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // The command races it, perhaps later.
    this.failed.catch(() => {});
  }

  /** @param {RealtimeEvent} event */
  add(event) {
    const url = this.#options.routes.urlOf(event.topic);
    if (url === undefined) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#bury(event, url, { reason: `${MAX_WAITING} events wait already`, attempts: 0 });
      return;
    }
    this.#waiting += 1;
    const before = this.#tails.get(event.topic) ?? Promise.resolve();
    const tail = before
      .then(() => this.#deliver(event, url))
      .finally(() => {
        this.#waiting -= 1;
        if (this.#tails.get(event.topic) === tail) this.#tails.delete(event.topic);
      });
    this.#tails.set(event.topic, tail);
  }

  /** Waits for all deliveries that were added, with their retries. */
  async drain() {
    await Promise.all(this.#tails.values());
  }

  /**
   * Tries what waits once more, for at most 5 seconds. The rest goes to the dead letters.
   */
  async close() {
    this.#hurry.abort();
    const timer = setTimeout(() => this.#stop.abort(), GRACE);
    await this.drain();
    clearTimeout(timer);
  }

  /** @param {RealtimeEvent} event @param {string} url */
  async #deliver(event, url) {
    const { retries, onDelivered, onRetry } = this.#options;
    const body = JSON.stringify(event);
    for (let attempt = 1; ; attempt += 1) {
      if (this.#stop.signal.aborted) {
        this.#bury(event, url, { reason: 'interrupted', attempts: attempt - 1 });
        return;
      }
      const result = await this.#attempt(event, url, body);
      if ('status' in result) {
        this.delivered += 1;
        onDelivered(event, url, { ...result, attempts: attempt });
        return;
      }
      if (attempt > retries || this.#hurry.signal.aborted) {
        this.#bury(event, url, { reason: result.reason, attempts: attempt });
        return;
      }
      const delay = Math.max(delayOf(attempt), result.retryAfter);
      onRetry(event, url, { reason: result.reason, attempt, delay });
      // Aborted by Ctrl-C: the next attempt is the last.
      await sleep(delay, undefined, { signal: this.#hurry.signal }).catch(() => {});
    }
  }

  /**
   * @param {RealtimeEvent} event @param {string} url @param {string} body
   * @returns {Promise<{ status: number, ms: number } | { reason: string, retryAfter: number }>}
   */
  async #attempt(event, url, body) {
    const start = performance.now();
    const headers = { 'content-type': 'application/json', ...this.#options.sign(event, body) };
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(DELIVERY_TIMEOUT)]);
    try {
      const response = await fetch(url, { method: 'POST', body, headers, signal, redirect: 'manual' });
      // Frees the connection.
      await response.body?.cancel();
      if (response.ok) return { status: response.status, ms: Math.round(performance.now() - start) };
      return { reason: `HTTP ${response.status}`, retryAfter: retryAfterOf(response.headers.get('retry-after')) };
    } catch (error) {
      return { reason: this.#stop.signal.aborted ? 'interrupted' : causeOf(error), retryAfter: 0 };
    }
  }

  /** @param {RealtimeEvent} event @param {string} url @param {Undelivered} failure */
  #bury(event, url, failure) {
    try {
      this.#options.deadLetters.add({ url, ...failure, event });
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      const what = `--dead-letters: the file cannot be written: ${message}. Event ${event.id} is in the output alone.`;
      this.#fail(new CommandError(EXIT.undelivered, what));
      return;
    }
    this.#options.onDead(event, url, failure);
  }
}

/** Exponential, half of it random, so that several topics do not return together. @param {number} attempt */
function delayOf(attempt) {
  const whole = Math.min(FIRST_RETRY_DELAY * 2 ** (attempt - 1), MAX_RETRY_DELAY);
  return Math.round(whole / 2 + (Math.random() * whole) / 2);
}

/** @param {string | null} value seconds; dates are rare and ignored @returns {number} ms */
function retryAfterOf(value) {
  const seconds = /^\d+$/.test(value ?? '') ? Number(value) : 0;
  return Math.min(seconds * 1000, MAX_RETRY_DELAY);
}
