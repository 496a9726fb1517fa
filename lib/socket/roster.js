/**
 * The members of one channel, kept up to date by presence events, and by reading the list after
 * each join. Differences between a new list and the events become joins and leaves, so that a
 * listener has the same members as the list.
 *
 * Peers decide how many members there are. Beyond a bound the roster neither keeps nor reports
 * members, and {@link Roster.isIncomplete} says so until a list shows all of them.
 */

/** @import { ChannelMember, PresenceEvent } from '../../index.js' */

/**
 * The most members that are kept, and the most changes that are remembered during a read of the
 * list.
 */
const MAX_MEMBERS = 100_000;
/** An incomplete roster is read again when it has room for this many members. */
const ROOM = 10_000;

/**
 * The latest change of one member during a read of the list.
 *
 * @typedef {object} Latest
 * @property {ChannelMember} member
 * @property {boolean} isThere
 * @property {boolean} hasLeft before that
 */

class Roster {
  /** @type {Map<string, ChannelMember>} */
  members = new Map();
  /** Whether members beyond the bound exist, or may exist. */
  isIncomplete = false;
  #channel;
  /**
   * Changes of members since the latest read began: the list may be older.
   *
   * @type {Map<string, Latest> | undefined}
   */
  #since;
  /** Whether there were more changes than are remembered. */
  #hasForgotten = false;
  /** An incomplete roster is read again when it has no more members than this. */
  #readBelow = 0;
  /** The number of the latest read. */
  #asked = 0;

  /** @param {string} channel */
  constructor(channel) {
    this.#channel = channel;
  }

  /** @param {PresenceEvent} event @returns {PresenceEvent[]} the changes */
  receive(event) {
    this.#remember(event);
    return this.#apply(event);
  }

  /** Whether members that were beyond the bound have room now: the list must be read again. */
  get hasRoomAgain() {
    return this.isIncomplete && this.#since === undefined && this.members.size <= this.#readBelow;
  }

  /**
   * Reads the list.
   *
   * @param {() => Promise<ChannelMember[]>} read
   * @returns {Promise<Iterable<PresenceEvent>>} the changes. Each is applied when it is taken, and
   *   none comes once the read is abandoned, so that the next list reports the rest.
   */
  async refresh(read) {
    const number = ++this.#asked;
    this.#since = new Map();
    this.#hasForgotten = false;
    this.#readBelow = this.members.size - ROOM;
    let list;
    try {
      list = await read();
    } finally {
      if (number === this.#asked && list === undefined) this.#since = undefined;
    }
    if (number !== this.#asked) return [];
    const since = this.#since ?? new Map();
    this.#since = undefined;
    const members = this.#listAfter(list, since);
    this.#readBelow = members.size - ROOM;
    return this.#replace(members, number);
  }

  /** Abandons a read under way. */
  abandon() {
    this.#asked += 1;
    this.#since = undefined;
  }

  /**
   * Keeps the latest change of each member, no matter how often it joins and leaves.
   *
   * @param {PresenceEvent} event
   */
  #remember({ type, socketId, joinedAt }) {
    if (this.#since === undefined) return;
    const former = this.#since.get(socketId);
    if (former === undefined && this.#since.size >= MAX_MEMBERS) {
      this.#hasForgotten = true;
      return;
    }
    const isThere = type === 'join';
    const hasLeft = former !== undefined && (former.hasLeft || !former.isThere);
    this.#since.set(socketId, { member: { socketId, joinedAt }, isThere, hasLeft });
  }

  /** @param {ChannelMember[]} list @param {Map<string, Latest>} since */
  #listAfter(list, since) {
    /** @type {Map<string, ChannelMember>} */
    const members = new Map();
    let isIncomplete = this.#hasForgotten;
    /** @param {ChannelMember} member */
    const add = ({ socketId, joinedAt }) => {
      if (members.has(socketId) || members.size < MAX_MEMBERS) members.set(socketId, { socketId, joinedAt });
      else isIncomplete = true;
    };
    // With too many members, those that are known stay.
    const isLong = list.length > MAX_MEMBERS;
    if (isLong) for (const member of list) if (this.members.has(member.socketId)) add(member);
    for (const member of list) add(member);
    for (const [socketId, { member, isThere, hasLeft }] of since) {
      if (!isThere) members.delete(socketId);
      else if (hasLeft || !members.has(socketId)) add(member);
    }
    this.isIncomplete = isIncomplete;
    return members;
  }

  /**
   * @param {Map<string, ChannelMember>} members
   * @param {number} number of the list
   * @returns {Iterable<PresenceEvent>}
   */
  *#replace(members, number) {
    const changes = [
      ...this.#difference('leave', this.members, members),
      ...this.#difference('join', members, this.members),
    ];
    for (const event of changes) {
      if (number !== this.#asked) return;
      yield* this.#apply(event);
    }
  }

  /**
   * @param {'join' | 'leave'} type
   * @param {Map<string, ChannelMember>} of
   * @param {Map<string, ChannelMember>} others
   * @returns {PresenceEvent[]} an event for each member that is not among the others
   */
  #difference(type, of, others) {
    const members = [...of.values()].filter(({ socketId }) => !others.has(socketId));
    return members.map((member) => ({ type, channel: this.#channel, ...member }));
  }

  /**
   * @param {PresenceEvent} event
   * @returns {PresenceEvent[]} nothing when it was known, or is beyond the bound
   */
  #apply(event) {
    const { type, socketId, joinedAt } = event;
    if (type === 'leave') return this.members.delete(socketId) ? [event] : [];
    if (this.members.has(socketId)) return [];
    if (this.members.size >= MAX_MEMBERS) {
      this.isIncomplete = true;
      this.#readBelow = MAX_MEMBERS - ROOM;
      return [];
    }
    this.members.set(socketId, { socketId, joinedAt });
    return [event];
  }
}

export { MAX_MEMBERS, Roster };
