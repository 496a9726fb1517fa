/**
 * The state machine of a client: no sockets, no clock, no timers, no randomness of its own.
 *
 * ```text
 *              connect             handleOpen          handshake            CONNECT
 *   idle ─────────────────▶ dialing ─────────▶ opening ─────────▶ joining ─────────▶ connected
 *    ▲                        ▲  │ handleDisconnect, timeout         │                   │
 *    │                  delay │  ▼                 ▼                 ▼                   ▼
 *    └──────────────────── waiting ◀──────────────────────────────────────────────────────
 *      disconnect, refused, no attempts left
 * ```
 *
 * Opening, joining and connected are the stages of an open {@link Link}, which owns everything
 * that ends with it. If the user provides the tokens, asking comes before dialing when no token is
 * valid; see `machines/tokens.js`. The plain protocol has no handshake: there an open link is
 * connected at once.
 *
 * | files | what they are |
 * |---|---|
 * | `phase.js`, `link.js`, `output.js`, `contract.d.ts` | the phases, the link, what the session takes and returns |
 * | `tables/` | what the session remembers |
 * | `machines/` | concerns that own their state and deadlines, and know nothing of the session |
 * | `codec/` | the two protocols: frames to meanings and back |
 * | `meter/` | what the session measures if the user wants it, loaded then |
 * | `messaging.js` | messages and channels, which the entry `core` leaves out |
 * | the other files | slices of the session: each routes one kind of input to tables and machines |
 *
 * It is a port of the Rust session: traces of that one are replayed against it, and both must say
 * the same in the same order. What only speed or another driver needs is not here.
 */

import { utf8Length } from '#host';
import { plain } from '#plain';
import { handleAckTimeout } from './answers.js';
import { socketIo } from './codec/socket-io.js';
import { sendPlainPing } from './connecting.js';
import { handleConnectTimeout } from './disconnecting.js';
import { handleGapTimeout } from './gap-reports.js';
import { handleHeartbeatTimeout } from './liveness.js';
import { Backoff } from './machines/backoff.js';
import { Confirmations } from './machines/confirmations.js';
import { Gaps } from './machines/gaps.js';
import { Peer } from './machines/peer.js';
import { Tokens } from './machines/tokens.js';
import { cutSlowConsumer } from './pausing.js';
import { handleAttachmentsTimeout } from './receive.js';
import { handleReconnectTimeout, handleSilence, Suspension } from './suspension.js';
import { Dedupe } from './tables/dedupe.js';
import { Interest } from './tables/interest.js';
import { Subscriptions } from './tables/subscriptions.js';
import { noTimers } from './tables/timer.js';
import { handleTokenTimeout } from './token-renewal.js';

/**
 * @typedef {import('./contract.js').Counters} Counters
 * @typedef {import('./contract.js').Event} Event
 * @typedef {import('./contract.js').Failure} Failure
 * @typedef {import('./contract.js').Frame} Frame
 * @typedef {import('./contract.js').HangUp} HangUp
 * @typedef {import('./contract.js').Heartbeat} Heartbeat
 * @typedef {import('./contract.js').Message} Message
 * @typedef {import('./contract.js').Notice} Notice
 * @typedef {import('./contract.js').OutboxLimits} OutboxLimits
 * @typedef {import('./contract.js').Output} Output
 * @typedef {import('./contract.js').Ping} Ping
 * @typedef {import('./contract.js').Random} Random
 * @typedef {import('./contract.js').ReconnectPolicy} ReconnectPolicy
 * @typedef {import('./contract.js').Report} Report
 * @typedef {import('./contract.js').SessionConfig} SessionConfig
 * @typedef {import('./contract.js').Token} Token
 * @typedef {import('./contract.js').TokenReason} TokenReason
 * @typedef {import('./contract.js').TokenState} TokenState
 */
/**
 * @import { LifecycleSignal } from '../../../../index.js'
 * @import { Link } from './link.js'
 * @import { Meter } from './meter/meter.js'
 * @import { Recovery } from './machines/recovery.js'
 * @import { Codec } from './codec/codec.js'
 * @import { Pause } from './pausing.js'
 * @import { Past, Phase } from './phase.js'
 */

/**
 * One client's connection, subscriptions and messages.
 *
 * The session does no I/O. Its driver owns one link at a time and does four kinds of things:
 *
 * - It **reads** fields such as `count` and `watermark`, and {@link deadline}.
 * - It tells the session what has happened, and when, by the functions `handle*`, `receive` and
 *   `receiveBinary` of the slices: the link has opened or ended, frames have come, the deadline has
 *   passed ({@link handleTimeout}).
 * - It passes on what the user wants, by functions such as `connect`, `subscribe` and `pause`.
 * - After every such call it takes what the session wants from `outputs` until none is left, and
 *   reads {@link deadline} again. When the link has room, `pollPing` and {@link pollFrame} return
 *   what to send.
 *
 * The session asks for a second link only after it has closed the first. Only its slices change the
 * fields.
 */
class Session {
  /** @type {Phase} */
  phase = 'idle';
  /** The open link. @type {Link | undefined} */
  link;
  /** The state that the user was told last, as JSON. */
  announced = '["disconnected",null]';
  /** @type {Past} */
  past = 'never';
  backoff = new Backoff();
  /** @type {Recovery | undefined} */
  recovery;
  /** The inbox is full: the session reads no link, and dials none. @type {Pause | undefined} */
  pausedBy;
  suspension = new Suspension();
  gaps = new Gaps();
  timers = noTimers();
  subscriptions = new Subscriptions();
  interest = new Interest();
  confirmations = new Confirmations();
  /** The first id for answers on the next link. */
  nextAckId = 0;
  dedupe = new Dedupe();
  /** What the driver has to do next. @type {Output[]} */
  outputs = [];
  count = {
    eventsReceived: 0,
    droppedRepeats: 0,
    droppedUnwanted: 0,
    gaps: 0,
    reconnects: 0,
    bytesReceived: 0,
    bytesSent: 0,
  };
  /** Measures what the user wants, once it is loaded. @type {Meter | undefined} */
  meter;

  /**
   * A session that is idle.
   *
   * @param {SessionConfig} config
   * @param {Random} random
   * @param {number} now
   */
  constructor(config, random, now) {
    this.config = config;
    this.random = random;
    /** @type {Codec} */
    this.codec = config.protocol === 'ws' ? plain : socketIo;
    this.peer = new Peer(config.protocol);
    this.tokens = new Tokens(config.token, now);
    this.messaging = config.Messaging && new config.Messaging(this);
    this.watermark = now;
  }

  /** When {@link handleTimeout} is due; Infinity: never. */
  deadline() {
    return Math.min(...this.timers);
  }

  /**
   * Whether any live subscription or channel wants this event.
   *
   * @param {Event & { payload?: unknown }} event
   */
  wants(event) {
    return this.subscriptions.want(event.topic, event.payload) || this.messaging?.isMessage(event) === true;
  }

  /** The server's id of this connection; undefined while there is no connection. */
  socketId() {
    return this.link?.connected && this.link.socketId;
  }

  /** Whether the session does nothing and has nothing left to do. */
  isIdle() {
    return this.phase === 'idle' && this.outputs.length === 0 && this.messaging?.outbox.isClear() !== false;
  }

  /** A deadline has passed. @param {number} now */
  handleTimeout(now) {
    for (let timer = this.#due(now); timer >= 0; timer = this.#due(now)) {
      this.timers[timer] = Infinity;
      // The timers of a link are set only while there is one.
      HANDLERS[timer](this, now, /** @type {Link} */ (this.link));
    }
  }

  /**
   * Returns the next frame to send. Call this when the link has room.
   *
   * @param {number} now
   * @returns {Frame | undefined}
   */
  pollFrame(now) {
    const { link } = this;
    /** @type {Frame | undefined} */
    let frame = link?.pollAnswer();
    if (frame === undefined) {
      if (link?.frames.length === 0) this.messaging?.frameMessage(now);
      frame = link?.frames.shift();
    }
    if (link && frame !== undefined) {
      this.count.bytesSent += typeof frame === 'string' ? utf8Length(frame) : frame.length;
      this.meter?.handleFrame(now, link);
    }
    return frame;
  }

  /** The first timer that is due; negative: none. @param {number} now */
  #due(now) {
    return this.timers.findIndex((at) => at <= now);
  }
}

/**
 * What handles each timer, in the order of `tables/timer.js`.
 *
 * @type {((session: Session, now: number, link: Link) => void)[]}
 */
const HANDLERS = [
  handleConnectTimeout,
  handleReconnectTimeout,
  handleSilence,
  sendPlainPing,
  handleHeartbeatTimeout,
  handleAttachmentsTimeout,
  handleAckTimeout,
  ({ messaging }, now) => messaging?.handleOutboxTimeout(now),
  ({ messaging }, now) => messaging?.handleJoinTimeout(now),
  handleTokenTimeout,
  handleGapTimeout,
  cutSlowConsumer,
];

export { Session };
