'use strict';

/**
 * The members of one channel, kept up to date: by presence events, and by reading the list anew after each join. What a
 * new list says that the events had not said is told as joins and leaves, so that whoever follows them has the same list.
 */

/** @import { ChannelMember, PresenceEvent } from '../../index.js' */

class Roster {
  /** @type {Map<string, ChannelMember>} */
  members = new Map();
  #channel;
  /** Events since the latest list was asked for, which may be older than they are. @type {PresenceEvent[] | undefined} */
  #since;
  /** Which list is the latest that was asked for. */
  #asked = 0;

  /** @param {string} channel */
  constructor(channel) {
    this.#channel = channel;
  }

  /** @param {PresenceEvent} event @returns {PresenceEvent[]} what is news */
  receive(event) {
    this.#since?.push(event);
    return this.#apply(event);
  }

  /**
   * Reads the list anew.
   *
   * @param {() => Promise<ChannelMember[]>} read
   * @returns {Promise<Iterable<PresenceEvent>>} what is news: each counts when it is taken, and nothing comes once the list is
   *   abandoned, so that the next list tells the rest
   */
  async refresh(read) {
    const number = ++this.#asked;
    this.#since = [];
    let list;
    try {
      list = await read();
    } finally {
      if (number === this.#asked && list === undefined) this.#since = undefined;
    }
    if (number !== this.#asked) return [];
    const since = this.#since ?? [];
    this.#since = undefined;
    return this.#replace(this.#listAfter(list, since), number);
  }

  /** A list that was asked for is not wanted any more. */
  abandon() {
    this.#asked += 1;
    this.#since = undefined;
  }

  /** @param {ChannelMember[]} list @param {PresenceEvent[]} since */
  #listAfter(list, since) {
    const members = new Map(list.map((member) => [member.socketId, member]));
    for (const { type, socketId, joinedAt } of since) {
      if (type === 'leave') members.delete(socketId);
      else if (!members.has(socketId)) members.set(socketId, { socketId, joinedAt });
    }
    return members;
  }

  /** @param {Map<string, ChannelMember>} members @param {number} number of the list @returns {Iterable<PresenceEvent>} */
  *#replace(members, number) {
    const left = [...this.members.values()].filter(({ socketId }) => !members.has(socketId));
    const joined = [...members.values()].filter(({ socketId }) => !this.members.has(socketId));
    const leaves = left.map((member) => ({ type: /** @type {const} */ ('leave'), channel: this.#channel, ...member }));
    const joins = joined.map((member) => ({ type: /** @type {const} */ ('join'), channel: this.#channel, ...member }));
    for (const event of [...leaves, ...joins]) {
      if (number !== this.#asked) return;
      yield* this.#apply(event);
    }
  }

  /** @param {PresenceEvent} event @returns {PresenceEvent[]} nothing when it was known */
  #apply(event) {
    const { type, socketId, joinedAt } = event;
    if (type === 'leave') return this.members.delete(socketId) ? [event] : [];
    if (this.members.has(socketId)) return [];
    this.members.set(socketId, { socketId, joinedAt });
    return [event];
  }
}

exports.Roster = Roster;
