/** The webhooks of a platform: its endpoints, and what became of the deliveries to them. */

import { invalid, PlatformError } from '../error.js';
import { WEBHOOK_LIMITS } from '../vocabulary.js';
import { Delivery } from './delivery.js';
import { Endpoint } from './endpoint.js';
import { connectionEvent, webhookTypeOf } from './event-type.js';

export class Webhooks {
  #broker;
  #policy;
  /** @type {Map<string, Endpoint>} */
  #endpoints = new Map();
  #logs = [];
  #deadLetters = [];
  #pending = 0;

  /**
   * @param {import('../broker/broker.js').Broker} broker
   * @param {{ webhookTimeout: number, webhookRetryDelay: number, webhookRetryDelayMax: number }} options
   */
  constructor(broker, { webhookTimeout, webhookRetryDelay, webhookRetryDelayMax }) {
    this.#broker = broker;
    this.#policy = { timeout: webhookTimeout, retryDelay: webhookRetryDelay, retryDelayMax: webhookRetryDelayMax };
    const tell = (type) => (connection) => this.#dispatch(type, connectionEvent(type, connection));
    broker.observe({
      published: (event) => this.#dispatch(webhookTypeOf(event), event),
      opened: tell('socket.connect'),
      closed: tell('socket.disconnect'),
    });
  }

  get endpoints() {
    return [...this.#endpoints.values()].map((endpoint) => endpoint.describe());
  }

  get logs() {
    return [...this.#logs];
  }

  get deadLetters() {
    return [...this.#deadLetters];
  }

  get pending() {
    return this.#pending;
  }

  create(request) {
    const endpoint = new Endpoint(request);
    if (this.#endpoints.size >= WEBHOOK_LIMITS.endpoints) {
      throw invalid(`There may be ${WEBHOOK_LIMITS.endpoints} webhook endpoints; delete one first.`);
    }
    this.#endpoints.set(endpoint.id, endpoint);
    return this.#changed(endpoint);
  }

  activate(id) {
    const endpoint = this.#find(id);
    endpoint.start();
    return this.#changed(endpoint);
  }

  deactivate(id) {
    const endpoint = this.#find(id);
    endpoint.stop('The endpoint was deactivated.');
    return this.#changed(endpoint);
  }

  remove(id) {
    const endpoint = this.#find(id);
    this.#endpoints.delete(id);
    endpoint.stop('The endpoint was deleted.');
    return this.#changed(endpoint);
  }

  /** Ends all deliveries; resolves when none is under way any more. */
  async close() {
    this.#broker.observe(undefined);
    for (const endpoint of this.#endpoints.values()) endpoint.stop('The local platform was closed.');
    await this.#broker.until(() => this.#pending === 0);
  }

  #find(id) {
    const endpoint = this.#endpoints.get(id);
    if (!endpoint) throw new PlatformError('NotFoundError', `No webhook endpoint '${id}'.`);
    return endpoint;
  }

  #changed(endpoint) {
    this.#broker.recheck();
    return endpoint.describe();
  }

  #dispatch(type, event) {
    const endpoints = [...this.#endpoints.values()].filter((endpoint) => endpoint.wants(type, event.topic));
    if (endpoints.length === 0) return;
    const body = Buffer.from(JSON.stringify(event));
    for (const endpoint of endpoints) this.#deliver(endpoint, { type, event, body });
  }

  async #deliver(endpoint, { type, event, body }) {
    const delivery = new Delivery(endpoint, { type, body });
    const full = endpoint.pending >= WEBHOOK_LIMITS.pendingPerEndpoint;
    this.#count(endpoint, 1);
    const failure = full
      ? { attempts: 0, error: `The endpoint has ${WEBHOOK_LIMITS.pendingPerEndpoint} pending deliveries.` }
      : await delivery.run(this.#policy, (entry) => this.#keep(this.#logs, entry, WEBHOOK_LIMITS.logs));
    if (failure) {
      const of = { webhookId: endpoint.id, deliveryId: delivery.id, event: type };
      this.#keep(
        this.#deadLetters,
        { ...of, ...failure, timestamp: Date.now(), body: event },
        WEBHOOK_LIMITS.deadLetters,
      );
    }
    this.#count(endpoint, -1);
  }

  #count(endpoint, change) {
    endpoint.pending += change;
    this.#pending += change;
    this.#broker.recheck();
  }

  #keep(list, entry, most) {
    list.push(entry);
    if (list.length > most) list.shift();
    this.#broker.recheck();
  }
}
