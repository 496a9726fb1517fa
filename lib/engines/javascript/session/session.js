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
 * | the other files | slices of the session: each routes one kind of input to tables and machines |
 *
 * It is a port of the Rust session, room for room: traces of that one are replayed against it, and
 * both must say the same in the same order.
 */

import { utf8Length } from '#host';
import { handleAckTimeout } from './answers.js';
import { plain } from './codec/plain.js';
import { socketIo } from './codec/socket-io.js';
import { connect, handleOpen, sendPlainPing } from './connecting.js';
import {
  abandon,
  destroy,
  discardResumableSession,
  disconnect,
  handleClose,
  handleConnectTimeout,
  handleDisconnect,
} from './disconnecting.js';
import { discardSince, handleGapTimeout, reportDropped } from './gap-reports.js';
import { handleHeartbeatTimeout, handlePongs, handleProgress, pollPing, setCanPing } from './liveness.js';
import { Backoff } from './machines/backoff.js';
import { Confirmations } from './machines/confirmations.js';
import { Gaps } from './machines/gaps.js';
import { Peer } from './machines/peer.js';
import { Tokens } from './machines/tokens.js';
import { cutSlowConsumer, pause, resume } from './pausing.js';
import { handleAttachmentsTimeout, receive, receiveBinary } from './receive.js';
import { subscribe, unsubscribe } from './subscribing.js';
import { handleLifecycle, handleReconnectTimeout, handleSilence, Suspension } from './suspension.js';
import { Dedupe } from './tables/dedupe.js';
import { Interest } from './tables/interest.js';
import { Subscriptions } from './tables/subscriptions.js';
import { noTimers } from './tables/timer.js';
import { handleTokenTimeout, provideToken, refuseToken } from './token-renewal.js';

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
 * @import { Recovery } from './machines/recovery.js'
 * @import { Codec } from './codec/codec.js'
 * @import { Pause } from './pausing.js'
 * @import { Past, Phase } from './phase.js'
 */

/**
 * One client's connection, subscriptions and messages.
 *
 * The session does no I/O. Its driver owns one link at a time and calls four kinds of methods:
 *
 * - **Getters** such as {@link deadline}, {@link counters} and {@link socketId} change nothing.
 * - **`handle*`, {@link receive} and {@link receiveBinary}** tell the session what has happened,
 *   and when: the link has opened or ended, bytes and frames have come, the deadline has passed
 *   ({@link handleTimeout}).
 * - **Commands** are what the user wants: {@link connect}, {@link emit}, {@link subscribe},
 *   {@link pause}.
 * - **`poll*`** return what the driver has to do next. After every call of the other kinds the
 *   driver calls {@link pollOutput} until it returns undefined, and reads {@link deadline} again.
 *   {@link pollPing} and {@link pollFrame} return what to send; the driver calls them when the
 *   link has room.
 *
 * The session asks for a second link only after it has closed the first. Only its slices read the
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
  /** @type {Output[]} */
  outputs = [];
  count = {
    eventsReceived: 0,
    droppedRepeats: 0,
    droppedUnwanted: 0,
    reconnects: 0,
    bytesReceived: 0,
    bytesSent: 0,
  };

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
   * Delivery watermark: everything sent before this instant precedes the latest frame. It never
   * goes back.
   */
  sentBefore() {
    return this.watermark;
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

  /** Whether {@link pollOutput} has something to do. */
  hasOutput() {
    return this.outputs.length > 0;
  }

  /** Whether a ping has to be sent, before any other frame: see {@link pollPing}. */
  isPingDue() {
    return this.link?.heartbeat.isPingDue === true;
  }

  /** Whether the session does nothing and has nothing left to do. */
  isIdle() {
    return this.phase === 'idle' && !this.hasOutput() && this.messaging?.outbox.isClear() !== false;
  }

  /** What has happened so far. */
  counters() {
    return this.count;
  }

  /** How many answers of the server are pending. */
  pendingAcks() {
    return this.link?.acks.size ?? 0;
  }

  /** How many subscriptions are live. */
  subscriptionCount() {
    return this.subscriptions.len();
  }

  /** Why the session asks the user for a token; undefined: it waits for none. */
  tokenWanted() {
    return this.tokens.wanted;
  }

  /** Whether the newest token can be used. @param {number} now */
  tokenState(now) {
    return this.tokens.state(now);
  }

  /** The newest token. */
  newestToken() {
    return this.tokens.newest;
  }

  /** The driver has opened the link. @param {number} now */
  handleOpen(now) {
    handleOpen(this, now);
  }

  /**
   * The dial has failed, or the link is lost.
   *
   * @param {number} now
   * @param {string} reason
   * @param {Failure} [failure]
   */
  handleDisconnect(now, reason, failure) {
    handleDisconnect(this, now, reason, failure);
  }

  /** The server has closed the link without a reason. @param {number} now @param {string} reason */
  handleClose(now, reason) {
    handleClose(this, now, reason);
  }

  /** The server may take the link to be alive. Call this before the link's end is handled. */
  discardResumableSession() {
    discardResumableSession(this);
  }

  /** A deadline has passed. @param {number} now */
  handleTimeout(now) {
    for (let timer = this.#due(now); timer >= 0; timer = this.#due(now)) {
      this.timers[timer] = Infinity;
      HANDLERS[timer](this, now);
    }
  }

  /** @param {number} now @param {number} written @param {number} arrived */
  handleProgress(now, written, arrived) {
    handleProgress(this, now, written, arrived);
  }

  /** @param {number} now @param {number} count */
  handlePongs(now, count) {
    handlePongs(this, now, count);
  }

  /**
   * Sets whether the link can carry our pings: a WebSocket can, long-polling cannot.
   *
   * @param {number} now
   * @param {boolean} canPing
   * @param {boolean} [sendsControl] whether the runtime can send ping frames; browsers cannot
   */
  setCanPing(now, canPing, sendsControl) {
    setCanPing(this, now, canPing, sendsControl);
  }

  /** @param {number} now @param {string} frame */
  receive(now, frame) {
    return receive(this, now, frame);
  }

  /** @param {number} now @param {Uint8Array} frame */
  receiveBinary(now, frame) {
    return receiveBinary(this, now, frame);
  }

  /**
   * @param {number} since
   * @param {number} until
   * @param {number} count
   * @param {(topic: string) => boolean} concerns
   */
  reportDropped(since, until, count, concerns) {
    reportDropped(this, since, until, count, concerns);
  }

  /** @param {number} since */
  discardSince(since) {
    discardSince(this, since);
  }

  /** @param {number} now */
  connect(now) {
    connect(this, now);
  }

  disconnect() {
    disconnect(this);
  }

  /** @param {string} reason */
  abandon(reason) {
    abandon(this, reason);
  }

  destroy() {
    destroy(this);
  }

  /** @param {number} now @param {number} events @param {number} bytes */
  pause(now, events, bytes) {
    pause(this, now, events, bytes);
  }

  /** @param {number} now */
  resume(now) {
    resume(this, now);
  }

  /**
   * The page or the app lives on: see `suspension.js`.
   *
   * @param {number} now
   * @param {LifecycleSignal} signal
   */
  handleLifecycle(now, signal) {
    handleLifecycle(this, now, signal);
  }

  /**
   * @param {number} now
   * @param {string} topic
   * @param {string} [filter] JSON text
   * @param {string} [returnMode]
   */
  subscribe(now, topic, filter, returnMode) {
    return subscribe(this, now, topic, filter, returnMode);
  }

  /** @param {string} subscriptionId */
  unsubscribe(subscriptionId) {
    return unsubscribe(this, subscriptionId);
  }

  /**
   * Adds or removes listeners of a topic (null: of every topic).
   *
   * @param {string | null} topic
   * @param {boolean} wanted
   */
  listen(topic, wanted) {
    this.interest.set(topic, wanted);
  }

  /** Adds or removes listeners of messages and presence, in any channel. @param {boolean} wanted */
  listenToMessages(wanted) {
    this.interest.setMessages(wanted);
  }

  /** Treats everything as listened to until {@link endOfTurn}. */
  assumeInterest() {
    this.interest.assumeAll();
  }

  /**
   * The user's code has finished its turn: drops the interest in topics that have lost their
   * listeners. Until then the session keeps it, since the user may be about to replace a listener.
   */
  endOfTurn() {
    this.interest.endOfTurn();
  }

  /** @param {number} now @param {Token} token */
  provideToken(now, token) {
    provideToken(this, now, token);
  }

  /** @param {number} now */
  refuseToken(now) {
    return refuseToken(this, now);
  }

  /**
   * Returns the next thing to do. {@link pollFrame} returns frames, since they may have to wait
   * for the link.
   */
  pollOutput() {
    return this.outputs.shift();
  }

  /** Returns the next frame to send. Call this when the link has room. @param {number} now */
  pollFrame(now) {
    const frame = this.link?.pollAnswer() ?? this.#pollQueuedFrame(now);
    if (frame !== undefined) this.count.bytesSent += typeof frame === 'string' ? utf8Length(frame) : frame.length;
    return frame;
  }

  /** @param {number} now */
  pollPing(now) {
    return pollPing(this, now);
  }

  /** The token to dial with. */
  dialToken() {
    return this.tokens.present();
  }

  /** @param {number} now */
  #pollQueuedFrame(now) {
    if (this.link?.frames.length === 0) this.messaging?.frameMessage(now);
    return this.link?.frames.shift();
  }

  /** The first timer that is due; negative: none. @param {number} now */
  #due(now) {
    return this.timers.findIndex((at) => at <= now);
  }
}

/**
 * What handles each timer, in the order of `tables/timer.js`.
 *
 * @type {((session: Session, now: number) => void)[]}
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
