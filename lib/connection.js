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
  /** How many commands there were, and for how many the notice has come: 'connecting' or 'disconnected', one for each. */
  #commands = 0;
  #answered = 0;
  /** Who waits for the answer to which command, the oldest first. @type {{ command: number, resume: () => void }[]} */
  #waiting = [];

  get state() {
    return this.#state;
  }

  /** The user asked for a change. @param {'connecting' | 'disconnected'} state */
  command(state) {
    this.#state = state;
    this.#commands += 1;
  }

  /** The engine reports a change. @param {ConnectionEvent} notice */
  receive({ state }) {
    const isAnswer = state === 'connecting' || state === 'disconnected';
    if (isAnswer && this.#answered < this.#commands) this.#answered += 1;
    if (this.#answered === this.#commands) this.#state = state;
  }

  /** Lets those go on whose command is answered. Called when the listeners have seen the latest notice. */
  settle() {
    while (this.#waiting.length > 0 && this.#waiting[0].command <= this.#answered) this.#waiting.shift()?.resume();
  }

  /**
   * Resolves when the listeners have seen the answer to the latest command, whatever is commanded meanwhile.
   *
   * @returns {Promise<void>}
   */
  settled() {
    if (this.#answered === this.#commands) return Promise.resolve();
    return new Promise((resume) => this.#waiting.push({ command: this.#commands, resume }));
  }

  /** The client was destroyed: no notice will come any more. */
  close() {
    this.#state = 'disconnected';
    this.#answered = this.#commands;
    this.settle();
  }
}

exports.Connection = Connection;
