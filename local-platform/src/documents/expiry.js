/**
 * Expiry of documents: one timer for each document that expires. The timers do not keep the process
 * alive.
 */

/** @typedef {{ service: string, id: string, expiresAt?: number, deleted?: boolean }} Expiring */

const MAX_TIMEOUT = 2 ** 31 - 1;

export class Expiry {
  /** @type {Map<string, NodeJS.Timeout>} */
  #timers = new Map();
  #expire;

  /** @param {(service: string, id: string) => unknown} expire called when a document expires */
  constructor(expire) {
    this.#expire = expire;
  }

  /** Call it with each new revision. @param {Expiring} document */
  observe({ service, id, expiresAt, deleted }) {
    const key = JSON.stringify([service, id]);
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    if (expiresAt === undefined || deleted) return;
    const due = () => {
      this.#timers.delete(key);
      // A timer can fire a moment early, and a distant date takes several timers.
      if (expiresAt > Date.now()) this.observe({ service, id, expiresAt });
      else this.#expire(service, id);
    };
    const delay = Math.min(Math.max(expiresAt - Date.now(), 0), MAX_TIMEOUT);
    this.#timers.set(key, setTimeout(due, delay).unref());
  }

  close() {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
