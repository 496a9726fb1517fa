/**
 * The connection state as JavaScript knows it.
 *
 * `connect()` and `disconnect()` change the state at once; the engine's notices of the same
 * changes, and of older ones, arrive later through the inbox. Until the notice of the latest
 * command has arrived, notices are history: listeners see them, but they no longer change the
 * state.
 */

/** @import { ConnectionEvent, ConnectionState } from '../../index.js' */

class Connection {
  /** @type {ConnectionState} */
  #state = 'disconnected';
  /**
   * The number of commands, and of those whose notice has arrived: one 'connecting' or
   * 'disconnected' for each.
   */
  #commands = 0;
  #answered = 0;
  /**
   * Those who wait for the answer to a command, the oldest first.
   *
   * @type {{ command: number, resume: () => void }[]}
   */
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
    this.#settle();
  }

  /**
   * Resolves when the engine has answered the latest command, whatever the user commands meanwhile.
   * Promises go on in a microtask: by then the listeners have seen the answer, too.
   *
   * @returns {Promise<void>}
   */
  settled() {
    if (this.#answered === this.#commands) return Promise.resolve();
    return new Promise((resume) => this.#waiting.push({ command: this.#commands, resume }));
  }

  /** The client was destroyed: no further notice will arrive. */
  close() {
    this.#state = 'disconnected';
    this.#answered = this.#commands;
    this.#settle();
  }

  #settle() {
    while (this.#waiting.length > 0 && this.#waiting[0].command <= this.#answered) this.#waiting.shift()?.resume();
  }
}

export { Connection };
