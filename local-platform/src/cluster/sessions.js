/**
 * Connection State Recovery across processes. The official adapter for Redis streams stores a
 * session and gives it out once; the events that its client missed are in the stream of all
 * processes, and the session's subscriptions and channels say which of them it wants.
 *
 * A session is stored with each change of its subscriptions and channels, and not only by the
 * process that notices the end of the link: so it survives a process that is killed.
 */

import { clearInterval, setInterval } from 'node:timers';
import { Identity } from '../auth/identity.js';
import { Connection } from '../broker/connection.js';
import { cutEvent } from '../broker/event.js';
import { compileFilter } from '../broker/filter.js';
import { PRESENCE, VERBS } from '../vocabulary.js';
import { isUpTo } from './reader.js';
import { decode } from './record.js';

/** @import { Adapter } from 'socket.io-adapter' */
/** @import { LocalEvent } from '../../index.js' */
/** @import { Snapshot } from '../broker/connection.js' */
/** @import { Cluster } from './cluster.js' */
/** @import { Record } from './record.js' */

/**
 * What the gateway does for a session.
 *
 * @typedef {object} Gateway
 * @property {(socketId: string) => Connection | undefined} find a session that this process has
 * @property {(socketId: string, create: () => Connection) => void} expect the client comes here:
 *   its events are queued until it is connected
 * @property {(socketId: string) => void} drop the client has gone to another process
 */
/**
 * @typedef {{ sid: string, pid: string, rooms: string[], data: Snapshot, missedPackets: unknown[][] }} Session
 */

export class ClusterSessions {
  #cluster;
  #broker;
  #gateway;
  #duration;
  /**
   * @type {{ persistSession: (session: any) => void, restoreSession: (pid: string, offset: string) => Promise<any> } | undefined}
   */
  #store;
  /** The last write of a session. @type {Promise<unknown>} */
  #written = Promise.resolve();
  /** Sessions that are on their way to this process. @type {Map<string, Snapshot>} */
  #arriving = new Map();
  /** Open sessions: their keys expire. @type {Map<string, string>} private ID by socket ID */
  #open = new Map();
  /** @type {NodeJS.Timeout} */
  #timer;

  /**
   * @param {Cluster} cluster
   * @param {import('../broker/broker.js').Broker} broker
   * @param {Gateway} gateway
   * @param {number} duration how long a session can be recovered, in ms
   */
  constructor(cluster, broker, gateway, duration) {
    this.#cluster = cluster;
    this.#broker = broker;
    this.#gateway = gateway;
    this.#duration = duration;
    cluster.onMoved = (socketId, process) => this.#move(socketId, process);
    this.#timer = setInterval(() => {
      for (const [socketId] of this.#open) void this.save(socketId);
    }, duration / 3).unref();
  }

  /** For `io.adapter()`. */
  async adapter() {
    const { createAdapter } = await import('@socket.io/redis-streams-adapter');
    const { stream: streamName, sessions: sessionKeyPrefix } = this.#cluster.keys;
    const make = createAdapter(this.#client(), { streamName, sessionKeyPrefix });
    const attach = (/** @type {Adapter} */ adapter) => this.#attach(adapter);
    // Socket.IO calls it with `new`.
    return /** @this {unknown} */ function create(/** @type {unknown} */ namespace) {
      return attach(/** @type {Adapter} */ (make(namespace)));
    };
  }

  /** @param {Adapter} adapter */
  #attach(adapter) {
    this.#store = {
      persistSession: adapter.persistSession.bind(adapter),
      restoreSession: adapter.restoreSession.bind(adapter),
    };
    adapter.persistSession = ({ sid, pid }) => this.#persist(sid, pid);
    adapter.restoreSession = (pid, offset) => /** @type {any} */ (this.#restore(pid, offset));
    return adapter;
  }

  /** @param {string} socketId @param {string} pid its private ID */
  open(socketId, pid) {
    this.#open.set(socketId, pid);
    return this.save(socketId);
  }

  /** The link has ended. @param {string} socketId */
  close(socketId) {
    this.#open.delete(socketId);
  }

  /** Stores the session of an open connection as it is now. @param {string} socketId */
  save(socketId) {
    const pid = this.#open.get(socketId);
    if (pid !== undefined) this.#persist(socketId, pid);
    return this.#written;
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** Stores a session whose client was refused. @param {string} socketId @param {string} pid */
  keep(socketId, pid) {
    this.#persist(socketId, pid);
  }

  /** @param {string} sid @param {string} pid */
  #persist(sid, pid) {
    const connection = this.#gateway.find(sid);
    if (connection) this.#store?.persistSession({ sid, pid, rooms: [sid], data: connection.snapshot() });
  }

  /**
   * The session with the events that its client missed. Its new process receives everything behind
   * the record `moved`, and its former one nothing more: so no event is lost or sent twice.
   *
   * @param {string} pid
   * @param {string} offset the last record that the client has received an event of
   * @returns {Promise<Session | null>}
   */
  async #restore(pid, offset) {
    const session = /** @type {Session} */ (await this.#store?.restoreSession(pid, offset));
    const { sid, data } = session;
    const members = data.channels.map((membership) => ({ ...membership, socketId: sid }));
    this.#arriving.set(sid, data);
    const moved = String(await this.#cluster.send({ type: 'moved', socketId: sid, members }));
    const missed = await this.#missed(sid, data, offset, moved);
    if (missed !== undefined) return { ...session, data: /** @type {any} */ ({}), missedPackets: missed };
    this.#gateway.drop(sid);
    for (const member of members) this.#cluster.postLeave(member);
    return null;
  }

  /** @param {string} socketId @param {string} process */
  #move(socketId, process) {
    const data = this.#arriving.get(socketId);
    this.#arriving.delete(socketId);
    if (process !== this.#cluster.id || data === undefined) return this.#gateway.drop(socketId);
    this.#gateway.expect(socketId, () => this.#create(socketId, data));
  }

  /** @param {string} id @param {Snapshot} data */
  #create(id, data) {
    const { sub, applicationId, environment } = data;
    // Until its token is checked, it has no permissions.
    const identity = new Identity({ sub, permissions: [], applicationId, environment, expiresAt: 0 });
    const connection = new Connection(this.#broker, {
      id,
      protocol: 'socket.io',
      identity,
      deliver: () => {},
      reportGap: () => {},
    });
    connection.restore(data);
    return connection;
  }

  /**
   * @param {string} socketId
   * @param {Snapshot} data
   * @param {string} offset
   * @param {string} end
   * @returns {Promise<unknown[][] | undefined>} undefined if it cannot be known what was missed
   */
  async #missed(socketId, data, offset, end) {
    const entries = (await this.#cluster.redis.commands.xRange(this.#cluster.keys.stream, offset, end)) ?? [];
    const channels = new Set(data.channels.map(({ channel }) => channel));
    const topics = data.subscriptions.map((subscription) => ({
      ...subscription,
      matches: compileFilter(subscription.filter),
    }));
    /** @type {Map<string, number>} */
    const last = new Map();
    const packets = [];
    for (const { id, message } of entries) {
      const entry = decode(String(id), /** @type {any} */ (message));
      if (entry === undefined || entry.number <= (last.get(entry.process) ?? 0)) continue;
      last.set(entry.process, entry.number);
      if (isUpTo(entry.id, offset)) continue;
      const { record } = entry;
      // The members of a process that has ended left without a record of their own.
      const hasLeft = record.type === 'presence' && isLeaveOf(record.event, socketId);
      if (channels.size > 0 && (hasLeft || record.type === 'down')) return undefined;
      const event = eventFor(record, { socketId, channels, topics });
      if (event) packets.push([VERBS.event, event, entry.id]);
      if (record.type === 'gap') {
        const durationMs = Math.max(0, Date.now() - record.since);
        packets.push([VERBS.gap, { topics: record.topics, reason: record.reason, durationMs }, entry.id]);
      }
    }
    return packets;
  }

  /**
   * What the adapter needs of a client. It reads nothing: the cluster reads the stream.
   *
   * @returns {any}
   */
  #client() {
    const { redis } = this.#cluster;
    const idle = { on() {}, async connect() {}, subscribe() {}, disconnect() {}, sSubscribe() {}, xRead: () => NEVER };
    return {
      // By this method, the adapter knows the package `redis`.
      sSubscribe() {},
      duplicate: () => idle,
      multi: () => redis.commands.multi(),
      set: (/** @type {string} */ key, /** @type {string} */ value) => {
        const expiration = { type: /** @type {const} */ ('PX'), value: this.#duration };
        // Without Redis there is no recovery. The link itself is as good as before.
        this.#written = redis.commands.set(key, value, { expiration }).catch(() => {});
        return this.#written;
      },
      xRange: async (/** @type {string} */ key, /** @type {string} */ start, /** @type {string} */ end) =>
        start === end ? redis.commands.xRange(key, start, end) : [],
    };
  }
}

/** @type {Promise<never>} */
const NEVER = new Promise(() => {});

/** @param {LocalEvent} event @param {string} socketId */
const isLeaveOf = ({ type, payload }, socketId) => type === PRESENCE.leave && payload.socketId === socketId;

/**
 * The event of a record as a session receives it.
 *
 * @param {Record} record
 * @param {{ socketId: string, channels: Set<string>, topics: (Snapshot['subscriptions'][number] & {
 *   matches: (payload: { [member: string]: unknown }) => boolean })[] }} session
 * @returns {LocalEvent | undefined}
 */
function eventFor(record, { socketId, channels, topics }) {
  switch (record.type) {
    case 'event': {
      const { event } = record;
      const wanted = topics.filter(({ topic, matches }) => topic === event.topic && matches(event.payload));
      return wanted.length === 0 ? undefined : cutEvent(event, new Set(wanted.map(({ returnMode }) => returnMode)));
    }
    case 'message': {
      const { event, channel, target } = record;
      const isReceiver = channel === undefined ? target === socketId : channels.has(channel);
      return isReceiver && event.metadata.from !== socketId ? event : undefined;
    }
    case 'presence':
      return channels.has(record.event.topic) && record.event.payload.socketId !== socketId ? record.event : undefined;
    default:
      return undefined;
  }
}
