/** The roster: the connections and channel members of the other processes. */

/** @import { Member } from './record.js' */

/**
 * @typedef {{ connections: Set<string>, members: Map<string, Member> }} Share what one process has
 */

export class Roster {
  /** @type {Map<string, Share>} */
  #shares = new Map();
  /**
   * Members by channel and socket ID.
   *
   * @type {Map<string, Map<string, Member & { process: string }>>}
   */
  #channels = new Map();

  /** IDs of the processes. */
  get processes() {
    return [...this.#shares.keys()];
  }

  get connectionCount() {
    return [...this.#shares.values()].reduce((sum, { connections }) => sum + connections.size, 0);
  }

  get channels() {
    return [...this.#channels.keys()];
  }

  /** @param {string} channel @returns {Member[]} */
  members(channel) {
    return [...(this.#channels.get(channel)?.values() ?? [])];
  }

  /** @param {string} socketId */
  isConnected(socketId) {
    return [...this.#shares.values()].some(({ connections }) => connections.has(socketId));
  }

  /** @param {string} process */
  meet(process) {
    this.#shareOf(process);
  }

  /** @param {string} process @param {string} socketId */
  open(process, socketId) {
    this.#shareOf(process).connections.add(socketId);
  }

  /** @param {string} process @param {string} socketId */
  close(process, socketId) {
    this.#shareOf(process).connections.delete(socketId);
  }

  /** @param {string} process @param {Member} member @returns {boolean} whether it is new */
  join(process, member) {
    const { channel, socketId, joinedAt } = member;
    const channelMembers = this.#channels.get(channel) ?? new Map();
    const former = channelMembers.get(socketId);
    if (former) this.#shares.get(former.process)?.members.delete(keyOf(member));
    this.#channels.set(channel, channelMembers.set(socketId, { channel, socketId, joinedAt, process }));
    this.#shareOf(process).members.set(keyOf(member), member);
    return former === undefined;
  }

  /**
   * @param {string} process
   * @param {{ channel: string, socketId: string }} member
   * @returns {boolean} whether it was there
   */
  leave(process, member) {
    const { channel, socketId } = member;
    const channelMembers = this.#channels.get(channel);
    if (channelMembers?.get(socketId)?.process !== process) return false;
    channelMembers.delete(socketId);
    if (channelMembers.size === 0) this.#channels.delete(channel);
    this.#shares.get(process)?.members.delete(keyOf(member));
    return true;
  }

  /**
   * Replaces everything that a process has.
   *
   * @param {string} process
   * @param {string[]} connections
   * @param {Member[]} members
   * @returns {{ joined: Member[], left: Member[] }} the difference
   */
  replace(process, connections, members) {
    const share = this.#shareOf(process);
    share.connections = new Set(connections);
    const now = new Set(members.map(keyOf));
    const left = [...share.members.values()].filter((member) => !now.has(keyOf(member)));
    return {
      left: left.filter((member) => this.leave(process, member)),
      joined: members.filter((member) => this.join(process, member)),
    };
  }

  /**
   * A session that another process has recovered is no longer its former process's.
   *
   * @param {string} socketId
   */
  forgetSocket(socketId) {
    for (const [process, { connections, members }] of this.#shares) {
      connections.delete(socketId);
      for (const member of [...members.values()]) if (member.socketId === socketId) this.leave(process, member);
    }
  }

  /** @param {string} process @returns {Member[]} its members, which have left */
  remove(process) {
    const members = [...(this.#shares.get(process)?.members.values() ?? [])];
    const left = members.filter((member) => this.leave(process, member));
    this.#shares.delete(process);
    return left;
  }

  /** @param {string} process */
  #shareOf(process) {
    const share = this.#shares.get(process) ?? { connections: new Set(), members: new Map() };
    this.#shares.set(process, share);
    return share;
  }
}

/** @param {{ channel: string, socketId: string }} member */
const keyOf = ({ channel, socketId }) => `${socketId}\0${channel}`;
