/**
 * Channels: their members, messages and presence. A channel exists while it has members. A session
 * that waits for its recovery stays a member.
 */

import { Connection } from '../broker/connection.js';
import { invalid, PlatformError } from '../error.js';
import { DIRECT_TOPIC, LIMITS, PRESENCE, VERBS } from '../vocabulary.js';
import { composeMessage, composePresence } from './message.js';
import { requireChannel, requireSocketId } from './names.js';
import { SentIds } from './sent-ids.js';

/** @import { LocalEvent } from '../../index.js' */
/** @import { Identity } from '../auth/identity.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { PeerRequest } from '../json.js' */

/**
 * Performs a request and returns the answer.
 *
 * @typedef {(connection: Connection, request: PeerRequest) => object} Verb
 */
/** @typedef {Map<Connection, number>} Members when each joined, in ms */

export class Channels {
  /** @type {Map<string, Members>} */
  #channels = new Map();
  /** @type {WeakMap<Connection, Set<string>>} */
  #joined = new WeakMap();
  #sent = new SentIds();
  #broker;

  /** Requests that a client can send on either socket. @type {Record<string, Verb>} */
  verbs = {
    [VERBS.join]: (connection, request) => this.#join(connection, request),
    [VERBS.leave]: (connection, request) => this.#leave(connection, request),
    [VERBS.message]: (connection, request) =>
      this.#reported(connection, () => this.#publish(connection.identity, request, connection)),
    [VERBS.direct]: (connection, request) => this.#reported(connection, () => this.#direct(connection, request)),
  };

  /** @param {Broker} broker */
  constructor(broker) {
    this.#broker = broker;
  }

  /**
   * Sends a message of the platform to all members.
   *
   * @param {Identity} identity
   * @param {PeerRequest} request
   */
  broadcast(identity, request) {
    return this.#publish(identity, request);
  }

  /**
   * Adds stand-in members, which keep a channel in the lists and get its messages. They are no
   * clients: they are not connected, and receive nothing.
   *
   * @param {string} channel
   * @param {number} members
   * @param {Identity} identity
   */
  seat(channel, members, identity) {
    requireChannel(channel);
    for (let number = 1; number <= members; number += 1) {
      const link = {
        id: `seed:${channel}:${number}`,
        protocol: /** @type {const} */ ('ws'),
        identity,
        deliver: () => {},
        reportGap: () => {},
      };
      this.#add(channel, new Connection(this.#broker, link));
    }
  }

  /** @param {Connection} connection */
  leaveAll(connection) {
    for (const channel of this.joinedBy(connection)) this.#remove(channel, connection);
  }

  /** The channels of a connection, in the order of joining. @param {Connection} connection */
  joinedBy(connection) {
    return [...(this.#joined.get(connection) ?? [])];
  }

  list() {
    return [...this.#channels].map(([name, members]) => ({ name, memberCount: members.size }));
  }

  /** @param {unknown} channel */
  members(channel) {
    return [...this.#membersOf(requireChannel(channel))].map(([{ id }, joinedAt]) => ({ socketId: id, joinedAt }));
  }

  /** @param {string} channel */
  connectionsOf(channel) {
    return this.#membersOf(channel).keys();
  }

  /** Counts the live members. @param {string} channel */
  countLive(channel) {
    return [...this.#membersOf(channel).keys()].filter((member) => this.#broker.isLive(member)).length;
  }

  /** @param {Connection} connection @param {PeerRequest} request */
  #join(connection, request) {
    try {
      connection.identity.require('subscribe');
      const channel = requireChannel(request?.channel);
      if (!this.#membersOf(channel).has(connection)) this.#add(channel, connection);
      return { channel, memberCount: this.#membersOf(channel).size };
    } catch (error) {
      this.#broker.refusals.add(`a join of '${connection.identity.sub}'`, error);
      throw error;
    }
  }

  /**
   * Leaving a channel that the client is not in succeeds: the answer is true in that case, too.
   *
   * @param {Connection} connection
   * @param {PeerRequest} request
   */
  #leave(connection, request) {
    const channel = requireChannel(request?.channel);
    if (this.#membersOf(channel).has(connection)) this.#remove(channel, connection);
    return { channel, memberCount: this.#membersOf(channel).size };
  }

  /** @param {Identity} identity @param {PeerRequest} request @param {Connection} [sender] */
  #publish(identity, request, sender) {
    identity.require('publish');
    const channel = requireChannel(request?.channel);
    const event = composeMessage(channel, request, sender);
    if (!this.#sent.has(identity, event)) this.#distribute(identity, event, () => this.#others(channel, sender));
    return { id: event.id };
  }

  /** @param {Connection} sender @param {PeerRequest} request */
  #direct(sender, request) {
    const { identity } = sender;
    identity.require('publish');
    const target = requireSocketId(request?.targetSocketId);
    const event = composeMessage(DIRECT_TOPIC, request, sender);
    const receivers = () => this.#broker.connections.filter(({ id }) => id === target);
    if (!this.#sent.has(identity, event)) {
      if (receivers().length === 0) throw new PlatformError('NotFoundError', `No socket '${target}' is connected.`);
      this.#distribute(identity, event, receivers);
    }
    return { id: event.id };
  }

  /** @param {Identity} identity @param {LocalEvent} event @param {() => Connection[]} receivers */
  #distribute(identity, event, receivers) {
    this.#sent.add(identity, event);
    this.#broker.distribute(event, receivers);
  }

  /** @param {string} channel @param {Connection} connection */
  #add(channel, connection) {
    const joined = this.#joined.get(connection) ?? new Set();
    if (joined.size >= LIMITS.channelsPerConnection) {
      throw invalid(`A connection can be in ${LIMITS.channelsPerConnection} channels; leave one first.`);
    }
    const joinedAt = Date.now();
    this.#broker.identify(connection);
    this.#joined.set(connection, joined.add(channel));
    this.#channels.set(channel, this.#membersOf(channel).set(connection, joinedAt));
    this.#report('joined', channel, connection);
    this.#announce(PRESENCE.join, { channel, socketId: connection.id, joinedAt }, connection);
  }

  /** @param {string} channel @param {Connection} connection */
  #remove(channel, connection) {
    const members = this.#membersOf(channel);
    const joinedAt = members.get(connection);
    members.delete(connection);
    if (members.size === 0) this.#channels.delete(channel);
    this.#joined.get(connection)?.delete(channel);
    this.#report('left', channel, connection);
    this.#announce(PRESENCE.leave, { channel, socketId: connection.id, joinedAt }, connection);
  }

  /**
   * Sends presence to the other members. `repeat()` does not repeat presence: otherwise joins and
   * leaves would decide which message is the last.
   *
   * @param {string} type
   * @param {{ channel: string, socketId: string, joinedAt: number | undefined }} payload
   * @param {Connection} subject
   */
  #announce(type, payload, subject) {
    this.#broker.send(composePresence(type, payload), this.#others(payload.channel, subject));
    this.#broker.checkWaiters();
  }

  /**
   * @template T
   * @param {Connection} connection
   * @param {() => T} act
   */
  #reported({ identity }, act) {
    try {
      return act();
    } catch (error) {
      const { activity } = this.#broker;
      const reason = PlatformError.from(error).message;
      if (activity.isWatched) activity.report({ type: 'refused', what: `a message of '${identity.sub}'`, reason });
      throw error;
    }
  }

  /** @param {'joined' | 'left'} type @param {string} channel @param {Connection} connection */
  #report(type, channel, connection) {
    const { activity } = this.#broker;
    if (!activity.isWatched) return;
    activity.report({ type, channel, connection: connection.party, memberCount: this.#membersOf(channel).size });
  }

  /** @param {string} channel @param {Connection} [connection] */
  #others(channel, connection) {
    return [...this.connectionsOf(channel)].filter((member) => member !== connection);
  }

  /** @param {string} channel @returns {Members} */
  #membersOf(channel) {
    return this.#channels.get(channel) ?? new Map();
  }
}
