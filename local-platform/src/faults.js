/**
 * Faults that a test injects. Each happens on the wire, to the real sockets and not to a double.
 */

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { inMethod, kindOf, requireOptions } from './arguments.js';
import { invalid } from './error.js';
import { MAX_MILLISECONDS } from './options.js';

/** @import { Faults as PublicFaults, RefusedUpgrade, ReportedGap } from '../index.js' */
/** @import { Broker } from './broker/broker.js' */
/** @import { Connection } from './broker/connection.js' */
/** @import { Listener } from './http/listener.js' */
/** @import { SocketIoGateway } from './sockets/socket-io.js' */

const RESPONSE = ['status', 'body', 'headers', 'times'];

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
    this.#report('dropAll');
    const dropped = this.#broker.connections.all;
    this.#listener.dropLinks();
    this.#socketIo.dropPolling();
    await this.#gone(dropped);
    return dropped.length;
  }

  /** @param {RefusedUpgrade} [response] */
  refuseUpgrades(response) {
    this.#listener.refuseUpgrades(inMethod('faults.refuseUpgrades()', () => parseResponse(response)));
    this.#report('refuseUpgrades', response);
  }

  acceptUpgrades() {
    this.#report('acceptUpgrades');
    this.#listener.refuseUpgrades(undefined);
  }

  stopAnsweringPings() {
    this.#report('stopAnsweringPings');
    this.#listener.muteLinks();
    this.#socketIo.muteSessions();
  }

  /** @param {number} milliseconds */
  delay(milliseconds) {
    const isDelay = typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds <= MAX_MILLISECONDS;
    if (!isDelay) throw invalid(`faults.delay(): expected milliseconds, 0 or more, got ${kindOf(milliseconds)}.`);
    this.#report('delay', { milliseconds });
    this.#broker.setDelay(milliseconds);
  }

  repeat(count = 1) {
    if (!Number.isInteger(count) || count < 0) {
      throw invalid(`faults.repeat(): expected a whole number of events, 0 or more, got ${kindOf(count)}.`);
    }
    this.#report('repeat', { count });
    return this.#broker.repeat(count);
  }

  /** @param {ReportedGap} [options] */
  gap(options) {
    const { topics, milliseconds, reason } = inMethod('faults.gap()', () => parseGap(options));
    this.#report('gap', options);
    this.#broker.reportGap({ topics, since: Date.now() - milliseconds, reason });
  }

  async goAway() {
    this.#report('goAway');
    await this.close();
  }

  /** Ends every connection and stops listening. */
  async close() {
    const dropped = this.#broker.connections.all;
    await this.#listener.close();
    this.#socketIo.dropPolling();
    await this.#gone(dropped);
  }

  async comeBack() {
    await this.#listener.open();
    this.#report('comeBack');
  }

  /** @param {string} name @param {unknown} [options] as its caller gave them */
  #report(name, options) {
    const { activity } = this.#broker;
    if (activity.isWatched) activity.report({ type: 'fault', name, options });
  }

  /** @param {Connection[]} dropped */
  #gone(dropped) {
    return this.#broker.until(() => this.#broker.connections.all.every((connection) => !dropped.includes(connection)));
  }
}

/** @param {unknown} given @returns {Required<RefusedUpgrade>} */
function parseResponse(given) {
  const options = requireOptions(given, RESPONSE, '{ status: 503 }');
  const { status = 503, body = '', headers = {}, times = Number.POSITIVE_INFINITY } = options;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 300 || status > 599) {
    throw invalid(`options.status: expected 300 to 599, got ${kindOf(status)}.`);
  }
  if (typeof body !== 'string' && (typeof body !== 'object' || body === null)) {
    throw invalid(`options.body: expected a string, or an object to send as JSON, got ${kindOf(body)}.`);
  }
  if (typeof times !== 'number' || !(times >= 1)) {
    throw invalid(`options.times: expected a number of at least 1, got ${kindOf(times)}.`);
  }
  return { status, body, headers: requireHeaders(headers), times };
}

/** @param {unknown} given */
function parseGap(given) {
  const options = requireOptions(given, ['topics', 'milliseconds', 'reason'], "{ topics: ['orders'] }");
  const { topics, milliseconds = 0, reason = 'the platform may have lost events' } = options;
  if (topics !== undefined && !(Array.isArray(topics) && topics.every((topic) => typeof topic === 'string'))) {
    throw invalid(`options.topics: expected an array of topics and channels, got ${kindOf(topics)}.`);
  }
  if (typeof milliseconds !== 'number' || !(milliseconds >= 0 && milliseconds <= MAX_MILLISECONDS)) {
    throw invalid(`options.milliseconds: expected how long events were lost, got ${kindOf(milliseconds)}.`);
  }
  if (typeof reason !== 'string') throw invalid(`options.reason: expected a string, got ${kindOf(reason)}.`);
  return { topics, milliseconds, reason };
}

/** @param {unknown} headers @returns {Record<string, string>} */
function requireHeaders(headers) {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw invalid(`options.headers: expected an object such as { 'retry-after': '7' }, got ${kindOf(headers)}.`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') throw invalid(`options.headers.${name}: expected a string, got ${kindOf(value)}.`);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw invalid(`options.headers.${name}: HTTP does not allow this name or value.`);
    }
  }
  return /** @type {Record<string, string>} */ (headers);
}
