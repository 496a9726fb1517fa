/**
 * The stream of changes: publishes the events of each transaction, and acknowledges a position once
 * its events have left for the subscribers. It remembers, over all replications, how far it has
 * read and until when nothing is missing.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { parseLsn } from '../lsn.js';
import { Backlog } from './backlog.js';
import { EventPublisher } from './events.js';
import { Markers } from './markers.js';
import { Replication } from './replication.js';
import { Transactions } from './transactions.js';

/** @import { Client } from 'pg' */
/** @import { Broker } from '../../broker/broker.js' */
/** @import { Address } from '../address.js' */
/** @import { MappingRegistry } from '../mappings/registry.js' */
/** @import { Message, Slot } from './pgoutput.js' */
/** @import { Libraries } from './service.js' */

/** How often handled positions are acknowledged, in ms. */
const ACKNOWLEDGE_INTERVAL = 500;
/** How long the end waits for subscribers that are slow, in ms. */
const CLOSE_TIMEOUT = 1_000;

export class ChangeStream {
  #broker;
  #registry;
  #signal;
  #events;
  #backlog;
  #markers = new Markers();
  #transactions = new Transactions();
  /** @type {Replication | undefined} */
  #replication;
  /** Until this time nothing is missing, Unix ms. */
  #provenAt = Date.now();
  /** Position of the last transaction whose events were published. */
  #handedOver = 0n;
  #acknowledging = false;

  /**
   * @param {object} parts
   * @param {Broker} parts.broker
   * @param {MappingRegistry} parts.registry
   * @param {readonly string[]} parts.outbox
   * @param {AbortSignal} parts.signal aborted when the platform closes: ends all waiting
   */
  constructor({ broker, registry, outbox, signal }) {
    this.#broker = broker;
    this.#registry = registry;
    this.#signal = signal;
    this.#events = new EventPublisher(broker, registry, outbox);
    this.#backlog = new Backlog(broker);
  }

  /** Position of the last transaction whose events were published; 0 at first. */
  get handedOver() {
    return this.#handedOver;
  }

  /** The last position that Postgres was sent, if a replication is there. */
  get acknowledged() {
    return this.#replication?.acknowledged;
  }

  get counts() {
    return this.#events.counts;
  }

  /**
   * Creates the replication that the stream reads from now on. The caller opens it.
   *
   * @param {Libraries} libraries
   * @param {{ address: Address, slot: Slot, publications: readonly string[] }} source
   */
  connect(libraries, source) {
    this.#transactions = new Transactions();
    const receiver = {
      began: (/** @type {string} */ systemId) => {
        this.#events.systemId = systemId;
      },
      message: (/** @type {Message} */ message) => this.#handle(message),
      idle: (/** @type {bigint} */ position) => this.#handleIdle(position),
    };
    this.#replication = new Replication(libraries, { ...source, receiver });
    return this.#replication;
  }

  /** Ends the replication, which stays here until `disconnect()`. @param {Error} reason */
  interrupt(reason) {
    return this.#replication?.close(reason);
  }

  /** Ends the replication, and drops it. Markers on their way fail. */
  async disconnect() {
    this.#markers.fail();
    const replication = this.#replication;
    this.#replication = undefined;
    await replication?.close();
  }

  /** Ends the replication. The next platform on the slot does not get its events again. */
  async finish() {
    await this.#backlog.relieve(0, AbortSignal.timeout(CLOSE_TIMEOUT));
    this.#replication?.acknowledge(this.#handedOver);
    await this.#replication?.close();
  }

  /**
   * Sends a marker through the log of the database.
   *
   * @param {Client} client
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether it arrived; false if the stream ended before
   */
  sendMarker(client, signal) {
    return this.#markers.send(client, signal);
  }

  /**
   * A database that was restored from a backup, or replaced by a replica that lagged, has positions
   * that this process has seen already, with other changes. The stream then reads them again.
   *
   * @param {bigint} position where the log ends now
   * @returns {string | undefined} why changes are missing
   */
  checkHistory(position) {
    if (position >= this.#handedOver) return undefined;
    this.#handedOver = 0n;
    return 'the log of the database ends before what was read of it: it was restored or replaced';
  }

  /** Reports to all subscribers that changes are missing. @param {string} reason */
  reportGap(reason) {
    const topics = [...new Set([...this.#registry.topics, ...this.#broker.connections.topicNames])];
    this.#broker.gap({ topics, since: this.#provenAt, reason });
    this.#provenAt = Date.now();
  }

  /** @param {Message} message */
  #handle(message) {
    const batch = this.#transactions.push(message);
    if (batch === undefined) return undefined;
    const { endLsn, transaction, bytes, entries } = batch;
    // After a lost connection a kept slot repeats what was not acknowledged. A subscriber that had
    // missed it must not get it now, after newer changes.
    if (parseLsn(transaction.commitLsn) < this.#handedOver) return undefined;
    this.#events.publish(batch);
    if (endLsn !== undefined) {
      this.#handedOver = parseLsn(endLsn);
      this.#provenAt = Math.min(transaction.timestamp, Date.now());
      for (const { entry } of entries) this.#markers.receive(entry);
      void this.#acknowledge();
    }
    return this.#backlog.add(bytes);
  }

  /** @param {bigint} position */
  #handleIdle(position) {
    if (this.#transactions.isOpen) return;
    if (position > this.#handedOver) this.#handedOver = position;
    this.#provenAt = Date.now();
    void this.#acknowledge();
  }

  /** Acknowledges what has left for the subscribers, at most twice a second. */
  async #acknowledge() {
    if (this.#acknowledging) return;
    this.#acknowledging = true;
    const signal = this.#signal;
    await wait(ACKNOWLEDGE_INTERVAL, undefined, { signal, ref: false }).catch(() => {});
    const position = this.#handedOver;
    const replication = this.#replication;
    await this.#backlog.relieve(0, signal);
    const isPassedOn = await this.#broker.isPassedOn();
    if (isPassedOn && replication === this.#replication) replication?.acknowledge(position);
    this.#acknowledging = false;
    if (position < this.#handedOver && !signal.aborted) void this.#acknowledge();
  }
}
