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
  /** Those that hold room and wait for more, and those that have none. @type {Account[]} */
  #growing = [];
  /** @type {Account[]} */
  #fresh = [];

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  /** How many answers wait. */
  get waiting() {
    return this.#growing.length + this.#fresh.length;
  }

  /**
   * Asks for more room. `grantNext` returns the account, now or later.
   *
   * @param {Account} account
   * @param {number} bytes
   */
  ask(account, bytes) {
    account.asked = bytes;
    if (account.held === 0) {
      this.#fresh.push(account);
      return;
    }
    const age = this.#holders.indexOf(account);
    const at = this.#growing.findIndex((other) => this.#holders.indexOf(other) > age);
    this.#growing.splice(at < 0 ? this.#growing.length : at, 0, account);
  }

  /** Returns the room of an answer, whether it waited or not. @param {Account} account */
  close(account) {
    this.#held -= account.held;
    account.held = 0;
    for (const list of [this.#holders, this.#growing, this.#fresh]) {
      const at = list.indexOf(account);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /**
   * Gives room to the first answer that waits, if there is enough. To be called until it returns
   * undefined.
   */
  grantNext() {
    const first = this.#growing[0] ?? this.#fresh[0];
    if (first === undefined) return undefined;
    const fits = this.#held + first.asked <= this.#limit;
    return fits || this.#held === 0 || first === this.#holders[0] ? this.grantFirst() : undefined;
  }

  /** As {@link grantNext}, without looking at the limit: those with room do not arrive. */
  grantFirst() {
    const first = this.#growing.shift() ?? this.#fresh.shift();
    if (first === undefined) return undefined;
    if (first.held === 0) this.#holders.push(first);
    first.held += first.asked;
    this.#held += first.asked;
    this.peak = Math.max(this.peak, this.#held);
    return first;
  }
}

export { Ledger };
