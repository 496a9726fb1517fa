/**
 * Channels: who is a member of each, and the way of a message or of the news of a member to the others. A channel
 * exists while it has members. A session that waits for its recovery stays a member.
 */

import { invalid, PlatformError } from '../error.js';
import { DIRECT_TOPIC, LIMITS, PRESENCE, VERBS } from '../vocabulary.js';
import { composeMessage, composePresence } from './message.js';
import { requireChannel, requireSocketId } from './names.js';
import { SentIds } from './sent-ids.js';

/** @typedef {import('../broker/connection.js').Connection} Connection */

export class Channels {
  /** @type {Map<string, Map<Connection, number>>} when each member joined, in ms, by channel */
  #channels = new Map();
  /** @type {WeakMap<Connection, Set<string>>} */
  #joined = new WeakMap();
  #sent = new SentIds();
  #broker;
  #changed;

  /** What a client can ask for on either wire: does it and returns the answer. */
  verbs = {
    [VERBS.join]: (connection, request) => this.#join(connection, request),
    [VERBS.leave]: (connection, request) => this.#leave(connection, request),
    [VERBS.message]: (connection, request) => this.#publish(connection.identity, request, connection),
    [VERBS.direct]: (connection, request) => this.#direct(connection, request),
  };

  /**
   * @param {import('../broker/broker.js').Broker} broker
   * @param {() => void} changed called when somebody has joined or left
   */
  constructor(broker, changed) {
    this.#broker = broker;
    this.#changed = changed;
  }

  /** A message of the platform itself, for all members. */
  broadcast(identity, request) {
    return this.#publish(identity, request);
  }

  leaveAll(connection) {
    for (const channel of this.joinedBy(connection)) this.#remove(channel, connection);
  }

  /** In the order of joining. */
  joinedBy(connection) {
    return [...(this.#joined.get(connection) ?? [])];
  }

  list() {
    return [...this.#channels].map(([name, members]) => ({ name, memberCount: members.size }));
  }

  members(channel) {
    return [...this.#membersOf(requireChannel(channel))].map(([{ id }, joinedAt]) => ({ socketId: id, joinedAt }));
  }

  /** Members that have a link at this moment. */
  countOpen(channel) {
    return [...this.#membersOf(channel).keys()].filter((member) => this.#broker.isOpen(member)).length;
  }

  #join(connection, request) {
    connection.identity.require('subscribe');
    const channel = requireChannel(request?.channel);
    if (!this.#membersOf(channel).has(connection)) this.#add(channel, connection);
    return { channel, memberCount: this.#membersOf(channel).size };
  }

  /** Also of a channel the client is not in: what the answer says is true then, too. */
  #leave(connection, request) {
    const channel = requireChannel(request?.channel);
    if (this.#membersOf(channel).has(connection)) this.#remove(channel, connection);
    return { channel, memberCount: this.#membersOf(channel).size };
  }

  #publish(identity, request, sender) {
    identity.require('publish');
    const channel = requireChannel(request?.channel);
    const event = composeMessage(channel, request, sender);
    if (!this.#sent.has(identity, event)) this.#distribute(identity, event, () => this.#others(channel, sender));
    return { id: event.id };
  }

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

  #distribute(identity, event, receivers) {
    this.#sent.add(identity, event);
    this.#broker.distribute(event, receivers);
  }

  #add(channel, connection) {
    const joined = this.#joined.get(connection) ?? new Set();
    if (joined.size >= LIMITS.channelsPerConnection) {
      throw invalid(`A connection may be in ${LIMITS.channelsPerConnection} channels; leave one first.`);
    }
    const members = this.#channels.get(channel) ?? new Map();
    const joinedAt = Date.now();
    this.#joined.set(connection, joined.add(channel));
    this.#channels.set(channel, members.set(connection, joinedAt));
    this.#announce(PRESENCE.join, channel, connection, joinedAt);
  }

  #remove(channel, connection) {
    const members = this.#channels.get(channel);
    const joinedAt = members.get(connection);
    members.delete(connection);
    if (members.size === 0) this.#channels.delete(channel);
    this.#joined.get(connection).delete(channel);
    this.#announce(PRESENCE.leave, channel, connection, joinedAt);
  }

  /** Not remembered for `repeat()`: who comes and goes would decide which message is the last. */
  #announce(type, channel, connection, joinedAt) {
    const event = composePresence(type, { channel, socketId: connection.id, joinedAt });
    this.#broker.send(event, this.#others(channel, connection));
    this.#changed();
  }

  #others(channel, connection) {
    return [...this.#membersOf(channel).keys()].filter((member) => member !== connection);
  }

  #membersOf(channel) {
    return this.#channels.get(channel) ?? new Map();
  }
}
