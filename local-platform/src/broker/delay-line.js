/** A delay line: items leave in order, each after its delay or later. */

import { setTimeout as wait } from 'node:timers/promises';

export class DelayLine {
  #delay = 0;
  #pending = 0;
  /** @type {Promise<void>} */
  #tail = Promise.resolve();
  #onLeave;

  /** @param {() => void} onLeave called after an item has left that had to wait */
  constructor(onLeave) {
    this.#onLeave = onLeave;
  }

  /** Number of items in the line. */
  get pending() {
    return this.#pending;
  }

  /**
   * Sets the delay of further items. Items in the line keep theirs.
   *
   * @param {number} milliseconds
   */
  setDelay(milliseconds) {
    this.#delay = milliseconds;
  }

  /** @param {() => void} leave must not throw */
  send(leave) {
    if (this.#delay === 0 && this.#pending === 0) return leave();
    const due = wait(this.#delay, undefined, { ref: false });
    this.#pending += 1;
    this.#tail = this.#tail
      .then(() => due)
      .then(() => {
        this.#pending -= 1;
        leave();
        this.#onLeave();
      });
  }
}
