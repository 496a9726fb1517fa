/**
 * Channels: their members, messages and presence. A channel exists while it has members. A session
 * that waits for its recovery stays a member.
 */

import { Connection } from '../broker/connection.js';
import { invalid, PlatformError } from '../error.js';
import { later } from '../later.js';
import { DIRECT_TOPIC, LIMITS, PRESENCE, VERBS } from '../vocabulary.js';
import { composeMessage, composePresence } from './message.js';
import { requireChannel, requireSocketId } from './names.js';
import { SentIds } from './sent-ids.js';

/** @import { LocalEvent } from '../../index.js' */
/** @import { Identity } from '../auth/identity.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { PeerRequest } from '../json.js' */

/**
 * Performs a request and returns the answer. With other processes, it comes later.
 *
 * @typedef {(connection: Connection, request: PeerRequest) => object | Promise<object>} Verb
 */
/** @typedef {Map<Connection, number>} Members when each joined, in ms */
/**
 * A message on its way: to a channel, or to one socket.
 *
 * @typedef {{ sub: string, event: LocalEvent, channel?: string, target?: string }} Message
 */

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

  /** The channels of a connection, and when it joined each. @param {Connection} connection */
  memberships(connection) {
    return this.joinedBy(connection).map((channel) => {
      return { channel, joinedAt: this.#membersOf(channel).get(connection) ?? Date.now() };
    });
  }

  /**
   * A connection that was recovered in this process. It never left, so there is no presence.
   *
   * @param {Connection} connection
   * @param {{ channel: string, joinedAt: number }[]} memberships
   */
  restore(connection, memberships) {
    this.#joined.set(connection, new Set(memberships.map(({ channel }) => channel)));
    for (const { channel, joinedAt } of memberships) {
      this.#channels.set(channel, this.#membersOf(channel).set(connection, joinedAt));
    }
  }

  /** A connection that was recovered in another process. @param {Connection} connection */
  release(connection) {
    for (const channel of this.joinedBy(connection)) {
      const members = this.#membersOf(channel);
      members.delete(connection);
      if (members.size === 0) this.#channels.delete(channel);
    }
    this.#joined.delete(connection);
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
    const { cluster } = this.#broker;
    const names = new Set([...this.#channels.keys(), ...(cluster?.roster.channels ?? [])]);
    return [...names].map((name) => ({ name, memberCount: this.#count(name) }));
  }

  /** @param {unknown} channel */
  members(channel) {
    const name = requireChannel(channel);
    const own = [...this.#membersOf(name)].map(([{ id }, joinedAt]) => ({ socketId: id, joinedAt }));
    return [...own, ...this.#foreign(name).map(({ socketId, joinedAt }) => ({ socketId, joinedAt }))];
  }

  /** The members in this process, for the others. */
  ownMembers() {
    return [...this.#channels].flatMap(([channel, members]) =>
      Array.from(members, ([{ id }, joinedAt]) => ({ channel, socketId: id, joinedAt })),
    );
  }

  /** @param {string} channel */
  connectionsOf(channel) {
    return this.#membersOf(channel).keys();
  }

  /** Counts the live members. @param {string} channel */
  countLive(channel) {
    const own = this.#broker.connections.countLive(this.connectionsOf(channel));
    return own + this.#foreign(channel).length;
  }

  /**
   * Sends a message to its receivers in this process.
   *
   * @param {Message} message
   * @throws {PlatformError} `NotFoundError` if no process has the receiver of a direct message
   */
  spread({ sub, event, channel, target }) {
    if (this.#sent.has({ sub }, event)) return;
    const { cluster } = this.#broker;
    const receivers = () =>
      channel === undefined
        ? this.#broker.connections.all.filter(({ id }) => id === target)
        : this.#others(channel, event.metadata.from);
    if (target !== undefined && receivers().length === 0 && !cluster?.roster.isConnected(target)) {
      throw new PlatformError('NotFoundError', `No socket '${target}' is connected.`);
    }
    this.#sent.add({ sub }, event);
    this.#broker.distribute(event, receivers);
  }

  /**
   * Sends presence that another process reports to the members in this one.
   *
   * @param {LocalEvent} event
   */
  announce(event) {
    this.#broker.send(event, this.#others(event.topic));
    this.#broker.checkWaiters();
  }

  /** @param {Connection} connection @param {PeerRequest} request */
  #join(connection, request) {
    try {
      connection.identity.require('subscribe');
      const channel = requireChannel(request?.channel);
      if (!this.#membersOf(channel).has(connection)) this.#add(channel, connection);
      return this.#counted(channel);
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
    return this.#counted(channel);
  }

  /** The answer to a join or leave, once the other processes know it. @param {string} channel */
  #counted(channel) {
    const { cluster } = this.#broker;
    const answer = () => ({ channel, memberCount: this.#count(channel) });
    return cluster ? cluster.settle().then(answer) : answer();
  }

  /** @param {Identity} identity @param {PeerRequest} request @param {Connection} [sender] */
  #publish(identity, request, sender) {
    identity.require('publish');
    const channel = requireChannel(request?.channel);
    const event = composeMessage(channel, request, sender);
    return this.#pass({ sub: identity.sub, event, channel });
  }

  /** @param {Connection} sender @param {PeerRequest} request */
  #direct(sender, request) {
    const { identity } = sender;
    identity.require('publish');
    const target = requireSocketId(request?.targetSocketId);
    const event = composeMessage(DIRECT_TOPIC, request, sender);
    return this.#pass({ sub: identity.sub, event, target });
  }

  /**
   * Sends a message to its receivers in all processes, and returns the answer for its sender.
   *
   * @param {Message} message
   */
  #pass(message) {
    const { cluster } = this.#broker;
    const answer = { id: message.event.id };
    if (cluster === undefined) {
      this.spread(message);
      return answer;
    }
    cluster.requireLink('The message');
    return cluster.send({ type: 'message', ...message }).then(() => answer);
  }

  /** @param {string} channel @param {Connection} connection */
  #add(channel, connection) {
    const joined = this.#joined.get(connection) ?? new Set();
    if (joined.size >= LIMITS.channelsPerConnection) {
      throw invalid(`A connection can be in ${LIMITS.channelsPerConnection} channels; leave one first.`);
    }
    const joinedAt = Date.now();
    this.#broker.connections.identify(connection);
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
    const event = composePresence(type, payload);
    this.#broker.cluster?.post({ type: 'presence', event });
    this.#broker.send(event, this.#others(payload.channel, subject.id));
    this.#broker.checkWaiters();
  }

  /**
   * @template {object} T
   * @param {Connection} connection
   * @param {() => T | Promise<T>} act
   */
  #reported({ identity }, act) {
    const refuse = (/** @type {unknown} */ error) => {
      const { activity } = this.#broker;
      const reason = PlatformError.from(error).message;
      if (activity.isWatched) activity.report({ type: 'refused', what: `a message of '${identity.sub}'`, reason });
      throw error;
    };
    try {
      return later(act(), undefined, refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  /** @param {'joined' | 'left'} type @param {string} channel @param {Connection} connection */
  #report(type, channel, connection) {
    const { activity } = this.#broker;
    if (!activity.isWatched) return;
    activity.report({ type, channel, connection: connection.party, memberCount: this.#count(channel) });
  }

  /** @param {string} channel @param {string} [socketId] */
  #others(channel, socketId) {
    return [...this.connectionsOf(channel)].filter(({ id }) => id !== socketId);
  }

  /** @param {string} channel */
  #count(channel) {
    return this.#membersOf(channel).size + this.#foreign(channel).length;
  }

  /** The members in other processes. Stand-ins can be in several. @param {string} channel */
  #foreign(channel) {
    const members = this.#broker.cluster?.roster.members(channel) ?? [];
    if (members.length === 0) return members;
    const own = new Set(Array.from(this.#membersOf(channel).keys(), ({ id }) => id));
    return members.filter(({ socketId }) => !own.has(socketId));
  }

  /** @param {string} channel @returns {Members} */
  #membersOf(channel) {
    return this.#channels.get(channel) ?? new Map();
  }
}
