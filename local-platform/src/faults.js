/**
 * Faults that a test injects. Each happens on the wire, to the real sockets and not to a double.
 */

import { invalid } from './error.js';

/** @import { Faults as PublicFaults, RefusedUpgrade } from '../index.js' */
/** @import { Broker } from './broker/broker.js' */
/** @import { Connection } from './broker/connection.js' */
/** @import { Listener } from './http/listener.js' */
/** @import { SocketIoGateway } from './sockets/socket-io.js' */

const MAX_DELAY = 2 ** 31 - 1;

/** @implements {PublicFaults} */
export class Faults {
  #broker;
  #listener;
  #socketIo;

  /** @param {{ broker: Broker, listener: Listener, socketIo: SocketIoGateway }} parts */
  constructor({ broker, listener, socketIo }) {
    this.#broker = broker;
    this.#listener = listener;
    this.#socketIo = socketIo;
  }

  async dropAll() {
    const dropped = this.#broker.connections;
    this.#listener.dropLinks();
    this.#socketIo.dropPolling();
    await this.#gone(dropped);
    return dropped.length;
  }

  /** @param {RefusedUpgrade} [response] */
  refuseUpgrades({ status = 503, body = '', headers = {}, times = Number.POSITIVE_INFINITY } = {}) {
    if (!Number.isInteger(status) || status < 300 || status > 599) throw invalid('status: expected 300 to 599.');
    if (!(times >= 1)) throw invalid('times: expected a number of at least 1.');
    this.#listener.refuseUpgrades({ status, body, headers, times });
  }

  acceptUpgrades() {
    this.#listener.refuseUpgrades(undefined);
  }

  stopAnsweringPings() {
    this.#listener.muteLinks();
    this.#socketIo.muteSessions();
  }

  /** @param {number} milliseconds */
  delay(milliseconds) {
    if (!(milliseconds >= 0) || milliseconds > MAX_DELAY) throw invalid('delay: expected milliseconds, 0 or more.');
    this.#broker.setDelay(milliseconds);
  }

  repeat(count = 1) {
    if (!Number.isInteger(count) || count < 0) throw invalid('repeat: expected a whole number of events, 0 or more.');
    return this.#broker.repeat(count);
  }

  async goAway() {
    const dropped = this.#broker.connections;
    await this.#listener.close();
    this.#socketIo.dropPolling();
    await this.#gone(dropped);
  }

  async comeBack() {
    await this.#listener.open();
  }

  /** @param {Connection[]} dropped */
  #gone(dropped) {
    return this.#broker.until(() => this.#broker.connections.every((connection) => !dropped.includes(connection)));
  }
}
