/**
 * The events of one `for await` loop. They wait in a bounded buffer; what happens when it is full,
 * `buffer.js` says. The loop ends once: it is left, its signal is aborted, the client is destroyed
 * or gives up, or the server refuses the subscription.
 */

import { LoopBuffer } from './buffer.js';

/** @import { EngineConfig } from '../engines/engine.js' */

/**
 * @typedef {object} Owner
 * @property {() => number} takenUntil until when every event was delivered, in Unix milliseconds
 * @property {(waiting: number) => void} full called while the buffer is full and no event may be
 *   dropped, and with 0 once it is half empty
 * @property {() => void} dropped called for each event that is dropped
 * @property {(missed: Missed) => void} missed called when events were dropped and there is room
 *   again, or the dropping has lasted for long
 * @property {() => void} close ends what brings the events
 */

/**
 * Events that were dropped.
 *
 * @typedef {object} Missed
 * @property {number} since in Unix milliseconds; every event that was sent before was kept
 * @property {number} until when the last one was dropped
 * @property {number} dropped how many
 */

/** While events are dropped without end, the user hears of them this often, in milliseconds. */
const REPORT_INTERVAL = 10_000;

/** @template {object} T */
class Stream {
  #owner;
  /** @type {LoopBuffer<T>} */
  #buffer;
  #pauses;
  /**
   * Calls of `next` that wait, oldest first.
   *
   * @type {((result: IteratorResult<T, undefined> | Promise<IteratorResult<T, undefined>>) => void)[]}
   */
  #takers = [];
  #isEnded = false;
  /** What the next call of `next` rejects with. @type {{ error: unknown } | undefined} */
  #failure;
  #isPausing = false;
  /** Every event that was sent before came before those that wait. */
  #since = 0;
  /** @type {Missed & { began: number } | undefined} */
  #missed;
  /** Whether an event was taken since the latest report. */
  #isReportTaken = true;

  /**
   * @param {number} capacity
   * @param {EngineConfig['inbox']['overflow']} overflow
   * @param {Owner} owner
   */
  constructor(capacity, overflow, owner) {
    this.#owner = owner;
    this.#buffer = new LoopBuffer(capacity, overflow, () => this.#drop());
    this.#pauses = overflow === 'disconnect';
  }

  /** @param {T} event */
  push(event) {
    if (this.#isEnded) return;
    const take = this.#takers.shift();
    if (take) return take({ value: event, done: false });
    if (!this.#pauses && this.#buffer.size === 0) this.#since = this.#owner.takenUntil();
    this.#buffer.push(event);
    this.#balance();
  }

  /**
   * No further event follows those that wait.
   *
   * @param {unknown} [error] what the loop throws then
   */
  end(error) {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (error !== undefined) this.#failure = { error };
    for (const take of this.#takers.splice(0)) take(this.next());
    this.#owner.close();
    this.#balance();
  }

  /** The loop ends at once, whatever waits. @param {unknown} [error] what it throws */
  cut(error) {
    this.#buffer.clear();
    this.end(error);
  }

  /** @returns {Promise<IteratorResult<T, undefined>>} */
  async next() {
    const value = this.#buffer.shift();
    if (value !== undefined) {
      this.#isReportTaken = true;
      this.#balance();
      return { value, done: false };
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
    if (this.#isEnded) return { value: undefined, done: true };
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** The loop is left. @returns {Promise<IteratorResult<T, undefined>>} */
  async return() {
    this.cut();
    this.#failure = undefined;
    return { value: undefined, done: true };
  }

  /** @param {unknown} error @returns {Promise<never>} */
  async throw(error) {
    await this.return();
    throw error;
  }

  /** Tells the owner what the state of the buffer means. */
  #balance() {
    const isPausing = this.#pauses && this.#buffer.isFull && !this.#isEnded;
    if (isPausing || this.#isPausing) this.#owner.full(isPausing ? this.#buffer.size : 0);
    this.#isPausing = isPausing;
    const missed = this.#missed;
    if (missed === undefined || this.#isEnded) return;
    const isOverdue = this.#isReportTaken && missed.until - missed.began >= REPORT_INTERVAL;
    if (this.#buffer.isFull && !isOverdue) return;
    this.#missed = undefined;
    this.#isReportTaken = false;
    this.#owner.missed({ since: missed.since, until: missed.until, dropped: missed.dropped });
  }

  #drop() {
    const until = Date.now();
    this.#owner.dropped();
    this.#missed ??= { since: this.#since, until, dropped: 0, began: until };
    this.#missed.dropped += 1;
    this.#missed.until = until;
  }
}

export { Stream };
