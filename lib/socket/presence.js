/**
 * Presence in joined channels: a roster for each followed channel, read again whenever the server
 * has confirmed the channel on a connection.
 */

import { RealtimeError } from '../errors/errors.js';
import { toMember } from './message.js';
import { MAX_MEMBERS, Roster } from './roster.js';

/** @import { ChannelMember, PresenceEvent } from '../../index.js' */

/** The longest ID of a member. Servers use 20 characters. */
const MAX_ID = 512;

class Presence {
  #read;
  #deliver;
  #report;
  /** Channels that the server has confirmed since connect(). @type {Set<string>} */
  #joined = new Set();
  /** @type {Map<string, Roster>} */
  #rosters = new Map();
  /** Channels with too many members, after the report. @type {Set<string>} */
  #full = new Set();
  /** Channels that are followed by name, even when not all channels are. @type {Set<string>} */
  #particular = new Set();
  /** Whether all channels are followed. */
  #all = false;

  /**
   * @param {object} deps
   * @param {(channel: string) => Promise<ChannelMember[]>} deps.read asks the server for the
   *   members of a channel
   * @param {(event: PresenceEvent) => void} deps.deliver
   * @param {(error: RealtimeError) => void} deps.report
   */
  constructor({ read, deliver, report }) {
    this.#read = read;
    this.#deliver = deliver;
    this.#report = report;
  }

  /**
   * The members of a channel, kept up to date from now on.
   *
   * @param {string} channel
   * @returns {Map<string, ChannelMember>}
   */
  follow(channel) {
    this.#particular.add(channel);
    return (this.#rosters.get(channel) ?? this.#open(channel)).members;
  }

  /** Follows all joined channels, or only those by name. @param {boolean} wanted */
  followAll(wanted) {
    this.#all = wanted;
    for (const channel of wanted ? this.#joined : [...this.#rosters.keys()]) {
      if (wanted && !this.#rosters.has(channel)) this.#open(channel);
      else if (!wanted && !this.#particular.has(channel)) this.#close(channel);
    }
  }

  /** Whether any channel is followed. */
  get isFollowed() {
    return this.#all || this.#rosters.size > 0;
  }

  /** The server has confirmed a channel. @param {string} channel */
  joined(channel) {
    this.#joined.add(channel);
    const roster = this.#rosters.get(channel);
    if (roster !== undefined) this.#refresh(channel, roster);
    else if (this.#all) this.#open(channel);
  }

  /** The user has left a channel, or the server refuses it. @param {string} channel */
  left(channel) {
    this.#joined.delete(channel);
    this.#particular.delete(channel);
    this.#close(channel);
  }

  /** The user called disconnect(): nothing changes until the server confirms a channel again. */
  disconnected() {
    this.#joined.clear();
    for (const roster of this.#rosters.values()) roster.abandon();
  }

  /** @param {PresenceEvent} event */
  receive(event) {
    const { channel, socketId } = event;
    const roster = this.#rosters.get(channel);
    if (roster === undefined || !isId(socketId)) return;
    for (const change of roster.receive(event)) this.#deliver(change);
    this.#check(channel, roster);
    if (roster.hasRoomAgain && this.#joined.has(channel)) this.#refresh(channel, roster);
  }

  clear() {
    for (const channel of [...this.#rosters.keys()]) this.left(channel);
    this.#joined.clear();
    this.#all = false;
  }

  /** @param {string} channel */
  #open(channel) {
    const roster = new Roster(channel);
    this.#rosters.set(channel, roster);
    if (this.#joined.has(channel)) this.#refresh(channel, roster);
    return roster;
  }

  /** @param {string} channel */
  #close(channel) {
    const roster = this.#rosters.get(channel);
    roster?.abandon();
    roster?.members.clear();
    this.#rosters.delete(channel);
    this.#full.delete(channel);
  }

  /** @param {string} channel */
  async #list(channel) {
    return (await this.#read(channel)).map(toMember).filter(({ socketId }) => isId(socketId));
  }

  /**
   * Reports that a roster is incomplete, once until it is complete again.
   *
   * @param {string} channel
   * @param {Roster} roster
   */
  #check(channel, roster) {
    if (roster.isIncomplete === this.#full.has(channel) || this.#rosters.get(channel) !== roster) return;
    if (!roster.isIncomplete) {
      this.#full.delete(channel);
      return;
    }
    this.#full.add(channel);
    const message = `the channel '${channel}' has more members than the ${MAX_MEMBERS} that are kept of it`;
    this.#report(new RealtimeError('ROSTER_FULL', message, { channel }));
  }

  /** @param {string} channel @param {Roster} roster */
  async #refresh(channel, roster) {
    try {
      for (const change of await roster.refresh(() => this.#list(channel))) this.#deliver(change);
      this.#check(channel, roster);
    } catch (error) {
      this.#report(/** @type {RealtimeError} */ (error));
    }
  }
}

/** @param {unknown} value */
function isId(value) {
  return typeof value === 'string' && value.length <= MAX_ID;
}

export { Presence };
