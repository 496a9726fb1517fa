/** The webhooks of a platform: endpoints, deliveries, logs and dead letters. */

import { invalid, PlatformError } from '../error.js';
import { WEBHOOK_LIMITS } from '../vocabulary.js';
import { Delivery } from './delivery.js';
import { Endpoint } from './endpoint.js';
import { connectionEvent, webhookTypeOf } from './event-type.js';

/** @import { DeadLetter, LocalEvent, WebhookAttempt, WebhookType } from '../../index.js' */
/** @import { Webhooks as PublicWebhooks } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { SentRequest } from './delivery.js' */
/** @import { Connection } from '../broker/connection.js' */

/** @typedef {{ type: WebhookType, event: LocalEvent, body: Buffer }} Message */

/** @implements {PublicWebhooks} */
export class Webhooks {
  #broker;
  #policy;
  /** @type {Map<string, Endpoint>} */
  #endpoints = new Map();
  /** @type {WebhookAttempt[]} */
  #logs = [];
  /** @type {DeadLetter[]} */
  #deadLetters = [];
  /** The latest ones, to be sent again. @type {{ id: string, webhookId: string, message: Message }[]} */
  #deliveries = [];
  #pending = 0;

  /**
   * @param {Broker} broker
   * @param {{ webhookTimeout: number, webhookRetryDelay: number, webhookRetryDelayMax: number }}
   *   options
   */
  constructor(broker, { webhookTimeout, webhookRetryDelay, webhookRetryDelayMax }) {
    this.#broker = broker;
    this.#policy = { timeout: webhookTimeout, retryDelay: webhookRetryDelay, retryDelayMax: webhookRetryDelayMax };
    broker.observe({
      published: (event) => this.#dispatch(webhookTypeOf(event), event),
      opened: (connection) => this.#report('socket.connect', connection),
      closed: (connection) => this.#report('socket.disconnect', connection),
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

  /** @param {unknown} request */
  create(request) {
    const endpoint = new Endpoint(request);
    if (this.#endpoints.size >= WEBHOOK_LIMITS.endpoints) {
      throw invalid(`A platform can have ${WEBHOOK_LIMITS.endpoints} webhook endpoints; delete one first.`);
    }
    this.#endpoints.set(endpoint.id, endpoint);
    return this.#changed(endpoint);
  }

  /** @param {string} id */
  activate(id) {
    const endpoint = this.#find(id);
    endpoint.start();
    return this.#changed(endpoint);
  }

  /** @param {string} id */
  deactivate(id) {
    const endpoint = this.#find(id);
    endpoint.stop('The endpoint was deactivated.');
    return this.#changed(endpoint);
  }

  /** @param {string} id */
  remove(id) {
    const endpoint = this.#find(id);
    this.#endpoints.delete(id);
    endpoint.stop('The endpoint was deleted.');
    return this.#changed(endpoint);
  }

  /**
   * Delivers an event to an endpoint again, in a new delivery.
   *
   * @param {string} id
   * @param {{ type: WebhookType, event: LocalEvent }} message
   */
  resend(id, { type, event }) {
    const endpoint = this.#find(id);
    if (!endpoint.active) throw invalid('The endpoint is not active: activate it first.');
    this.#deliver(endpoint, { type, event, body: Buffer.from(JSON.stringify(event)) });
    return endpoint.describe();
  }

  /**
   * Sends one of the latest deliveries again, in a new delivery.
   *
   * @param {string} id of the delivery
   */
  resendDelivery(id) {
    const past = this.#deliveries.find((delivery) => delivery.id === id);
    if (!past) throw new PlatformError('NotFoundError', `No delivery '${id}' among the latest ones.`);
    const endpoint = this.#find(past.webhookId);
    if (!endpoint.active) throw invalid('The endpoint is not active: activate it first.');
    const { type, event } = past.message;
    const deliveryId = this.#deliver(endpoint, past.message);
    return { deliveryId, webhookId: endpoint.id, url: endpoint.url, event: type, id: event.id };
  }

  /** Stops all deliveries. Resolves when none is pending. */
  async close() {
    this.#broker.observe(undefined);
    for (const endpoint of this.#endpoints.values()) endpoint.stop('The local platform was closed.');
    await this.#broker.until(() => this.#pending === 0);
  }

  /** @param {string} id */
  #find(id) {
    const endpoint = this.#endpoints.get(id);
    if (!endpoint) throw new PlatformError('NotFoundError', `No webhook endpoint '${id}'.`);
    return endpoint;
  }

  /** @param {Endpoint} endpoint */
  #changed(endpoint) {
    this.#broker.checkWaiters();
    return endpoint.describe();
  }

  /** @param {'socket.connect' | 'socket.disconnect'} type @param {Connection} connection */
  #report(type, connection) {
    this.#dispatch(type, connectionEvent(type, connection));
  }

  /** @param {WebhookType} type @param {LocalEvent} event */
  #dispatch(type, event) {
    const endpoints = [...this.#endpoints.values()].filter((endpoint) => endpoint.wants(type, event.topic));
    if (endpoints.length === 0) return;
    const body = Buffer.from(JSON.stringify(event));
    for (const endpoint of endpoints) this.#deliver(endpoint, { type, event, body });
  }

  /** @param {Endpoint} endpoint @param {Message} message @returns {string} the ID of the delivery */
  #deliver(endpoint, message) {
    const delivery = new Delivery(endpoint, message);
    const { id } = delivery;
    this.#keep(this.#deliveries, { id, webhookId: endpoint.id, message }, WEBHOOK_LIMITS.deliveries);
    void this.#run(delivery, endpoint, message);
    return id;
  }

  /** @param {Delivery} delivery @param {Endpoint} endpoint @param {Message} message */
  async #run(delivery, endpoint, { type, event }) {
    const full = endpoint.pending >= WEBHOOK_LIMITS.pendingPerEndpoint;
    this.#count(endpoint, 1);
    const failure = full
      ? { attempts: 0, error: `The endpoint has ${WEBHOOK_LIMITS.pendingPerEndpoint} pending deliveries.` }
      : await delivery.run(this.#policy, (entry, request) => this.#log(entry, request));
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

  /** @param {WebhookAttempt} attempt @param {SentRequest} request */
  #log(attempt, { body, ...request }) {
    const { activity } = this.#broker;
    if (activity.isWatched) activity.report({ type: 'webhook', attempt, request: { ...request, body: String(body) } });
    this.#keep(this.#logs, attempt, WEBHOOK_LIMITS.logs);
  }

  /** @param {Endpoint} endpoint @param {1 | -1} change */
  #count(endpoint, change) {
    endpoint.pending += change;
    this.#pending += change;
    this.#broker.checkWaiters();
  }

  /**
   * Appends to a list with a limit.
   *
   * @template T
   * @param {T[]} list
   * @param {T} entry
   * @param {number} limit
   */
  #keep(list, entry, limit) {
    list.push(entry);
    if (list.length > limit) list.shift();
    this.#broker.checkWaiters();
  }
}
