/**
 * The session that is compared: the JavaScript session with everything that it can have. The
 * driver of the JavaScript engine calls its functions and reads its fields; here they are the
 * methods of the Rust session.
 */

import { connect, handleOpen } from '../../../lib/engines/javascript/session/connecting.js';
import * as ending from '../../../lib/engines/javascript/session/disconnecting.js';
import { discardSince, reportDropped } from '../../../lib/engines/javascript/session/gap-reports.js';
import * as liveness from '../../../lib/engines/javascript/session/liveness.js';
import { Messaging } from '../../../lib/engines/javascript/session/messaging.js';
import { Meter } from '../../../lib/engines/javascript/session/meter/meter.js';
import { pause, resume } from '../../../lib/engines/javascript/session/pausing.js';
import { receive, receiveBinary } from '../../../lib/engines/javascript/session/receive.js';
import { Session as Core } from '../../../lib/engines/javascript/session/session.js';
import { subscribe, unsubscribe } from '../../../lib/engines/javascript/session/subscribing.js';
import { handleLifecycle } from '../../../lib/engines/javascript/session/suspension.js';
import { provideToken, refuseToken } from '../../../lib/engines/javascript/session/token-renewal.js';

class Session extends Core {
  constructor(config, random, now) {
    super({ ...config, Messaging }, random, now);
    if (config.measure) this.meter = new Meter(config.measure, config.unixTime, {});
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

  measured(now) {
    return this.meter?.measured(now) ?? {};
  }

  measuredTotals() {
    const { latency, topics } = this.meter ?? {};
    const of = (histogram) => [histogram?.count ?? 0, histogram?.sum ?? 0, histogram?.max ?? 0];
    const best = latency?.serverClock.best;
    const counts = topics?.counts() ?? [];
    return {
      roundTrip: of(latency?.roundTrip),
      serverClock: best ? [best.base, best.error] : null,
      eventAge: of(latency?.age),
      topics: [counts.length, counts.reduce((sum, { events }) => sum + events, 0), topics?.other ?? 0],
    };
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

  tokenState(now) {
    return this.tokens.state(now);
  }

  newestToken() {
    return this.tokens.newest;
  }

  // What has happened.

  /** This driver knows of bytes only when a frame is whole. */
  handleBytes(now) {
    this.link?.heartbeat.handleBytes(now);
  }

  /** This driver cannot stop to read a link. */
  handleReadToEnd() {
    if (this.link) this.link.unreadSince = undefined;
  }

  // Commands on the tables.

  listen(topic, wanted) {
    this.interest.set(topic, wanted);
  }

  listenToMessages(wanted) {
    this.interest.setMessages(wanted);
  }

  assumeInterest() {
    this.interest.assumeAll();
  }

  endOfTurn() {
    this.interest.endOfTurn();
  }

  emit(now, message) {
    return this.messaging.emit(now, message);
  }

  joinChannel(now, name) {
    return this.messaging.joinChannel(now, name);
  }

  leaveChannel(now, name) {
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

/** The functions of the session's slices: each is a method of the Rust session. */
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
  Session.prototype[name] = function (...args) {
    return call(this, ...args);
  };

export { Session };
