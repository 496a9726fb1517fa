/** The clients that are connected when a platform closes: probably a test forgot them. */

import timers from 'node:timers';
import { describe, duration } from './report.js';

/** @import { LocalConnection } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { OwnClients } from './own-clients.js' */

// As in deadline.js.
const { clearTimeout, setTimeout } = timers;
/** How long a client may take to answer a ping, in ms. One that does not is open as well. */
const ANSWER_TIMEOUT = 1_000;

export class OpenClients {
  #broker;
  #ownClients;
  /** @type {LocalConnection[]} */
  #found = [];

  /** @param {Broker} broker @param {OwnClients} ownClients */
  constructor(broker, ownClients) {
    this.#broker = broker;
    this.#ownClients = ownClients;
  }

  /**
   * The connections that outlive a ping: a client that was destroyed just now is not among them, as
   * its end comes before an answer.
   */
  async find() {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, ANSWER_TIMEOUT);
    });
    const answers = this.#broker.connections.all.map(({ link }) => link.isMuted() || link.roundTrip());
    await Promise.race([Promise.all(answers), late]);
    clearTimeout(timer);
    this.#found = this.#broker.connections.all.map((connection) => connection.describe());
    return this.#found;
  }

  /** One warning that names them all. */
  warn() {
    if (this.#found.length === 0) return;
    const lines = this.#found.map((connection) => {
      const { createdAt } = this.#ownClients.of(connection.id) ?? {};
      const age = duration(Date.now() - connection.connectedAt);
      return `  ${describe(connection)}, connected for ${age}${createdAt === undefined ? '' : `, created at ${createdAt}`}`;
    });
    const connected = this.#found.length === 1 ? '1 client that is' : `${this.#found.length} clients that are`;
    process.emitWarning(
      `The local platform was closed with ${connected} still connected:\n${lines.join('\n')}\n` +
        'Call destroy() on each client at the end of its test.',
      { type: 'RealtimeWarning', code: 'CLIENTS_LEFT_OPEN' },
    );
  }
}
