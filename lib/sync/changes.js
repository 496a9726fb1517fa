/**
 * The changes of a live document as an async iterator. It buffers what the loop is too slow for, up
 * to a bound.
 */

/** @import { LiveChange } from '../../index.js' */

/**
 * How many changes wait for the loop. Beyond it the oldest is dropped, and the next one counts it
 * as skipped.
 */
const MAX_WAITING = 1000;

class Changes {
  #forget;
  /** @type {LiveChange<any>[]} */
  #waiting = [];
  /** @type {((result: IteratorResult<LiveChange<any>, undefined>) => void)[]} */
  #takers = [];
  #ended = false;

  /** @param {() => void} forget called when the loop is left */
  constructor(forget) {
    this.#forget = forget;
  }

  /** The oldest change that waits. */
  take() {
    return this.#waiting.shift();
  }

  /** @param {LiveChange<any>} change */
  push(change) {
    const take = this.#takers.shift();
    if (take) take({ value: change, done: false });
    else if (this.#waiting.push(change) > MAX_WAITING) this.#dropOldest();
  }

  /** No further change will arrive. */
  end() {
    this.#ended = true;
    for (const take of this.#takers.splice(0)) take({ value: undefined, done: true });
  }

  /** @returns {Promise<IteratorResult<LiveChange<any>, undefined>>} */
  next() {
    const value = this.take();
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      this.#takers.push(resolve);
    });
  }

  /** @returns {Promise<IteratorResult<LiveChange<any>, undefined>>} */
  return() {
    this.#waiting = [];
    this.#forget();
    this.end();
    return this.next();
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #dropOldest() {
    const oldest = /** @type {LiveChange<any>} */ (this.#waiting.shift());
    this.#waiting[0] = skipping(oldest, this.#waiting[0]);
  }
}

/**
 * A change when the one before it is not reported.
 *
 * @param {LiveChange<any>} former
 * @param {LiveChange<any>} change
 * @returns {LiveChange<any>}
 */
function skipping({ skipped, reset }, { diff, ...next }) {
  return { ...next, skipped: next.skipped + skipped + 1, ...(reset && { reset }) };
}

export { Changes, skipping };
