'use strict';

/**
 * The members of one channel, kept up to date: by presence events, and by reading the list anew after each join. What a
 * new list says that the events had not said is told as joins and leaves, so that whoever follows them has the same list.
 *
 * How many there are is up to the peers. Beyond a bound members are not kept and not told, and
 * {@link Roster.isIncomplete} says so until a list shows all of them.
 */

/** @import { ChannelMember, PresenceEvent } from '../../index.js' */

/** The most members that are kept, and the most that are remembered while a list is being read. */
const MAX_MEMBERS = 100_000;
/** An incomplete roster is read again when there is room for so many more. */
const ROOM = 10_000;

/**
 * What became of one member while a list was being read.
 *
 * @typedef {object} Latest
 * @property {ChannelMember} member
 * @property {boolean} isThere
 * @property {boolean} hasLeft before that
 */

class Roster {
  /** @type {Map<string, ChannelMember>} */
  members = new Map();
  /** Whether there are, or may be, members beyond the bound. */
  isIncomplete = false;
  #channel;
  /** What became of members since the latest list was asked for, which may be older. @type {Map<string, Latest> | undefined} */
  #since;
  /** Whether more of that came than is remembered. */
  #hasForgotten = false;
  /** With so many members an incomplete roster is read again. */
  #readBelow = 0;
  /** Which list is the latest that was asked for. */
  #asked = 0;

  /** @param {string} channel */
  constructor(channel) {
    this.#channel = channel;
  }

  /** @param {PresenceEvent} event @returns {PresenceEvent[]} what is news */
  receive(event) {
    this.#remember(event);
    return this.#apply(event);
  }

  /** Whether members that were beyond the bound have room now: the list is to be read for them. */
  get hasRoomAgain() {
    return this.isIncomplete && this.#since === undefined && this.members.size <= this.#readBelow;
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

  /** A list that was asked for is not wanted any more. */
  abandon() {
    this.#asked += 1;
    this.#since = undefined;
  }

  /** Keeps the latest of each member, however often it comes and goes. @param {PresenceEvent} event */
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
    // Where there are too many, those that are known stay.
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

  /** @param {Map<string, ChannelMember>} members @param {number} number of the list @returns {Iterable<PresenceEvent>} */
  *#replace(members, number) {
    const left = [...this.members.values()].filter(({ socketId }) => !members.has(socketId));
    const joined = [...members.values()].filter(({ socketId }) => !this.members.has(socketId));
    const leaves = left.map((member) => ({ type: /** @type {const} */ ('leave'), channel: this.#channel, ...member }));
    const joins = joined.map((member) => ({ type: /** @type {const} */ ('join'), channel: this.#channel, ...member }));
    for (const events of [leaves, joins]) {
      for (const event of events) {
        if (number !== this.#asked) return;
        yield* this.#apply(event);
      }
    }
  }

  /** @param {PresenceEvent} event @returns {PresenceEvent[]} nothing when it was known, or is beyond the bound */
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

exports.MAX_MEMBERS = MAX_MEMBERS;
exports.Roster = Roster;
