/** A semaphore: limits how many tasks run at the same time. Further tasks wait in order. */
export class Semaphore {
  #permits;
  /** @type {(() => void)[]} */
  #waiting = [];

  /** @param {number} permits */
  constructor(permits) {
    this.#permits = permits;
  }

  /**
   * Runs a task as soon as there is a permit.
   *
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  async run(task) {
    if (this.#permits > 0) this.#permits -= 1;
    else await new Promise((/** @type {(value: void) => void} */ resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#permits += 1;
    }
  }
}
