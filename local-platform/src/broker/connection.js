/** A connection: one authenticated client on either socket kind, with its subscriptions. */

import { randomUUID } from 'node:crypto';
import { invalid, PlatformError } from '../error.js';
import { LIMITS, RETURN_MODES } from '../vocabulary.js';
import { compileFilter } from './filter.js';
import { describe, requireTopic } from './topics.js';

/** @import { LocalConnection, LocalEvent } from '../../index.js' */
/** @import { Identity } from '../auth/identity.js' */
/** @import { PeerRequest } from '../json.js' */
/** @import { ReturnMode } from '../vocabulary.js' */
/** @import { OwnClient } from '../waiting/own-clients.js' */
/** @import { Broker } from './broker.js' */
/** @import { Subscription } from './topics.js' */

/**
 * What a gateway knows of a link.
 *
 * @typedef {object} Link
 * @property {() => boolean} isMuted whether `faults.stopAnsweringPings()` has silenced it
 * @property {() => Promise<void>} roundTrip resolves when the client has answered a ping that
 *   follows everything that was sent, or is gone
 * @property {() => number} backlog bytes that wait to be sent
 * @property {() => void} drop ends the link without a last frame; a session can be recovered
 */

/**
 * What makes a session, for another process that recovers it.
 *
 * @typedef {object} Snapshot
 * @property {string} sub
 * @property {string} applicationId
 * @property {string} [environment]
 * @property {{ subscriptionId: string, topic: string, filter: unknown, returnMode: ReturnMode }[]} subscriptions
 * @property {{ channel: string, joinedAt: number }[]} channels
 */

/** @type {Link} */
const NO_LINK = { isMuted: () => false, roundTrip: async () => {}, backlog: () => 0, drop: () => {} };

export class Connection {
  /** @type {Map<string, Subscription>} */
  #subscriptions = new Map();
  #broker;

  /**
   * @param {Broker} broker
   * @param {object} link
   * @param {string} link.id
   * @param {'socket.io' | 'ws'} link.protocol
   * @param {Identity} link.identity
   * @param {(event: LocalEvent, place?: string) => void} link.deliver `place`: the ID of the record
   *   that the event is from, with other processes
   * @param {(gap: { topics?: readonly string[], reason: string, durationMs: number }) => void} link.reportGap
   *   tells the client that the platform may have lost events in this time
   */
  constructor(broker, { id, protocol, identity, deliver, reportGap }) {
    this.#broker = broker;
    this.id = id;
    this.protocol = protocol;
    this.identity = identity;
    this.deliver = deliver;
    this.reportGap = reportGap;
    /** The link, which is another one after a recovery. @type {Link} */
    this.link = NO_LINK;
    /** The client in this process, if it is known. @type {OwnClient | undefined} */
    this.ownClient = undefined;
    this.connectedAt = Date.now();
  }

  /**
   * @param {PeerRequest} request
   * @returns {{ subscriptionId: string, topic: string, timestamp: number }} the answer to the client. By
   *   the timestamp a client knows how far its own clock is off
   */
  subscribe(request) {
    try {
      return this.#subscribe(request);
    } catch (error) {
      this.#broker.refusals.add(`subscribe(${quoted(request?.topic)}) of '${this.identity.sub}'`, error);
      throw error;
    }
  }

  /** @param {PeerRequest} request */
  #subscribe(request) {
    this.identity.require('subscribe');
    const { topic, filter, returnMode = 'full', subscriptionId = `srv_${randomUUID()}` } = request ?? {};
    requireTopic(topic);
    requireSubscriptionId(subscriptionId);
    requireReturnMode(returnMode);
    const matches = compileFilter(filter);
    const former = this.#subscriptions.get(subscriptionId);
    if (!former && this.#subscriptions.size >= LIMITS.subscriptionsPerConnection) {
      throw invalid(`A connection can have ${LIMITS.subscriptionsPerConnection} subscriptions; unsubscribe first.`);
    }
    const subscription = { subscriptionId, topic, filter, returnMode, matches, connection: this };
    this.#subscriptions.set(subscriptionId, subscription);
    this.#broker.connections.replaceSubscription(former, subscription);
    return { subscriptionId, topic, timestamp: Date.now() };
  }

  /** @param {PeerRequest} request */
  unsubscribe(request) {
    const { subscriptionId } = request ?? {};
    requireSubscriptionId(subscriptionId);
    const subscription = this.#subscriptions.get(subscriptionId);
    if (!subscription) throw new PlatformError('NotFoundError', `No subscription '${subscriptionId}'.`);
    this.#subscriptions.delete(subscriptionId);
    this.#broker.connections.replaceSubscription(subscription, undefined);
    return { subscriptionId };
  }

  /** Ends all subscriptions and leaves all channels. */
  clear() {
    this.#broker.channels.leaveAll(this);
    this.#endSubscriptions();
  }

  /** @returns {Snapshot} */
  snapshot() {
    const { sub, applicationId, environment } = this.identity;
    const subscriptions = Array.from(this.#subscriptions.values(), ({ subscriptionId, topic, filter, returnMode }) => {
      return { subscriptionId, topic, filter, returnMode };
    });
    const channels = this.#broker.channels.memberships(this);
    return { sub, applicationId, environment, subscriptions, channels };
  }

  /** Takes over a session of another process. @param {Snapshot} snapshot */
  restore({ subscriptions, channels }) {
    for (const wanted of subscriptions) {
      // Not every encoding keeps `undefined`.
      const filter = wanted.filter ?? undefined;
      const subscription = { ...wanted, filter, matches: compileFilter(filter), connection: this };
      this.#subscriptions.set(wanted.subscriptionId, subscription);
      this.#broker.connections.replaceSubscription(undefined, subscription);
    }
    this.#broker.channels.restore(this, channels);
  }

  /** Ends everything here, as another process has taken it over. */
  release() {
    this.#broker.channels.release(this);
    this.#endSubscriptions();
  }

  #endSubscriptions() {
    const { connections } = this.#broker;
    for (const subscription of this.#subscriptions.values()) connections.replaceSubscription(subscription, undefined);
    this.#subscriptions.clear();
  }

  /** The connection as records of the activity name it. */
  get party() {
    return { id: this.id, sub: this.identity.sub };
  }

  /** The connection as `platform.connections` shows it. @returns {LocalConnection} */
  describe() {
    const { sub, applicationId, environment } = this.identity;
    return {
      id: this.id,
      protocol: this.protocol,
      sub,
      applicationId,
      environment,
      connectedAt: this.connectedAt,
      subscriptions: Array.from(this.#subscriptions.values(), describe),
      channels: this.#broker.channels.joinedBy(this),
    };
  }
}

/** A name in a report, if it is one. @param {unknown} name */
const quoted = (name) => (typeof name === 'string' && name.length <= LIMITS.topicLength ? `'${name}'` : '');

/** @param {unknown} returnMode @returns {asserts returnMode is ReturnMode} */
function requireReturnMode(returnMode) {
  if (!RETURN_MODES.includes(returnMode)) throw invalid(`returnMode: expected one of ${RETURN_MODES.join(', ')}.`);
}

/** @param {unknown} subscriptionId @returns {asserts subscriptionId is string} */
function requireSubscriptionId(subscriptionId) {
  if (typeof subscriptionId !== 'string' || subscriptionId === '') {
    throw invalid('subscriptionId: expected a non-empty string.');
  }
  if (subscriptionId.length > LIMITS.subscriptionIdLength) {
    throw invalid(`subscriptionId: longer than ${LIMITS.subscriptionIdLength} characters.`);
  }
}
