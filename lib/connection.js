'use strict';

/**
 * The connection state as JavaScript knows it.
 *
 * `connect()` and `disconnect()` change it at once; the engine's notices of the same changes, and of older ones, arrive
 * later through the mailbox. Until the notice of the latest command has come, notices are history: they are shown to
 * listeners but no longer change the state.
 */

/** @import { ConnectionEvent, ConnectionState } from '../index.js' */

class Connection {
  /** @type {ConnectionState} */
  #state = 'disconnected';
  /** Commands whose notice has not come yet. The engine answers each with exactly one 'connecting' or 'disconnected'. */
  #unanswered = 0;
  /** @type {(() => void)[]} */
  #waiting = [];

  get state() {
    return this.#state;
  }

  /** The user asked for a change. @param {'connecting' | 'disconnected'} state */
  command(state) {
    this.#state = state;
    this.#unanswered += 1;
  }

  /** The engine reports a change. @param {ConnectionEvent} notice */
  receive({ state }) {
    if (this.#unanswered > 0 && (state === 'connecting' || state === 'disconnected')) this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#state = state;
  }

  /** Lets those go on who wait for the end. Called when the listeners have seen the latest notice. */
  settle() {
    if (!this.#isSettled()) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Resolves when 'disconnected' was reported to the listeners. @returns {Promise<void>} */
  settled() {
    return this.#isSettled() ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The client was destroyed: no notice will come any more. */
  close() {
    this.#state = 'disconnected';
    this.#unanswered = 0;
    this.settle();
  }

  #isSettled() {
    return this.#state === 'disconnected' && this.#unanswered === 0;
  }
}

exports.Connection = Connection;
