/**
 * The session that is compared: the JavaScript session with everything that it can have. The
 * driver of the JavaScript engine calls its functions and reads its fields; here they are the
 * methods of the Rust session.
 */

import { knowRefusals } from '#refusal';
import { readRefusal } from '../engines/javascript/session/codec/refusal.js';
import { connect, handleOpen } from '../engines/javascript/session/connecting.js';
import * as ending from '../engines/javascript/session/disconnecting.js';
import { discardSince, reportDropped } from '../engines/javascript/session/gap-reports.js';
import * as liveness from '../engines/javascript/session/liveness.js';
import { Messaging } from '../engines/javascript/session/messaging.js';
import { pause, resume } from '../engines/javascript/session/pausing.js';
import { receive, receiveBinary } from '../engines/javascript/session/receive.js';
import { Session as Core } from '../engines/javascript/session/session.js';
import { subscribe, unsubscribe } from '../engines/javascript/session/subscribing.js';
import { handleLifecycle } from '../engines/javascript/session/suspension.js';
import { provideToken, refuseToken } from '../engines/javascript/session/token-renewal.js';

/**
 * Its methods are those of the Rust session, whatever their types.
 *
 * @type {new (...args: any[]) => any}
 */
const AnyCore = Core;

class Session extends AnyCore {
  constructor(/** @type {any} */ config, /** @type {() => number} */ random, /** @type {number} */ now) {
    knowRefusals(readRefusal);
    super({ ...config, Messaging }, random, now);
  }

  // Getters.

  deadline() {
    const at = super.deadline();
    return at === Infinity ? undefined : at;
  }

  sentBefore() {
    return this.watermark;
  }

  hasOutput() {
    return this.outputs.length > 0;
  }

  isPingDue() {
    return this.link?.heartbeat.isPingDue === true;
  }

  counters() {
    return this.count;
  }

  outboxDepth() {
    const { outbox } = this.messaging;
    return { messages: outbox.len(), bytes: outbox.bytes() };
  }

  pendingAcks() {
    return this.link?.acks.size ?? 0;
  }

  subscriptionCount() {
    return this.subscriptions.size;
  }

  tokenWanted() {
    return this.tokens.wanted;
  }

  tokenState(/** @type {any} */ now) {
    return this.tokens.state(now);
  }

  newestToken() {
    return this.tokens.newest;
  }

  // What has happened.

  /** This driver knows of bytes only when a frame is whole. */
  handleBytes(/** @type {any} */ now) {
    this.link?.heartbeat.handleBytes(now);
  }

  /** This driver cannot stop to read a link. */
  handleReadToEnd() {
    if (this.link) this.link.unreadSince = undefined;
  }

  // Commands on the tables.

  listen(/** @type {any} */ topic, /** @type {any} */ wanted) {
    this.interest.set(topic, wanted);
  }

  listenToMessages(/** @type {any} */ wanted) {
    this.interest.setMessages(wanted);
  }

  assumeInterest() {
    this.interest.assumeAll();
  }

  endOfTurn() {
    this.interest.endOfTurn();
  }

  emit(/** @type {any} */ now, /** @type {any} */ message) {
    return this.messaging.emit(now, message);
  }

  joinChannel(/** @type {any} */ now, /** @type {any} */ name) {
    return this.messaging.joinChannel(now, name);
  }

  leaveChannel(/** @type {any} */ now, /** @type {any} */ name) {
    return this.messaging.leaveChannel(now, name);
  }

  // What to do next.

  pollOutput() {
    return this.outputs.shift();
  }

  dialToken() {
    return this.tokens.present();
  }
}

/**
 * The getters that a recording compares, of any session.
 *
 * @type {Record<string, (session: any) => unknown>}
 */
const getters = {
  deadline: (session) => Math.min(...session.timers),
  sentBefore: ({ watermark }) => watermark,
  socketId: (session) => session.socketId(),
  hasOutput: ({ outputs }) => outputs.length > 0,
  isPingDue: ({ link }) => link?.heartbeat.isPingDue === true,
  isIdle: (session) => session.isIdle(),
  counters: ({ count }) => count,
  outboxDepth: ({ messaging }) => ({ messages: messaging?.outbox.len() ?? 0, bytes: messaging?.outbox.bytes() ?? 0 }),
  pendingAcks: ({ link }) => link?.acks.size ?? 0,
  subscriptionCount: ({ subscriptions }) => subscriptions.size,
  tokenWanted: ({ tokens }) => tokens.wanted,
};

/** The functions of the session's slices: each is a method of the Rust session. */
/** @type {Record<string, (session: any, ...args: any[]) => unknown>} */
const FUNCTIONS = {
  abandon: ending.abandon,
  connect,
  destroy: ending.destroy,
  discardResumableSession: ending.discardResumableSession,
  discardSince,
  disconnect: ending.disconnect,
  handleClose: ending.handleClose,
  handleDisconnect: ending.handleDisconnect,
  handleLifecycle,
  handleOpen,
  handlePongs: liveness.handlePongs,
  handleProgress: liveness.handleProgress,
  pause,
  pollPing: liveness.pollPing,
  provideToken,
  receive,
  receiveBinary,
  refuseToken,
  reportDropped,
  resume,
  setCanPing: liveness.setCanPing,
  subscribe,
  unsubscribe,
};
for (const [name, call] of Object.entries(FUNCTIONS))
  Object.defineProperty(Session.prototype, name, {
    configurable: true,
    writable: true,
    value(/** @type {any[]} */ ...args) {
      return call(this, ...args);
    },
  });

export { getters, Session };
