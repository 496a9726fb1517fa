/**
 * Waits until the clients have everything that was sent to them, and have handled it as far as the
 * platform can know.
 *
 * In each round, every client answers a ping that follows all events; then those of the SDK in this
 * process call their handlers. A handler may have sent something over its socket. The platform has
 * received it by the answer to the next ping, so two quiet rounds in succession are the end.
 */

import timers from 'node:timers';
import { counted, describe } from './report.js';

/** @import { Broker } from '../broker/broker.js' */
/** @import { Connection } from '../broker/connection.js' */
/** @import { OwnClients } from './own-clients.js' */

// As in deadline.js.
const { setImmediate } = timers;

export class Idle {
  #broker;
  #ownClients;
  /** Connections whose answer is missing. @type {Set<Connection>} */
  #silent = new Set();
  /** @type {Set<Connection>} */
  #busy = new Set();

  /** @param {Broker} broker @param {OwnClients} ownClients */
  constructor(broker, ownClients) {
    this.#broker = broker;
    this.#ownClients = ownClients;
  }

  /** @param {AbortSignal} signal */
  async run(signal) {
    for (let quiet = 0; quiet < 2; ) {
      const { sent } = this.#broker;
      await abortable(this.#broker.cluster?.settle() ?? Promise.resolve(), signal);
      await this.#broker.until(() => this.#broker.delayed === 0, signal);
      await this.#round(signal);
      quiet = sent === this.#broker.sent && this.#broker.delayed === 0 ? quiet + 1 : 0;
    }
  }

  /** What it still waits for, as lines of a report. */
  explain() {
    const { delayed } = this.#broker;
    const named = (/** @type {Set<Connection>} */ connections) =>
      [...connections].map((connection) => describe(connection.describe())).join('; ');
    return [
      ...(delayed > 0 ? [`${counted(delayed, 'event')} held back by faults.delay().`] : []),
      ...(this.#silent.size > 0 ? [`No answer to a ping from: ${named(this.#silent)}.`] : []),
      ...(this.#busy.size > 0 ? [`Events still wait for the handlers of: ${named(this.#busy)}.`] : []),
    ];
  }

  /** @param {AbortSignal} signal */
  async #round(signal) {
    // A muted client gets nothing any more, and answers nothing.
    const connections = this.#broker.connections.all.filter(({ link }) => !link.isMuted());
    this.#silent = new Set(connections);
    this.#busy = new Set();
    const answers = connections.map(async (connection) => {
      await connection.link.roundTrip();
      this.#silent.delete(connection);
    });
    await abortable(Promise.all(answers), signal);
    for (;;) {
      // The answers may be ahead of what wakes the JavaScript of a client in this process.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      this.#busy = new Set(connections.filter(({ id }) => this.#ownClients.of(id)?.isQuiet() === false));
      if (this.#busy.size === 0) return;
    }
  }
}

/**
 * @param {Promise<unknown>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function abortable(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    promise.then(() => resolve(), reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
