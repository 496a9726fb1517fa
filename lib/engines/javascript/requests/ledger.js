/**
 * PURE: the account of a memory budget, which answers hold how much of it, and who waits for room.
 * The counterpart of `src/rest/budget/ledger.rs`, which explains its rules.
 */

/**
 * The room of one answer.
 *
 * @typedef {object} Account
 * @property {number} held
 * @property {number} asked what it waits for
 */

class Ledger {
  /** The most that was held at a time. */
  peak = 0;
  #limit;
  #held = 0;
  /** Those that hold room, the oldest first. @type {Account[]} */
  #holders = [];
  /** In the order in which they asked. @type {Account[]} */
  #waiting = [];

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  /** How many answers wait. */
  get waiting() {
    return this.#waiting.length;
  }

  /**
   * Asks for more room. `grantNext` returns the account, now or later.
   *
   * @param {Account} account
   * @param {number} bytes
   */
  ask(account, bytes) {
    account.asked = bytes;
    this.#waiting.push(account);
  }

  /** Returns the room of an answer, whether it waited or not. @param {Account} account */
  close(account) {
    this.#held -= account.held;
    account.held = 0;
    this.#holders = this.#holders.filter((other) => other !== account);
    this.#waiting = this.#waiting.filter((other) => other !== account);
  }

  /**
   * Gives room to the next answer that waits, if there is enough. To be called until it returns
   * undefined.
   *
   * @param {boolean} [always] whatever the limit: those with room do not arrive
   */
  grantNext(always) {
    const [oldest] = this.#holders;
    const waiting = this.#waiting;
    const next = waiting.includes(oldest) ? oldest : (waiting.find(({ held }) => held > 0) ?? waiting[0]);
    if (next === undefined) return undefined;
    const held = this.#held + next.asked;
    if (!always && held > this.#limit && this.#held > 0 && next !== oldest) return undefined;
    waiting.splice(waiting.indexOf(next), 1);
    if (next.held === 0) this.#holders.push(next);
    next.held += next.asked;
    this.#held = held;
    this.peak = Math.max(this.peak, held);
    return next;
  }
}

export { Ledger };
