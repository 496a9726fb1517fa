'use strict';

/**
 * The members of one channel, kept up to date: by presence events, and by reading the list anew after each join. What a
 * new list says that the events had not said is told as joins and leaves, so that whoever follows them has the same list.
 */

/** @import { ChannelMember, PresenceEvent } from '../../index.js' */

/** Maximum number of members in a roster, and of members whose latest event is kept while a list is read. */
const MAX_MEMBERS = 100_000;
/** Maximum length of a socket id, in UTF-16 units. The official server's ids have 20. */
const MAX_SOCKET_ID = 256;

class Roster {
  /** @type {Map<string, ChannelMember>} */
  members = new Map();
  #channel;
  #overflowed;
  /** Whether members beyond the maximum were reported. */
  #isReported = false;
  /**
   * The latest event of each member since the latest list was asked for: the list may be older. In the order of the events.
   *
   * @type {Map<string, PresenceEvent> | undefined}
   */
  #since;
  /** Which list is the latest that was asked for. */
  #asked = 0;

  /** @param {string} channel @param {(maximum: number) => void} overflowed called once, when there are more members than are kept */
  constructor(channel, overflowed) {
    this.#channel = channel;
    this.#overflowed = overflowed;
  }

  /** @param {PresenceEvent} event @returns {PresenceEvent[]} what is news */
  receive(event) {
    if (!isSocketId(event.socketId)) return [];
    if (this.#since?.delete(event.socketId) || (this.#since && this.#since.size < MAX_MEMBERS))
      this.#since.set(event.socketId, event);
    else if (this.#since) this.#overflow();
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
    this.#since = new Map();
    let list;
    try {
      list = await read();
    } finally {
      if (number === this.#asked && list === undefined) this.#since = undefined;
    }
    if (number !== this.#asked) return [];
    const since = this.#since?.values() ?? [];
    this.#since = undefined;
    return this.#replace(this.#listAfter(list, since), number);
  }

  /** A list that was asked for is not wanted any more. */
  abandon() {
    this.#asked += 1;
    this.#since = undefined;
  }

  /** @param {ChannelMember[]} list @param {Iterable<PresenceEvent>} since */
  #listAfter(list, since) {
    /** @type {Map<string, ChannelMember>} */
    const members = new Map();
    for (const member of list) if (isSocketId(member.socketId)) members.set(member.socketId, member);
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
    if (this.members.size >= MAX_MEMBERS) {
      this.#overflow();
      return [];
    }
    this.members.set(socketId, { socketId, joinedAt });
    return [event];
  }

  #overflow() {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#overflowed(MAX_MEMBERS);
  }
}

/** @param {unknown} value */
function isSocketId(value) {
  return typeof value === 'string' && value.length <= MAX_SOCKET_ID;
}

exports.Roster = Roster;
