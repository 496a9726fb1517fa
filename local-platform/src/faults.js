/** What can be done to the clients of a platform. Every fault happens on the wire, not in a double of it. */

import { invalid } from './error.js';

export class Faults {
  #broker;
  #listener;
  #socketIo;

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

  delay(milliseconds) {
    if (!(milliseconds >= 0) || milliseconds > 2 ** 31 - 1) throw invalid('delay: expected milliseconds, 0 or more.');
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

  #gone(dropped) {
    return this.#broker.until(() => this.#broker.connections.every((connection) => !dropped.includes(connection)));
  }
}
