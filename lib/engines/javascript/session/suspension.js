/**
 * What the life of a page means for a session: in the back/forward cache and back, frozen and
 * awake, hidden and visible, offline and online.
 *
 * | signal | what the session does |
 * |---|---|
 * | `suspend` | closes the link, and dials none until `restore` |
 * | `restore` | takes a link for dead, whatever the runtime says, and dials at once |
 * | `wake` | asks the server for a sign of life, and replaces the link if none comes |
 * | `hidden` | does not judge the server's silence, and makes no further attempt, until `visible` |
 * | `offline` | drops the link, and dials none until `online` |
 * | `visible`, `online` | asks as after `wake`, or skips the delay before the next attempt |
 *
 * A session that is idle stays idle: nothing here connects what the user has disconnected.
 */

import { dial } from './connecting.js';
import { discardResumableSession, dropLink, goIdle, hasLink, redial } from './disconnecting.js';
import { handleLivenessTimeout, watch } from './liveness.js';
import { announce, hangUp } from './output.js';
import { LIVENESS, RECONNECT } from './tables/timer.js';

/** @import { LifecycleSignal } from '../../../../index.js' */
/** @import { Link } from './link.js' */
/** @import { Session } from './session.js' */

/** How long the server may take to answer when the session asks for a sign of life. */
const ANSWER_TIMEOUT = 2000;
/** Clients that come back together dial within this time. */
const SPREAD = 1000;
/** The WebSocket close code that tells the server why: the page is put away, perhaps for good. */
const PAGE_SUSPENDED = 4001;

/** What keeps a session from dialling, or from judging a link. */
class Suspension {
  isAway = false;
  isOffline = false;
  isHidden = false;

  /** Whether there is no link, and none is dialled. */
  get isSuspended() {
    return this.isAway || this.isOffline;
  }
}

/** @type {Record<LifecycleSignal, (session: Session, now: number) => void>} */
const HANDLERS = {
  suspend(session, now) {
    session.suspension.isAway = true;
    // Without a farewell, so that a server with session recovery keeps the session.
    putAway(session, now, 'page suspended', PAGE_SUSPENDED);
  },
  restore(session, now) {
    session.suspension = new Suspension();
    if (hasLink(session)) return replaceLink(session, now, 'page restored');
    if (session.phase !== 'waiting') return;
    session.timers[RECONNECT] = Infinity;
    dial(session, now);
  },
  wake: ask,
  hidden({ link, suspension, timers }) {
    suspension.isHidden = true;
    timers[LIVENESS] = Infinity;
    link?.heartbeat.stop();
  },
  visible(session, now) {
    session.suspension.isHidden = false;
    ask(session, now);
    dialSoon(session, now);
  },
  offline(session, now) {
    session.suspension.isOffline = true;
    discardResumableSession(session);
    putAway(session, now, 'offline');
  },
  online(session, now) {
    session.suspension.isOffline = false;
    ask(session, now);
    dialSoon(session, now);
  },
};

/** @param {Session} session @param {number} now @param {LifecycleSignal} signal */
function handleLifecycle(session, now, signal) {
  HANDLERS[signal](session, now);
}

/**
 * Asks the server for a sign of life: until then its silence proves nothing.
 *
 * @param {Session} session
 * @param {number} now
 */
function ask(session, now) {
  const { link, peer } = session;
  if (link?.connected === undefined || session.pausedBy !== undefined || session.suspension.isHidden) return;
  // Such a server takes the question for something else.
  if (peer.admitsPings) return watch(session, now);
  link.heartbeat.stop();
  if (link.askedAt === undefined) {
    link.watermark.handlePingSent(now, link.sendBacklog.written);
    link.frames.unshift(session.codec.ping);
  }
  link.askedAt = now;
  session.timers[LIVENESS] = now + link.sendBacklog.allowance(now) + ANSWER_TIMEOUT;
}

/**
 * The timer LIVENESS: of an answer, or of the server's own signs of life.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Link} link
 */
function handleSilence(session, now, link) {
  const { askedAt } = link;
  if (askedAt === undefined) return handleLivenessTimeout(session, now, link);
  link.askedAt = undefined;
  const { awaitsPong, lastFrameAt } = link.watermark;
  // A server that has never answered a ping may be well all the same: its own pings decide.
  if (awaitsPong && lastFrameAt <= askedAt && link.heartbeat.isAnswered)
    replaceLink(session, now, `ping timeout: nothing heard for ${ANSWER_TIMEOUT} ms`);
  else watch(session, now);
}

/**
 * The timer RECONNECT. A hidden page waits until it is visible.
 *
 * @param {Session} session
 * @param {number} now
 */
function handleReconnectTimeout(session, now) {
  if (!session.suspension.isHidden) dial(session, now);
}

/**
 * Skips the delay before the next attempt, but for a random part of {@link SPREAD}.
 *
 * @param {Session} session
 * @param {number} now
 */
function dialSoon({ phase, random, suspension, timers }, now) {
  if (phase === 'waiting' && !suspension.isHidden && !suspension.isSuspended)
    timers[RECONNECT] = now + random() * SPREAD;
}

/**
 * Drops a link that is gone, and dials at once.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 */
function replaceLink(session, now, reason) {
  discardResumableSession(session);
  if (endLink(session, now, reason)) redial(session, now, reason);
}

/**
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 * @param {number} [code] as of {@link endLink}
 */
function putAway(session, now, reason, code) {
  if (endLink(session, now, reason, code))
    announce(session, 'reconnecting', reason, { attempt: session.backoff.attempts + 1 });
}

/**
 * Ends the link or the dial. Returns whether there was one, and another may follow.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} reason
 * @param {number} [code] of an orderly close
 */
function endLink(session, now, reason, code) {
  if (!hasLink(session)) return false;
  const { backoff, config, link } = session;
  if (link?.connected !== undefined) backoff.handleLoss(now - link.connected.since);
  hangUp(session, undefined, code !== undefined, code);
  dropLink(session, reason);
  if (!config.reconnect.enabled) goIdle(session, reason);
  return config.reconnect.enabled;
}

export { handleLifecycle, handleReconnectTimeout, handleSilence, PAGE_SUSPENDED, Suspension };
