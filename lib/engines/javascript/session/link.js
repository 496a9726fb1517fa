/** One link to the server, from the moment it opens. Dropping it forgets everything about it. */

import { Assembler } from '../protocol/attachments.js';
import { HeartbeatMonitor } from './machines/heartbeat.js';
import { SendBacklog } from './machines/send-backlog.js';
import { Watermark } from './machines/watermark.js';
import { Acks } from './tables/acks.js';
import { Requests } from './tables/requests.js';

/** @import { Frame } from './contract.js' */
/** @import { Session } from './session.js' */
/** @import { Handshake } from '../protocol/engine-io.js' */

/**
 * A connection that is ready.
 *
 * @typedef {object} Connected
 * @property {number} since
 * @property {number} silence how long the server may be silent
 * @property {number} [maxPayload] the largest frame that the server accepts
 * @property {{ interval: number, timeout: number }} [serverPings] the server's ping
 *   interval and timeout, where its pings need an answer
 */

/**
 * How many acks may wait for the link. A server that sends more events without reading gets no acks
 * for them, and sends them again.
 */
const MAX_OWED_ACKS = 2 ** 18;

/** An open link, and what the session knows about it. */
class Link {
  /**
   * The session waits for it, then for the answer to its request for the namespace.
   *
   * @type {Handshake | undefined}
   */
  handshake;
  /** The connection, once it is ready. @type {Connected | undefined} */
  connected;
  /** The server's id of this connection. @type {string | undefined} */
  socketId;
  /** Frames to send. @type {Frame[]} */
  frames = [];
  /**
   * The answer to the server's latest ping. It is sent before all other frames.
   *
   * @type {string | undefined}
   */
  pong;
  /**
   * The ids of the events to acknowledge: the server sends such an event again until its ack comes.
   * An ack has no arguments, and says only that the event has come.
   *
   * @type {number[]}
   */
  #owedAcks = [];
  /**
   * Those before them, the oldest last: to remove the first item of a long list is slow.
   *
   * @type {number[]}
   */
  #nextAcks = [];
  requests = new Requests();
  /** The requests that were not confirmed in time, and are not reported. @type {Set<number>} */
  overdue = new Set();
  sendBacklog = new SendBacklog();
  /** The first pause since the link was last read to its end. @type {number | undefined} */
  unreadSince;
  /** Since when the session has been asking for a sign of life. @type {number | undefined} */
  askedAt;

  /**
   * A link that has just opened, perhaps during a pause.
   *
   * @param {Session} session
   * @param {number} now
   */
  constructor({ codec, config, nextAckId, pausedBy, peer, timers }, now) {
    this.openedAt = now;
    this.codec = codec;
    this.assembler = new Assembler(config.maxMessageBytes);
    this.heartbeat = new HeartbeatMonitor(now, config.heartbeat, peer, this.sendBacklog, timers);
    this.acks = new Acks(nextAckId, timers);
    this.watermark = new Watermark(now);
    this.unreadSince = pausedBy?.since;
  }

  /** The server expects an ack, unless the id is undefined. @param {number | undefined} id */
  oweAck(id) {
    if (id !== undefined && this.#owedAcks.length + this.#nextAcks.length < MAX_OWED_ACKS) this.#owedAcks.push(id);
  }

  /** The next frame that goes ahead of all others: an answer that the server waits for. */
  pollAnswer() {
    const { pong } = this;
    this.pong = undefined;
    if (pong !== undefined) return pong;
    if (this.#nextAcks.length === 0) this.#nextAcks = this.#owedAcks.splice(0).reverse();
    const id = this.#nextAcks.pop();
    return id === undefined ? undefined : `43${id}[]`;
  }

  /**
   * Queues an event with one argument, an object or its JSON.
   *
   * @param {string} name
   * @param {object | string} body
   * @param {number} [ack]
   */
  pushEvent(name, body, ack) {
    this.frames.push(this.codec.event(name, typeof body === 'string' ? body : JSON.stringify(body), ack, 0));
  }
}

export { Link };
