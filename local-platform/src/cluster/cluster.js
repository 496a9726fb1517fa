/**
 * Several platform processes that act as one. Whatever one of them reports is a record in ONE
 * stream of Redis. Each process reads the whole stream in order, and passes on what concerns its
 * own connections, on either kind of socket. Its own records come back to it the same way, so all
 * processes see the same order.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers';
import { composePresence } from '../channels/message.js';
import { PlatformError } from '../error.js';
import { PRESENCE } from '../vocabulary.js';
import { ClusterFaults } from './faults.js';
import { Outbox } from './outbox.js';
import { Processes } from './processes.js';
import { Reader } from './reader.js';
import { Roster } from './roster.js';

/** @import { LocalEvent } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */
/** @import { Entry, Member, Record } from './record.js' */
/** @import { Hole } from './reader.js' */
/** @import { Redis } from './redis.js' */

/** How long a process that closes waits for its last records, in ms. */
const LAST_RECORDS = 2_000;

export class Cluster {
  #broker;
  #redis;
  #outbox;
  #reader;
  #processes;
  /** Another one for each start of a process. */
  id = randomBytes(6).toString('hex');
  roster = new Roster();
  faults;
  /** Processes that have not reported their state. @type {Set<string>} */
  #awaited = new Set();
  /**
   * Events that were lost because too much waited.
   *
   * @type {{ topics: Set<string>, since: number } | undefined}
   */
  #overflow;
  #closed = false;
  /**
   * Called when a process has recovered a session.
   *
   * @type {(socketId: string, process: string) => void}
   */
  onMoved = () => {};

  /**
   * @param {Broker} broker
   * @param {Redis} redis open
   * @param {{ applicationId: string, processTimeout: number, streamLength: number }} options
   */
  constructor(broker, redis, { applicationId, processTimeout, streamLength }) {
    this.#broker = broker;
    this.#redis = redis;
    const prefix = `realtime-local:${applicationId}`;
    const key = `${prefix}:stream`;
    this.keys = { stream: key, sessions: `${prefix}:session:` };
    this.faults = new ClusterFaults(this, broker);
    this.#outbox = new Outbox(redis, { key, process: this.id, maxLength: streamLength });
    this.#reader = new Reader(redis, {
      key,
      onEntry: (entry) => this.#receive(entry),
      onHole: (hole) => this.#miss(hole),
    });
    this.#processes = new Processes(redis, {
      prefix,
      id: this.id,
      timeout: processTimeout,
      others: () => this.roster.processes,
      onEnd: (process) => this.post({ type: 'down', process }),
    });
    redis.onChange = (reason) => this.#changeLink(reason);
  }

  get redis() {
    return this.#redis;
  }

  /** ID of the record that is applied at this moment. */
  get position() {
    return this.#reader.position;
  }

  /** Joins the other processes. Resolves when this one knows what they have. */
  async open() {
    await this.#reader.open();
    for (const process of await this.#processes.open()) this.#awaited.add(process);
    this.#postState(true);
    await this.#broker.until(() => this.#awaited.size === 0);
    this.#report(`${this.id} joined: ${this.#count()}`);
  }

  /**
   * Sends a record through the stream.
   *
   * @param {Record} record
   * @returns {Promise<unknown>} what it led to in this process, when it has come back
   * @throws {PlatformError} `UnavailableError` if too much waits for Redis
   */
  send(record) {
    if (!this.#outbox.isFull) return this.#outbox.add(record);
    const message = `Too much waits for Redis at ${this.#redis.place}: nothing was published.`;
    throw new PlatformError('UnavailableError', message);
  }

  /**
   * Sends a record without waiting. If there is no room for it, this process reports later what the
   * others need: the state of this process, and of which topics they lack events.
   *
   * @param {Record} record
   */
  post(record) {
    if (this.#closed) return;
    if (!this.#outbox.isFull) return void this.#outbox.add(record);
    this.#overflow ??= { topics: new Set(), since: Date.now() };
    if (record.type === 'event') this.#overflow.topics.add(record.event.topic);
  }

  /**
   * Sends a record, and resolves when it is in the stream. If the connection to Redis is lost, the
   * record waits for it, and the caller does not.
   *
   * @param {Record} record
   */
  async append(record) {
    if (this.#closed || this.#outbox.isFull) return this.post(record);
    let isDone = false;
    const finish = () => {
      isDone = true;
      this.#broker.checkWaiters();
    };
    this.#outbox.add(record).then(finish, finish);
    // A platform that closes ends the waiting.
    await this.#broker.until(() => isDone || this.#redis.lost !== undefined).catch(() => {});
  }

  /** Refuses what a caller waits for while there is no Redis. @param {string} what */
  requireLink(what) {
    const { lost } = this.#redis;
    if (lost !== undefined) throw new PlatformError('UnavailableError', `${what} was not published. ${lost}`);
  }

  /**
   * Resolves when everything that was in the stream before this call is applied here. Without a
   * connection to Redis it resolves at once.
   */
  async settle() {
    if (this.#redis.lost === undefined && !this.#closed) await this.#outbox.add({ type: 'mark' });
  }

  /** Characters that wait for Redis. */
  get waiting() {
    return this.#outbox.length;
  }

  /**
   * Resolves when everything that was sent so far is in the stream, even if Redis is away for long.
   *
   * @returns {Promise<boolean>} false if this was closed before
   */
  isPassedOn() {
    return this.#outbox.add({ type: 'mark' }).then(
      () => true,
      () => false,
    );
  }

  async close() {
    if (this.#closed) return;
    const isLinked = this.#redis.lost === undefined;
    if (isLinked) this.post({ type: 'down', process: this.id });
    this.#closed = true;
    this.#processes.close();
    if (isLinked) {
      const limit = new Promise((resolve) => setTimeout(resolve, LAST_RECORDS).unref());
      const last = Promise.all([this.#outbox.empty(), this.#processes.leave()]);
      await Promise.race([last, limit]).catch(() => {});
    }
    this.#outbox.close(new PlatformError('UnavailableError', 'The local platform was closed.'));
    this.#redis.close();
    await this.#reader.close();
  }

  /** @param {Entry} entry */
  #receive(entry) {
    const { process, number } = entry;
    const outgoing = process === this.id ? this.#outbox.take(number) : undefined;
    try {
      if (process !== this.id) this.#meet(entry);
      // The record itself: it was not copied, and its texts need no memory of their own.
      const result = this.#apply(outgoing ? { ...entry, record: outgoing.record } : entry);
      outgoing?.resolve(result);
    } catch (error) {
      if (outgoing) outgoing.reject(error);
      // Any process can refuse a record, and its sender says so. Anything else is a defect.
      else if (!(error instanceof PlatformError)) console.error(error);
    }
    if (!this.#outbox.isFull) this.#reportOverflow();
  }

  /** Reports a process that was unknown so far. @param {Entry} entry */
  #meet({ process, record }) {
    const isNew = !this.roster.processes.includes(process);
    if (!isNew || record.type === 'down') return;
    this.roster.meet(process);
    this.#report(`${process} joined: ${this.#count()}`);
  }

  /** @param {Entry} entry @returns {unknown} the result for the caller in this process */
  #apply({ id, process, record }) {
    const isOwn = process === this.id;
    switch (record.type) {
      case 'event':
        return this.#broker.spread(record.event);
      case 'message':
        return this.#broker.channels.spread(record);
      case 'moved':
        return this.#move(record, process, id);
      case 'down':
        return this.#end(record.process, id);
      case 'gap':
        return this.#broker.reportGap(record);
      case 'fault':
        if (isOwn) return this.faults.apply(record.name, record.options);
        return void this.faults.answer(record.call, record.name, record.options);
      default:
        return isOwn ? undefined : this.#applyForeign(process, record);
    }
  }

  /** What a process reports about itself. @param {string} process @param {Record} record */
  #applyForeign(process, record) {
    switch (record.type) {
      case 'presence':
        this.#applyPresence(process, record.event);
        break;
      case 'opened':
        this.roster.open(process, record.socketId);
        break;
      case 'closed':
        this.roster.close(process, record.socketId);
        break;
      case 'state': {
        const { left, joined } = this.roster.replace(process, record.connections, record.members);
        for (const member of left) this.#announce(PRESENCE.leave, member);
        for (const member of joined) this.#announce(PRESENCE.join, member);
        this.#awaited.delete(process);
        if (record.ask) this.#postState(false);
        break;
      }
      case 'done':
        this.faults.done(record.call, process, record.answer);
        break;
    }
    this.#broker.checkWaiters();
  }

  /** @param {string} process @param {LocalEvent} event */
  #applyPresence(process, event) {
    const member = /** @type {Member} */ (/** @type {unknown} */ (event.payload));
    const isChange =
      event.type === PRESENCE.join ? this.roster.join(process, member) : this.roster.leave(process, member);
    if (isChange) this.#broker.channels.announce(event);
  }

  /**
   * Presence that its own process does not report.
   *
   * @param {string} type
   * @param {Member} member
   * @param {string} [id]
   */
  #announce(type, { channel, socketId, joinedAt }, id) {
    this.#broker.channels.announce(composePresence(type, { channel, socketId, joinedAt }, id));
  }

  /**
   * A session is another process's from now on. Its channels notice nothing.
   *
   * @param {{ socketId: string, members: Member[] }} session
   * @param {string} process
   * @param {string} id of the record
   */
  #move({ socketId, members }, process, id) {
    this.roster.forgetSocket(socketId);
    this.onMoved(socketId, process);
    if (process !== this.id) for (const member of members) this.roster.join(process, member);
    this.#broker.checkWaiters();
    return id;
  }

  /** The leave of a member that no process has as its own. @param {Member} member */
  postLeave(member) {
    const event = composePresence(PRESENCE.leave, { ...member });
    this.post({ type: 'presence', event });
    this.#broker.channels.announce(event);
  }

  /** @param {string} process @param {string} entry ID of the entry that says so */
  #end(process, entry) {
    this.#awaited.delete(process);
    if (process === this.id) {
      // This process was silent, so the others have removed it. It reports its state again.
      if (!this.#closed) this.#postState(true);
      return;
    }
    const isKnown = this.roster.processes.includes(process);
    for (const member of this.roster.remove(process)) {
      // The same ID in all processes: it is one event.
      this.#announce(PRESENCE.leave, member, `msg_${entry}_${member.socketId}_${member.channel}`);
    }
    if (isKnown) this.#report(`${process} left: ${this.#count()}`);
    this.#broker.checkWaiters();
  }

  /** @param {Hole} hole */
  #miss({ since, reason }) {
    this.#report(reason);
    this.#broker.reportGap({ since, reason });
    // What the others did meanwhile, and what they may have missed of this process.
    this.#outbox.resend();
    this.#postState(true);
  }

  #reportOverflow() {
    if (this.#overflow === undefined) return;
    const { topics, since } = this.#overflow;
    this.#overflow = undefined;
    const reason = `Too much waited for Redis at ${this.#redis.place}.`;
    if (topics.size > 0) this.post({ type: 'gap', topics: [...topics], since, reason });
    this.#postState(false);
  }

  /** @param {boolean} ask asks the others for their states, too */
  #postState(ask) {
    const { connections, channels } = this.#broker;
    this.post({ type: 'state', connections: connections.all.map(({ id }) => id), members: channels.ownMembers(), ask });
  }

  /** @param {string} [reason] */
  #changeLink(reason) {
    this.#report(reason ?? `Redis at ${this.#redis.place} is back`);
    this.#broker.checkWaiters();
  }

  /** @param {string} text */
  #report(text) {
    const { activity } = this.#broker;
    if (activity.isWatched) activity.report({ type: 'process', text });
  }

  #count() {
    const count = this.roster.processes.length + 1;
    return `${count} process${count === 1 ? '' : 'es'}`;
  }
}
