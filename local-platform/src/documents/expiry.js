/** Expiry: one timer for each document that is going to expire. None of them keeps the process alive. */

const LONGEST_TIMER = 2 ** 31 - 1;

export class Expiry {
  #timers = new Map();
  #expire;

  /** @param {(service: string, id: string) => void} expire called when the time of a document has come */
  constructor(expire) {
    this.#expire = expire;
  }

  /** To be told of each new revision. */
  observe({ service, id, expiresAt, deleted }) {
    const key = JSON.stringify([service, id]);
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    if (expiresAt === undefined || deleted) return;
    const due = () => {
      this.#timers.delete(key);
      // A timer may fire a moment early, and a far day takes several.
      if (expiresAt > Date.now()) this.observe({ service, id, expiresAt });
      else this.#expire(service, id);
    };
    const delay = Math.min(Math.max(expiresAt - Date.now(), 0), LONGEST_TIMER);
    this.#timers.set(key, setTimeout(due, delay).unref());
  }

  close() {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
