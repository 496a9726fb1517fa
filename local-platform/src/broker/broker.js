/**
 * The broker: the path of an event from its publisher to its receivers. It knows nothing of
 * sockets: the gateways open connections in `connections`, and the broker calls their `deliver`.
 */

import { Activity } from '../activity.js';
import { Channels } from '../channels/channels.js';
import { Refusals } from '../refusals.js';
import { LIMITS } from '../vocabulary.js';
import { Conditions } from './conditions.js';
import { Connections } from './connections.js';
import { DelayLine } from './delay-line.js';
import { completeEvent, cutEvent, withReceivers } from './event.js';

/** @import { LocalEvent, PartialEvent } from '../../index.js' */
/** @import { Cluster } from '../cluster/cluster.js' */
/** @import { OwnClients } from '../waiting/own-clients.js' */
/** @import { Connection } from './connection.js' */

/** @typedef {[receiver: Connection, event: LocalEvent]} Delivery */
/**
 * @typedef {object} Gap
 * @property {readonly string[]} [topics] topics and channels. Default: all
 * @property {number} since Unix timestamp in milliseconds: until then nothing is missing
 * @property {string} reason for people
 */
/**
 * The broker calls it for every event and connection. Its methods must not throw.
 *
 * @typedef {object} Observer
 * @property {(event: LocalEvent) => void} published
 * @property {(connection: Connection) => void} opened
 * @property {(connection: Connection) => void} closed
 */

export class Broker {
  #line = new DelayLine(() => this.checkWaiters());
  /**
   * Events for `repeat()`, each with a function that finds its receivers.
   *
   * @type {{ event: LocalEvent, deliveries: () => Delivery[] }[]}
   */
  #history = [];
  #conditions = new Conditions();
  /** @type {Observer | undefined} */
  #observer;
  /** Number of events that were sent to a connection, each counted for each connection. */
  #sent = 0;
  channels = new Channels(this);
  activity = new Activity();
  /** The other processes, if there are any. @type {Cluster | undefined} */
  cluster;
  refusals = new Refusals(this.activity);
  /**
   * Throws for an event whose payload does not fit the schema of its topic. The registry sets it.
   *
   * @type {(event: { topic: string, payload: object }) => void}
   */
  checkPayload = () => {};

  /** @param {OwnClients} ownClients */
  constructor(ownClients) {
    this.connections = new Connections({
      ownClients,
      activity: this.activity,
      onOpened: (connection) => {
        this.#observer?.opened(connection);
        this.cluster?.post({ type: 'opened', socketId: connection.id });
      },
      onClosed: (connection) => {
        this.#observer?.closed(connection);
        this.cluster?.post({ type: 'closed', socketId: connection.id });
      },
      onChanged: () => this.checkWaiters(),
    });
  }

  /** Number of connections, also of other processes. */
  get connectionCount() {
    return this.connections.count + (this.cluster?.roster.connectionCount ?? 0);
  }

  /** The latest events that `repeat()` can send again, the oldest first. */
  get history() {
    return this.#history.map(({ event }) => event);
  }

  /** Number of events that were sent so far, each counted for each of its receivers. */
  get sent() {
    return this.#sent;
  }

  /** Number of events in the delay line, each counted for each of its receivers. */
  get delayed() {
    return this.#line.pending;
  }

  /**
   * Completes the event, sends it to its receivers and returns it, with the number of receivers
   * that this process has.
   *
   * @param {PartialEvent} partial
   */
  publish(partial) {
    return this.release(completeEvent(partial));
  }

  /**
   * The same for a whole event that the platform itself has made, which nobody changes any more.
   *
   * @param {LocalEvent} event
   */
  release(event) {
    this.checkPayload(event);
    if (this.cluster === undefined) return withReceivers(event, this.spread(event));
    this.cluster.post({ type: 'event', event });
    return withReceivers(event, this.connections.countLive(this.connections.receiversOf(event).keys()));
  }

  /**
   * The same for a caller that waits: resolves when the event is on its way to all processes.
   *
   * @param {PartialEvent} partial
   */
  async publishSafely(partial) {
    if (this.cluster === undefined) return this.publish(partial);
    const event = completeEvent(partial);
    this.checkPayload(event);
    this.cluster.requireLink('The event');
    return withReceivers(event, Number(await this.cluster.send({ type: 'event', event })));
  }

  /**
   * The same for an event that another process may have to follow: resolves when it is in the order
   * of all events. Without a connection to the other processes, it waits for its turn, and its
   * publisher does not.
   *
   * @param {LocalEvent} event
   * @returns {void | Promise<void>}
   */
  releaseInOrder(event) {
    this.checkPayload(event);
    if (this.cluster) return this.cluster.append({ type: 'event', event });
    this.spread(event);
  }

  /** Length of what waits for the stream of all processes. */
  get waiting() {
    return this.cluster?.waiting ?? 0;
  }

  /**
   * Resolves when everything that was released so far is with the receivers of this process, or in
   * the stream of all processes.
   *
   * @returns {Promise<boolean>} false if that did not happen before the platform closed
   */
  async isPassedOn() {
    return this.cluster?.isPassedOn() ?? true;
  }

  /**
   * Sends a complete event to the receivers of this process.
   *
   * @param {LocalEvent} event
   * @returns {number} of live receivers
   */
  spread(event) {
    if (this.activity.isWatched) {
      this.activity.report({ type: 'published', event, ...this.connections.audienceOf(event) });
    }
    return this.#remember(event, () =>
      Array.from(this.connections.receiversOf(event), ([connection, modes]) => [connection, cutEvent(event, modes)]),
    );
  }

  /**
   * Sends a whole event to the receivers, and remembers both for `repeat()`.
   *
   * @param {LocalEvent} event
   * @param {() => Connection[]} receivers
   */
  distribute(event, receivers) {
    if (this.activity.isWatched) {
      this.activity.report({ type: 'message', event, receivers: receivers().map(({ party }) => party) });
    }
    this.#remember(event, () => receivers().map((connection) => [connection, event]));
  }

  /**
   * Sends a whole event, which `repeat()` does not send again.
   *
   * @param {LocalEvent} event
   * @param {Connection[]} receivers
   */
  send(event, receivers) {
    this.#observer?.published(event);
    this.#deliver(receivers.map((connection) => [connection, event]));
  }

  /**
   * Tells the subscribers and members of some topics, in all processes, that events may be missing.
   *
   * @param {Gap} gap
   */
  gap(gap) {
    if (this.cluster) this.cluster.post({ type: 'gap', ...gap });
    else this.reportGap(gap);
  }

  /**
   * The same for the clients of this process alone.
   *
   * @param {Gap} gap
   */
  reportGap({ topics, since, reason }) {
    const report = { ...(topics && { topics }), reason };
    if (this.activity.isWatched) this.activity.report({ type: 'gap', ...report });
    for (const connection of this.#receiversOfGap(topics)) {
      // A delayed report concerns a longer time.
      this.#line.send(() => connection.reportGap({ ...report, durationMs: Math.max(0, Date.now() - since) }));
    }
  }

  /** @param {readonly string[]} [topics] @returns {Iterable<Connection>} */
  #receiversOfGap(topics) {
    if (topics === undefined) return this.connections.all;
    const members = topics.flatMap((topic) => [...this.channels.connectionsOf(topic)]);
    return new Set([...this.connections.subscribedTo(topics), ...members]);
  }

  /**
   * Sends the last events again, with the same IDs, to the current receivers.
   *
   * @param {number} count
   */
  repeat(count) {
    const past = count === 0 ? [] : this.#history.slice(-count);
    for (const { deliveries } of past) this.#deliver(deliveries());
    return past.map(({ event }) => event);
  }

  /**
   * Sends one of the latest events again, with the same ID, to the current receivers.
   *
   * @param {string} id
   * @returns {{ event: LocalEvent, receivers: number } | undefined} undefined for an older event
   */
  resend(id) {
    const past = this.#history.findLast(({ event }) => event.id === id);
    if (past === undefined) return undefined;
    const deliveries = past.deliveries();
    this.#deliver(deliveries);
    return { event: past.event, receivers: deliveries.length };
  }

  /** @param {number} milliseconds */
  setDelay(milliseconds) {
    this.#line.setDelay(milliseconds);
  }

  /**
   * Resolves as soon as the condition holds. The broker evaluates it now and in `checkWaiters()`.
   *
   * @param {() => boolean} condition
   * @param {AbortSignal} [signal] its reason becomes the rejection
   */
  until(condition, signal) {
    return this.#conditions.until(condition, signal);
  }

  /**
   * Evaluates the conditions of `until` again. Call it after each change that a condition can
   * observe.
   */
  checkWaiters() {
    this.#conditions.check();
  }

  /** Rejects every pending and every later `until`. @param {Error} error */
  abandon(error) {
    this.#conditions.abandon(error);
  }

  /** Sets or removes the observer. @param {Observer | undefined} observer */
  observe(observer) {
    this.#observer = observer;
  }

  /**
   * @param {LocalEvent} event
   * @param {() => Delivery[]} deliveries
   * @returns {number} of live receivers
   */
  #remember(event, deliveries) {
    this.#observer?.published(event);
    this.#history.push({ event, deliveries });
    if (this.#history.length > LIMITS.history) this.#history.shift();
    const current = deliveries();
    this.#deliver(current);
    return this.connections.countLive(current.map(([connection]) => connection));
  }

  /** Sends every event of the platform, in one order. @param {Delivery[]} deliveries */
  #deliver(deliveries) {
    this.#sent += deliveries.length;
    const place = this.cluster?.position;
    for (const [connection, event] of deliveries) this.#line.send(() => connection.deliver(event, place));
  }
}
