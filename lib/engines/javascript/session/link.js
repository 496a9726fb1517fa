/** One link to the server, from the moment it opens. Dropping it forgets everything about it. */

import { Codec } from './codec/codec.js';
import { SendBacklog } from './machines/send-backlog.js';
import { SlowConsumer } from './machines/slow-consumer.js';
import { Watermark } from './machines/watermark.js';
import { OwedAcks } from './tables/owed-acks.js';
import { Requests } from './tables/requests.js';
import { ACK, HEARTBEAT, SLOW_CONSUMER } from './tables/timer.js';
import { Timers } from './tables/timers.js';

/** @import { Frame } from './contract.js' */
/** @import { HeartbeatMonitor } from './machines/heartbeat.js' */
/** @import { Pause } from './machines/slow-consumer.js' */
/** @import { Acks, PendingRequest } from './tables/acks.js' */
/** @import { Handshake } from '../protocol/engine-io.js' */

/**
 * How far an open link has got. Opening: the session waits for the Engine.IO handshake. Joining:
 * it has requested the namespace, and waits for the answer. Connected: the connection is ready.
 *
 * @typedef {{ name: 'opening' } | { name: 'joining', handshake: Handshake } | Connected} Stage
 */
/**
 * A connection that is ready.
 *
 * @typedef {object} Connected
 * @property {'connected'} name
 * @property {number} since
 * @property {number} silence how long the server may be silent
 * @property {number} [maxPayload] the largest frame that the server accepts
 * @property {{ interval: number, timeout: number }} [serverPings] the server's ping
 *   interval and timeout, where its pings need an answer
 */

/** An open link, and what the session knows about it. */
class Link {
  /** @type {Stage} */
  stage = { name: 'opening' };
  #openedAt;
  /** The server's id of this connection. @type {string | undefined} */
  socketId;
  codec;
  /** Frames to send. @type {Frame[]} */
  frames = [];
  /**
   * The answer to the server's latest ping. It is sent before all other frames.
   *
   * @type {string | undefined}
   */
  pong;
  owedAcks = new OwedAcks();
  acks;
  requests = new Requests();
  /** The requests that were not confirmed in time, and are not reported. @type {Set<number>} */
  overdue = new Set();
  heartbeat;
  sendBacklog = new SendBacklog();
  watermark;
  slowConsumer;
  /** Since when the session has been asking for a sign of life. @type {number | undefined} */
  askedAt;
  /** The link's deadlines, but for the heartbeat's. */
  timers = new Timers();

  /**
   * A link that has just opened.
   *
   * @param {number} now
   * @param {Codec} codec
   * @param {HeartbeatMonitor} heartbeat
   * @param {Acks} acks
   * @param {Pause | undefined} pause
   */
  constructor(now, codec, heartbeat, acks, pause) {
    this.#openedAt = now;
    this.codec = codec;
    this.heartbeat = heartbeat;
    this.acks = acks;
    this.watermark = new Watermark(now);
    this.slowConsumer = new SlowConsumer(pause);
  }

  /** The connection, once it is ready. */
  get connected() {
    return this.stage.name === 'connected' ? this.stage : undefined;
  }

  /** The earliest deadline. */
  deadline() {
    return earliest(this.timers.next(), this.heartbeat.deadline);
  }

  /** The first timer that is due. @param {number} now */
  due(now) {
    const { deadline } = this.heartbeat;
    return earliest(this.timers.due(now), deadline !== undefined && deadline <= now ? HEARTBEAT : undefined);
  }

  /** @param {number} timer */
  clear(timer) {
    if (timer === HEARTBEAT) this.heartbeat.deadline = undefined;
    else this.timers.clear(timer);
  }

  /** The next frame that goes ahead of all others: an answer that the server waits for. */
  pollAnswer() {
    const { pong } = this;
    this.pong = undefined;
    if (pong !== undefined) return pong;
    const id = this.owedAcks.pop();
    return id === undefined ? undefined : Codec.ack(id);
  }

  /**
   * Queues an event with one argument, a JSON text.
   *
   * @param {string} name
   * @param {string} payload
   * @param {number} [ack]
   */
  pushEvent(name, payload, ack) {
    this.frames.push(this.codec.event(name, payload, ack, 0));
  }

  /**
   * Adds a pending request and returns its id; undefined when too many are pending.
   *
   * @param {PendingRequest} request
   * @param {number} deadline
   */
  insertRequest(request, deadline) {
    const ack = this.acks.insert(request, deadline);
    this.watchAcks();
    return ack;
  }

  /** Removes the pending request that an answer belongs to. @param {number} id */
  removeRequest(id) {
    const request = this.acks.remove(id);
    this.watchAcks();
    return request;
  }

  /** Sets the deadline of the earliest pending request. */
  watchAcks() {
    this.timers.assign(ACK, this.acks.deadline);
  }

  /**
   * Sets the deadline for the user to make room in the inbox. Until the connection is ready,
   * `connectTimeout` bounds the pause.
   *
   * @param {Pause | undefined} pause
   * @param {number | undefined} maxPause
   */
  watchSlowConsumer(pause, maxPause) {
    const { connected } = this;
    const tolerance = connected && {
      openedAt: this.#openedAt,
      pings: connected.serverPings,
      answeredAt: this.watermark.serverPingAnsweredAt,
    };
    this.timers.assign(SLOW_CONSUMER, pause && tolerance && this.slowConsumer.deadline(pause, tolerance, maxPause));
  }
}

/** The smaller of two numbers that may be undefined. @param {number} [a] @param {number} [b] */
function earliest(a, b) {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

export { earliest, Link };
