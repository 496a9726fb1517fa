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
/** What each answer may hold beside the budget: a usual answer neither pays nor waits. */
const FREE_BYTES = 64 * 2 ** 10;
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
      const first = this.#arrived === before ? this.#ledger.grantFirst() : undefined;
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
  #budget;
  /** As soon as the answer is not a small one. @type {Account | undefined} */
  #account;
  /** How many bytes the answer may hold. */
  #room = FREE_BYTES;
  #isClosed = false;

  /** @param {AnswerBudget} budget */
  constructor(budget) {
    this.#budget = budget;
  }

  /** Waits until the answer may hold as many bytes as announced. @param {number} bytes */
  async expect(bytes) {
    if (bytes > this.#room) await this.#ask(bytes - this.#room);
  }

  /**
   * Waits until the answer may hold `bytes`, of which the last ones have just arrived.
   *
   * @param {number} bytes
   * @returns {Promise<void> | undefined} undefined if it may
   */
  hold(bytes) {
    if (this.#account) this.#budget.arrived();
    return bytes > this.#room ? this.#ask(Math.max(bytes - this.#room, STEP_BYTES)) : undefined;
  }

  /** Returns the room. */
  close() {
    this.#isClosed = true;
    if (this.#account) this.#budget.close(this.#account);
  }

  /** @param {number} bytes */
  #ask(bytes) {
    this.#room += bytes;
    // The call has ended, and its body with it.
    if (this.#isClosed) return undefined;
    this.#account ??= { held: 0, asked: 0 };
    return this.#budget.ask(this.#account, bytes);
  }
}

const processBudget = new AnswerBudget();

export { AnswerBudget, processBudget, Share };
