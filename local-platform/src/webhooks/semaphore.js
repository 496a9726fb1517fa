/** Semaphore: how many things may happen at the same time. Who comes when all turns are taken waits in order. */

export class Semaphore {
  #free;
  #waiting = [];

  /** @param {number} count */
  constructor(count) {
    this.#free = count;
  }

  /** Runs `act` when a turn is free, and resolves to what it returns. */
  async run(act) {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise((resolve) => this.#waiting.push(resolve));
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
