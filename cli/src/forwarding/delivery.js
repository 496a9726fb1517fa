/** The delivery of one event to one endpoint, with its retries. */

import { setTimeout as sleep } from 'node:timers/promises';
import { causeOf } from '../requests.js';

/** @import { RealtimeEvent } from '@smarterservices/realtime' */

/** How long an endpoint may take to answer, in ms. */
const DELIVERY_TIMEOUT = 10_000;
const FIRST_RETRY_DELAY = 500;
const MAX_RETRY_DELAY = 30_000;
/** How long deliveries may still take after Ctrl-C, in ms. */
const GRACE = 5000;

/** @typedef {{ status: number, ms: number, attempts: number }} Delivered */
/** @typedef {{ reason: string, attempts: number }} Undelivered */

/**
 * @typedef {object} DeliveriesOptions
 * @property {number} retries
 * @property {(event: RealtimeEvent, body: string) => Record<string, string>} sign headers of an attempt
 * @property {(event: RealtimeEvent, url: string, failure: { reason: string, attempt: number, delay: number }) => void} onRetry
 */

export class Deliveries {
  #options;
  /** Ends all attempts. */
  #stop = new AbortController();
  /** Ends the pauses between attempts, and with them the retries. */
  #hurry = new AbortController();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {DeliveriesOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /** Whether {@link hurry} was called. */
  get isHurried() {
    return this.#hurry.signal.aborted;
  }

  /** What is being delivered is tried once more, for at most 5 seconds. */
  hurry() {
    if (this.isHurried) return;
    this.#hurry.abort();
    this.#timer = setTimeout(() => this.#stop.abort(), GRACE);
  }

  close() {
    clearTimeout(this.#timer);
  }

  /** @param {RealtimeEvent} event @param {string} url @returns {Promise<Delivered | Undelivered>} */
  async run(event, url) {
    const { retries, onRetry } = this.#options;
    const body = JSON.stringify(event);
    for (let attempt = 1; ; attempt += 1) {
      if (this.#stop.signal.aborted) return { reason: 'interrupted', attempts: attempt - 1 };
      const result = await this.#attempt(event, url, body);
      if ('status' in result) return { ...result, attempts: attempt };
      if (attempt > retries || this.isHurried) return { reason: result.reason, attempts: attempt };
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
