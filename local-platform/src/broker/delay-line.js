/** The delay line: what is sent through it leaves in order, each item not before its delay has passed. */

import { setTimeout as wait } from 'node:timers/promises';

export class DelayLine {
  #delay = 0;
  #pending = 0;
  #tail = Promise.resolve();

  /** @param {number} milliseconds for what is sent from now on; what is under way keeps its delay */
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
      });
  }
}
