/**
 * The open connections of this process and their subscriptions: which connections still receive
 * events, and which of them subscribe to what. The broker sends the events.
 */

import { isDocumentTopic } from '../vocabulary.js';
import { describe, Topics } from './topics.js';

/** @import { LocalEvent } from '../../index.js' */
/** @import { Activity } from '../activity.js' */
/** @import { OwnClients } from '../waiting/own-clients.js' */
/** @import { Connection } from './connection.js' */
/** @import { Subscription } from './topics.js' */

export class Connections {
  /** @type {Set<Connection>} */
  #open = new Set();
  #topics = new Topics();
  #ownClients;
  #activity;
  #onOpened;
  #onClosed;
  #onChanged;

  /**
   * @param {object} parts
   * @param {OwnClients} parts.ownClients
   * @param {Activity} parts.activity
   * @param {(connection: Connection) => void} parts.onOpened called before the activity reports it
   * @param {(connection: Connection) => void} parts.onClosed called before the activity reports it
   * @param {() => void} parts.onChanged called after each change of a connection or subscription
   */
  constructor({ ownClients, activity, onOpened, onClosed, onChanged }) {
    this.#ownClients = ownClients;
    this.#activity = activity;
    this.#onOpened = onOpened;
    this.#onClosed = onClosed;
    this.#onChanged = onChanged;
  }

  /** The open connections, in the order in which they opened. */
  get all() {
    return [...this.#open];
  }

  /** Number of open connections. */
  get count() {
    return this.#open.size;
  }

  /** @param {Connection} connection */
  open(connection) {
    this.#open.add(connection);
    this.#onOpened(connection);
    if (this.#activity.isWatched) this.#activity.report({ type: 'connected', connection: connection.describe() });
    this.#onChanged();
  }

  /** @param {Connection} connection @param {string} reason in the words of its socket */
  close(connection, reason) {
    this.#open.delete(connection);
    this.#onClosed(connection);
    if (this.#activity.isWatched) {
      const durationMs = Date.now() - connection.connectedAt;
      const { party, protocol } = connection;
      this.#activity.report({ type: 'disconnected', connection: { ...party, protocol }, reason, durationMs });
    }
    this.#onChanged();
  }

  /**
   * Finds the client of this process that a connection belongs to. Call it when the client has sent
   * something: before that it may not know the connection.
   *
   * @param {Connection} connection
   */
  identify(connection) {
    connection.ownClient ??= this.#ownClients.of(connection.id);
  }

  /**
   * Counts those of the connections that would receive an event that is sent now.
   *
   * @param {Iterable<Connection>} connections
   */
  countLive(connections) {
    return [...connections].filter((connection) => this.#isLive(connection)).length;
  }

  /**
   * Replaces one subscription by another in one step.
   *
   * @param {Subscription | undefined} former
   * @param {Subscription | undefined} next
   */
  replaceSubscription(former, next) {
    if (former) this.#topics.remove(former);
    if (next) {
      this.#topics.add(next);
      this.identify(next.connection);
    }
    if (this.#activity.isWatched) {
      if (former && former.topic !== next?.topic) this.#reportSubscription('unsubscribed', former);
      if (next) this.#reportSubscription('subscribed', next);
    }
    this.#onChanged();
  }

  /** Counts the subscriptions of live connections. @param {string} topic */
  countSubscriptions(topic) {
    return this.countLive(this.#subscribersOf(topic));
  }

  /**
   * The topics that have subscriptions, without those of documents, which report their own changes.
   */
  get topicNames() {
    return this.#topics.names.filter((topic) => !isDocumentTopic(topic));
  }

  /** The receivers of an event, each with its return modes. @param {LocalEvent} event */
  receiversOf(event) {
    return this.#topics.receivers(event);
  }

  /** Its receivers, and the subscriptions that refuse it. @param {LocalEvent} event */
  audienceOf(event) {
    return this.#topics.audience(event);
  }

  /** The connections with a subscription to one of the topics. @param {readonly string[]} topics */
  subscribedTo(topics) {
    return new Set(topics.flatMap((topic) => this.#subscribersOf(topic)));
  }

  /** The connection of each subscription. @param {string} topic */
  #subscribersOf(topic) {
    return Array.from(this.#topics.of(topic), ({ connection }) => connection);
  }

  /**
   * Whether an event that is sent now will arrive. The end of a connection takes a moment to get
   * here, but a client in this process knows that it was destroyed.
   *
   * @param {Connection} connection
   */
  #isLive(connection) {
    // A client may not have known its ID yet when it sent its first request: ask again.
    this.identify(connection);
    const { id, ownClient } = connection;
    return this.#open.has(connection) && (ownClient === undefined || ownClient.socketId() === id);
  }

  /** @param {'subscribed' | 'unsubscribed'} type @param {Subscription} subscription */
  #reportSubscription(type, subscription) {
    this.#activity.report({ type, connection: subscription.connection.party, subscription: describe(subscription) });
  }
}
