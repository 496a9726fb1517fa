/**
 * The driver: connects a session to its link, its timer and its inbox. It owns one link at a time.
 *
 * The session decides everything; the driver tells it what has happened, then does what it asks
 * for. Handlers of the user run only inside `onReady`, and that is called last, or in a later turn
 * where the user's own call has led here.
 */

import { Clock } from './clock.js';
import { Inbox } from './inbox/inbox.js';
import { handleOpen } from './session/connecting.js';
import { abandon, discardResumableSession, handleClose, handleDisconnect } from './session/disconnecting.js';
import { reportDropped } from './session/gap-reports.js';
import { handlePongs, handleProgress, pollPing, setCanPing } from './session/liveness.js';
import { pause, resume } from './session/pausing.js';
import { receive, receiveBinary } from './session/receive.js';
import { Session } from './session/session.js';
import { handleLifecycle } from './session/suspension.js';

/** @import { EngineConfig } from '../engine.js' */
/** @import { LifecycleSignal, LifecycleSource } from '../../../index.js' */
/** @import { HangUp, SessionConfig, Token } from './session/contract.js' */
/** @import { Endpoint, Link, LinkHandlers, Loss } from './transport/transport.js' */

/**
 * What the driver needs of the runtime and of its owner.
 *
 * @typedef {object} Deps
 * @property {Endpoint} endpoint
 * @property {Pick<SessionConfig, 'Messaging'>} [features]
 * @property {() => void} onReady
 * @property {LifecycleSource} [lifecycle]
 * @property {() => number} now a clock that never goes back
 * @property {() => number} unix the clock on the wall
 * @property {typeof import('#host').later} later
 * @property {typeof import('#host').cancel} cancel
 * @property {typeof import('#host').yieldTurn} yieldTurn
 * @property {() => number} random
 */

/** The longest delay of a timer. */
const MAX_DELAY = 0x7fff_ffff;
/** After a delay of this many milliseconds, a timer lets the frames that have arrived go first. */
const LATE = 10;
/** After a delay of this many milliseconds, the silence before it proves nothing. */
const VERY_LATE = 1000;
/** The WebSocket close code of an orderly close. */
const NORMAL_CLOSURE = 1000;
/** A machine reaches itself without any network. */
const LOOPBACK = /^https?:\/\/(localhost|127\.[\d.]+|\[::1\])([:/]|$)/;

class Driver {
  /** @type {Session} */
  session;
  /** @type {Inbox} */
  inbox;
  clock;
  #deps;
  #isLocal;
  /** The link, once it is open. @type {Link | undefined} */
  #link;
  /** Cancels the dial under way. @type {(() => void) | undefined} */
  #cancelDial;
  #isClosing = false;
  /** The session asked for a dial while the former link was still closing. */
  #dialNext = false;
  /** The token that the link knows. @type {Token | undefined} */
  #token;
  /** The bytes of the frames that belong to the next event. */
  #frameBytes = 0;
  /** @type {import('#host').Timer | undefined} */
  #timer;
  #timerAt = Infinity;
  /** Holds the process. @type {import('#host').Timer | undefined} */
  #hold;
  #isReferenced = true;
  /** @type {(() => void) | undefined} */
  #unsubscribe;

  /**
   * @param {EngineConfig} config
   * @param {Omit<SessionConfig, 'unixTime'>} sessionConfig
   * @param {Deps} deps
   */
  constructor(config, sessionConfig, deps) {
    this.#deps = deps;
    this.#isLocal = LOOPBACK.test(config.url);
    this.clock = new Clock(deps);
    const now = this.clock.now();
    const { unixTime } = this.clock;
    this.session = new Session({ ...sessionConfig, unixTime }, deps.random, now);
    this.inbox = new Inbox(now, config.inbox, config.coalesceMs, (event) => this.session.wants(event));
  }

  /** The transport of the link. */
  get transport() {
    return this.#link?.transport ?? null;
  }

  /**
   * Runs a command of the user. Its notices come in a later turn: the user may add handlers until
   * then.
   *
   * @template T
   * @param {(session: Session, now: number) => T} command
   * @returns {T}
   */
  command(command) {
    try {
      return command(this.session, this.clock.now());
    } finally {
      this.#serve();
      if (this.#isWakeDue()) this.#deps.yieldTurn(this.#deps.onReady);
    }
  }

  /** The user has taken an item: there may be room again. */
  handleDrain() {
    if (this.inbox.isAwaited()) this.command(() => {});
  }

  /** Whether the process waits for this driver. @param {boolean} isReferenced */
  hold(isReferenced) {
    this.#isReferenced = isReferenced;
    this.#link?.hold(isReferenced);
    this.#updateHold();
  }

  /** @type {LinkHandlers} */
  #handlers = {
    onOpen: (link) =>
      this.#turn((now) => {
        this.#cancelDial = undefined;
        this.#link = link;
        link.hold(this.#isReferenced);
        this.#notePings(link, now);
        handleOpen(this.session, now);
      }),
    onMessage: (frame) => this.#turn((now) => this.#receive(frame, now)),
    // A WebSocket that has replaced long-polling holds the process again.
    onProgress: () => this.#turn(() => this.#link?.hold(this.#isReferenced)),
    onLost: (loss) => this.#turn((now) => this.#handleLoss(loss, now)),
  };

  /** @param {string | Uint8Array} frame @param {number} now */
  #receive(frame, now) {
    const { session } = this;
    const isText = typeof frame === 'string';
    this.#frameBytes = frame.length + (isText ? 0 : this.#frameBytes);
    const event = isText ? receive(session, now, frame) : receiveBinary(session, now, frame);
    if (event !== undefined) this.inbox.push(now, session.watermark, event, this.#frameBytes);
  }

  /** @param {Loss} loss @param {number} now */
  #handleLoss({ reason, error, isCutOff, isPlainClose }, now) {
    const { session } = this;
    this.#cancelDial = undefined;
    this.#link = undefined;
    if (isCutOff) discardResumableSession(session);
    if (isPlainClose) handleClose(session, now, reason);
    else handleDisconnect(session, now, reason, error);
  }

  /**
   * The runtime has called: no code of the user is waiting for a return, so handlers may run. They
   * run before the session hears that the inbox is full: most of the time it is not any more.
   *
   * @param {(now: number) => void} [step]
   */
  #turn(step) {
    if (step !== undefined) this.#attempt(step);
    this.#wake();
    this.#attempt(() => this.#serve());
    this.#wake();
  }

  /**
   * Runs a step. A defect ends the connection, and not the process; the user may connect again.
   *
   * @param {(now: number) => void} step
   */
  #attempt(step) {
    try {
      step(this.clock.now());
    } catch (error) {
      const report = { code: 'INTERNAL_ERROR', message: `the connection task failed: ${error}` };
      this.inbox.pushNotice(['error', report], 0);
      abandon(this.session, 'internal error');
      this.#serve();
    }
  }

  #wake() {
    if (this.#isWakeDue()) this.#deps.onReady();
  }

  #isWakeDue() {
    const now = this.clock.now();
    const at = this.inbox.pollWake(now);
    if (at === undefined) return false;
    if (at > now) this.#arm(at, now);
    return at <= now;
  }

  /** Does everything the session asks for. */
  #serve() {
    const { session } = this;
    const now = this.clock.now();
    if (this.clock.takeJump()) handleLifecycle(session, now, 'wake');
    do {
      const link = this.#link;
      if (link !== undefined) this.#noteLink(link, now);
      this.#serveInbox(now);
      this.#serveOutputs();
      this.#dial();
      if (this.#link !== undefined) this.#write(this.#link, now);
    } while (session.outputs.length > 0);
    this.#updateHold();
    this.#arm(session.deadline(), now);
  }

  /** Tells the session how far the link is. @param {Link} link @param {number} now */
  #noteLink(link, now) {
    const { session } = this;
    handleProgress(session, now, link.written, link.arrived);
    handlePongs(session, now, link.pongs);
    this.#notePings(link, now);
    const token = session.tokens.newest;
    if (token !== this.#token && token !== undefined) link.setToken(token.text);
    this.#token = token;
  }

  /** Tells the session which pings the link carries. @param {Link} link @param {number} now */
  #notePings(link, now) {
    setCanPing(this.session, now, link.transport === 'websocket', link.canPing);
  }

  /** Tells the session what the state of the inbox means for it. @param {number} now */
  #serveInbox(now) {
    const { inbox, session } = this;
    const missed = inbox.takeMissed(now);
    if (missed !== undefined)
      reportDropped(session, missed.since, missed.until, missed.count, (topic) => missed.concerns(topic));
    const wasFull = inbox.isFull;
    if (inbox.updateFull() === wasFull) return;
    const { count, bytes } = inbox.depth();
    if (wasFull) return resume(session, now);
    pause(session, now, count, bytes);
    // There is no pause that the link could make: the session ends it.
    session.handleTimeout(now);
  }

  #serveOutputs() {
    const { outputs } = this.session;
    for (let output = outputs.shift(); output !== undefined; output = outputs.shift()) {
      if (output.kind === 'notice') this.inbox.pushNotice(output.item, JSON.stringify(output.item).length);
      else if (output.kind === 'dial') this.#dialNext = true;
      else this.#hangUp(output);
    }
  }

  #dial() {
    if (!this.#dialNext || this.#isClosing || this.#link !== undefined || this.#cancelDial !== undefined) return;
    const token = this.session.tokens.present();
    if (token === undefined) return;
    this.#dialNext = false;
    this.#token = token;
    this.#cancelDial = this.#deps.endpoint.dial(token.text, this.#handlers);
  }

  /** @param {HangUp} output */
  #hangUp({ farewell, orderly, code = NORMAL_CLOSURE }) {
    this.#dialNext = false;
    this.#cancelDial?.();
    this.#cancelDial = undefined;
    const link = this.#link;
    this.#link = undefined;
    if (!orderly) return link?.drop();
    const closed = link?.close(code, '', farewell);
    // The next link does not wait for the peer of one that the page has put away.
    if (closed === undefined || code !== NORMAL_CLOSURE) return;
    this.#isClosing = true;
    void closed.then(() => {
      this.#isClosing = false;
      this.#turn();
    });
  }

  /**
   * Sends the frames of the session as far as the link accepts them.
   *
   * @param {Link} link
   * @param {number} now
   */
  #write(link, now) {
    const { session } = this;
    if (session.link?.heartbeat.isPingDue) {
      // No other frame may precede the ping: it would delay the reply.
      if (!link.isWritten) return;
      handleProgress(session, now, link.written, link.arrived);
      const ping = pollPing(session, now);
      if (ping?.text !== undefined) link.send(ping.text);
      else if (ping !== undefined) link.ping();
    }
    while (link.isReady) {
      const frame = session.pollFrame(now);
      if (frame === undefined) return;
      link.send(frame);
    }
  }

  /** Sets the timer, unless it is due before that anyway. @param {number} at @param {number} now */
  #arm(at, now) {
    const { cancel, later } = this.#deps;
    if (at >= this.#timerAt) return;
    cancel(this.#timer);
    this.#timerAt = at;
    this.#timer = later(this.#onTimer, Math.min(Math.max(0, Math.ceil(at - now)), MAX_DELAY), false);
  }

  /**
   * The only place where deadlines are judged: anywhere else a handler may have kept the thread
   * busy, and the frames that have arrived in the meantime were not read.
   */
  #onTimer = () => {
    const late = this.clock.now() - this.#timerAt;
    this.#timerAt = Infinity;
    if (late < LATE) return this.#turn((now) => this.session.handleTimeout(now));
    // The thread was busy, the tab throttled or the machine asleep. What has arrived goes first.
    this.#deps.yieldTurn(() =>
      this.#turn((now) => {
        if (late >= VERY_LATE) handleLifecycle(this.session, now, 'wake');
        this.session.handleTimeout(now);
      }),
    );
  };

  /** Holds the process, and follows the life of the page, while there is something to do. */
  #updateHold() {
    const { cancel, later, lifecycle } = this.#deps;
    const isIdle =
      this.session.isIdle() &&
      this.#link === undefined &&
      this.#cancelDial === undefined &&
      !this.#isClosing &&
      !this.inbox.hasUnreportedDrops();
    const holds = this.#isReferenced && !isIdle;
    if (holds !== (this.#hold !== undefined)) {
      cancel(this.#hold);
      this.#hold = holds ? later(this.#renewHold, MAX_DELAY) : undefined;
    }
    if (isIdle) {
      cancel(this.#timer);
      this.#timerAt = Infinity;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    } else if (this.#unsubscribe === undefined && lifecycle !== undefined) {
      this.#unsubscribe = () => {};
      this.#unsubscribe = lifecycle.subscribe(this.#onSignal);
    }
  }

  #renewHold = () => {
    this.#hold = undefined;
    this.#updateHold();
  };

  /** @param {LifecycleSignal} signal */
  #onSignal = (signal) => {
    if (this.#isLocal && (signal === 'offline' || signal === 'online')) return;
    this.command((session, now) => handleLifecycle(session, now, signal));
  };
}

export { Driver };
