/** Promises for conditions of the platform, such as a number of subscriptions. */

/**
 * A pending `until`.
 *
 * @typedef {object} Waiter
 * @property {() => boolean} condition
 * @property {() => void} resolve
 * @property {(error: unknown) => void} reject
 */

export class Conditions {
  /** @type {Set<Waiter>} */
  #waiting = new Set();
  /** @type {Error | undefined} */
  #abandoned;

  /**
   * Resolves as soon as the condition holds, which is evaluated now and in `check()`.
   *
   * @param {() => boolean} condition
   * @param {AbortSignal} [signal] its reason becomes the rejection
   * @returns {Promise<void>}
   */
  async until(condition, signal) {
    signal?.throwIfAborted();
    if (condition()) return;
    if (this.#abandoned) throw this.#abandoned;
    /** @type {() => void} */
    let stop = () => {};
    try {
      await /** @type {Promise<void>} */ (
        new Promise((resolve, reject) => {
          const waiter = { condition, resolve, reject };
          this.#waiting.add(waiter);
          const abort = () => reject(signal?.reason);
          signal?.addEventListener('abort', abort);
          stop = () => {
            this.#waiting.delete(waiter);
            signal?.removeEventListener('abort', abort);
          };
        })
      );
    } finally {
      stop();
    }
  }

  /** Evaluates the pending conditions again. */
  check() {
    for (const waiter of this.#waiting) {
      try {
        if (!waiter.condition()) continue;
        waiter.resolve();
      } catch (error) {
        waiter.reject(error);
      }
      this.#waiting.delete(waiter);
    }
  }

  /** Rejects every pending and every later `until`. @param {Error} error */
  abandon(error) {
    this.#abandoned = error;
    for (const { reject } of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}
