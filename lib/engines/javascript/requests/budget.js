/**
 * The memory of all answers that are being read. An answer that finds no room is not read from its
 * stream, which makes its server wait. The counterpart of `src/rest/budget/`.
 */

import { cancel, later } from '#host';
import { Ledger } from './ledger.js';

/** @import { Timer } from '#host' */
/** @import { Account } from './ledger.js' */

/** The budget of all clients together. */
const DEFAULT_LIMIT = 64 * 2 ** 20;
/** How much room an answer of unknown length asks for at a time. */
const STEP_BYTES = 2 ** 20;
/**
 * For how long no part of any answer may arrive while an answer waits, in milliseconds. Then the
 * network holds back those with room: over HTTP/2, answers that wait can use up the window of their
 * connection, which only the runtime controls.
 */
const STANDSTILL = 1000;

class AnswerBudget {
  #ledger;
  /** Counts the pieces of all answers. */
  #arrived = 0;
  /** @type {Map<Account, () => void>} */
  #granted = new Map();
  /** While answers wait. @type {Timer | undefined} */
  #timer;

  /** @param {number} [limit] in bytes */
  constructor(limit = DEFAULT_LIMIT) {
    this.#ledger = new Ledger(limit);
  }

  /** The most bytes that answers took at a time, and how many answers wait. */
  get state() {
    return { peak: this.#ledger.peak, waiting: this.#ledger.waiting };
  }

  /** @param {Account} account @param {number} bytes @returns {Promise<void>} */
  ask(account, bytes) {
    return new Promise((resolve) => {
      this.#granted.set(account, resolve);
      this.#ledger.ask(account, bytes);
      this.#grant();
    });
  }

  /** A piece of an answer has arrived. */
  arrived() {
    this.#arrived += 1;
  }

  /** Returns the room of an answer. One that waits goes on without any. @param {Account} account */
  close(account) {
    this.#ledger.close(account);
    this.#wake(account);
    this.#grant();
  }

  #grant() {
    for (let next = this.#ledger.grantNext(); next; next = this.#ledger.grantNext()) this.#wake(next);
    if (this.#ledger.waiting === 0) {
      cancel(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined) this.#watch();
  }

  #watch() {
    const before = this.#arrived;
    this.#timer = later(() => {
      this.#timer = undefined;
      const first = this.#arrived === before ? this.#ledger.grantNext(true) : undefined;
      if (first) this.#wake(first);
      this.#grant();
    }, STANDSTILL);
  }

  /** @param {Account} account */
  #wake(account) {
    this.#granted.get(account)?.();
    this.#granted.delete(account);
  }
}

/** The room of one answer. */
class Share {
  #free;
  #budget;
  /** @type {Account} */
  #account = { held: 0, asked: 0 };
  #isClosed = false;

  /** @param {number} free what it may hold beside the budget @param {AnswerBudget} [budget] */
  constructor(free, budget = processBudget) {
    this.#free = free;
    this.#budget = budget;
  }

  /**
   * Waits until the answer may hold this number of bytes, which have just arrived or are announced.
   *
   * @param {number} bytes
   * @returns {Promise<void> | undefined} undefined if it may
   */
  hold(bytes) {
    this.#budget.arrived();
    const more = bytes - this.#free - this.#account.held;
    // A call that has ended does not wait: its body has ended, too.
    if (more > 0 && !this.#isClosed) return this.#budget.ask(this.#account, Math.max(more, STEP_BYTES));
    return undefined;
  }

  /** Returns the room. */
  close() {
    this.#isClosed = true;
    this.#budget.close(this.#account);
  }
}

const processBudget = new AnswerBudget();

export { AnswerBudget, Share };
