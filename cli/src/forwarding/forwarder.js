/**
 * Delivers events to HTTP endpoints. Events of one topic go one after the other, in their order;
 * topics do not wait for each other. An event leaves its queue when its endpoint has answered with
 * 2xx, or when it is in the dead-letter file: nothing else removes it.
 */

import { CommandError, EXIT } from '../exit-codes.js';

/** @import { RealtimeEvent } from '@smarterservices/realtime' */
/** @import { Deliveries, Delivered, Undelivered } from './delivery.js' */

/** Events that may wait in memory. Further ones go to the dead letters at once. */
const MAX_WAITING = 10_000;

/**
 * @typedef {object} ForwarderOptions
 * @property {import('./routes.js').Routes} routes
 * @property {import('./dead-letters.js').DeadLetters} deadLetters
 * @property {Deliveries} deliveries
 * @property {(event: RealtimeEvent, url: string, result: Delivered) => void} onDelivered
 * @property {(event: RealtimeEvent, url: string, failure: Undelivered) => void} onDead
 */

export class Forwarder {
  #options;
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
    const { deliveries } = this.#options;
    deliveries.hurry();
    await this.drain();
    deliveries.close();
  }

  /** @param {RealtimeEvent} event @param {string} url */
  async #deliver(event, url) {
    const result = await this.#options.deliveries.run(event, url);
    if ('reason' in result) {
      this.#bury(event, url, result);
      return;
    }
    this.delivered += 1;
    this.#options.onDelivered(event, url, result);
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
