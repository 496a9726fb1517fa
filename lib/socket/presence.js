'use strict';

/**
 * Presence of the channels that are joined: a roster for each channel somebody follows, read anew whenever the server has
 * confirmed the channel on a connection.
 */

const { Roster } = require('./roster.js');

/** @import { ChannelMember, PresenceEvent } from '../../index.js' */

/** @import { RealtimeError } from '../errors.js' */

class Presence {
  #read;
  #deliver;
  #report;
  /** Channels the server has confirmed since connect(). @type {Set<string>} */
  #joined = new Set();
  /** @type {Map<string, Roster>} */
  #rosters = new Map();
  /** Channels somebody asked to follow, beside those that are followed since all are. @type {Set<string>} */
  #particular = new Set();
  /** Whether somebody listens to the presence of all channels. */
  #all = false;

  /**
   * @param {object} surroundings
   * @param {(channel: string) => Promise<ChannelMember[]>} surroundings.read asks the server for the members of a channel
   * @param {(event: PresenceEvent) => void} surroundings.deliver
   * @param {(error: RealtimeError) => void} surroundings.report
   */
  constructor({ read, deliver, report }) {
    this.#read = read;
    this.#deliver = deliver;
    this.#report = report;
  }

  /** The members of a channel, from now on kept up to date. @param {string} channel @returns {Map<string, ChannelMember>} */
  follow(channel) {
    this.#particular.add(channel);
    return (this.#rosters.get(channel) ?? this.#open(channel)).members;
  }

  /** Whether all channels are to be followed. @param {boolean} wanted */
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

  /** A channel is not wanted any more. @param {string} channel */
  left(channel) {
    this.#joined.delete(channel);
    this.#particular.delete(channel);
    this.#close(channel);
  }

  /** There is no news until a channel is confirmed again: by disconnect(). */
  disconnected() {
    this.#joined.clear();
    for (const roster of this.#rosters.values()) roster.abandon();
  }

  /** @param {PresenceEvent} event */
  receive(event) {
    const roster = this.#rosters.get(event.channel);
    for (const news of roster?.receive(event) ?? []) this.#deliver(news);
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
  }

  /** @param {string} channel @param {Roster} roster */
  async #refresh(channel, roster) {
    try {
      for (const news of await roster.refresh(() => this.#read(channel))) this.#deliver(news);
    } catch (error) {
      this.#report(/** @type {RealtimeError} */ (error));
    }
  }
}

exports.Presence = Presence;
