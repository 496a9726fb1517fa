/**
 * What the platform refused lately, and why: a test that waits in vain wants to know. Equal
 * refusals share an entry, and the oldest entry makes room for a new one.
 */

import { LIMITS } from './vocabulary.js';

/** @import { Activity } from './activity.js' */

/** @typedef {{ what: string, reason: string, count: number, at: number }} Refused */

export class Refusals {
  /** The latest last. @type {Map<string, Refused>} */
  #entries = new Map();
  /** What is in the activity already. @type {WeakSet<object>} */
  #reported = new WeakSet();
  #activity;

  /** @param {Activity} activity */
  constructor(activity) {
    this.#activity = activity;
  }

  /**
   * @param {string} what was refused, e.g. `a connection on ws`
   * @param {unknown} error
   */
  add(what, error) {
    const reason = error instanceof Error ? error.message : String(error);
    const key = `${what}\0${reason}`;
    const count = (this.#entries.get(key)?.count ?? 0) + 1;
    this.#entries.delete(key);
    this.#entries.set(key, { what, reason, count, at: Date.now() });
    if (error instanceof Error) this.#reported.add(error);
    if (this.#activity.isWatched) this.#activity.report({ type: 'refused', what, reason });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > LIMITS.refusals) this.#entries.delete(oldest);
  }

  /**
   * Whether it was added: the route that it passes does not report it again.
   *
   * @param {object} error
   */
  has(error) {
    return this.#reported.has(error);
  }

  /** The latest first. */
  get latest() {
    return [...this.#entries.values()].reverse();
  }
}
