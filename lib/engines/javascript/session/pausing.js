/**
 * Back-pressure: while the inbox is full the session reads no link, and dials none.
 * `suspension.js` has what else holds it back.
 */

import { postponeAnswers } from './answers.js';
import { cutLink } from './disconnecting.js';
import { postponeGap } from './gap-reports.js';
import { watch } from './liveness.js';
import { SLOW_CONSUMER as SLOW } from './machines/slow-consumer.js';
import { handleReconnectTimeout } from './suspension.js';
import { LIVENESS, RECONNECT, SLOW_CONSUMER } from './tables/timer.js';

/** @import { Session } from './session.js' */

/**
 * The inbox is full, with this many events and bytes. The session is not given frames until
 * {@link resume}, so the server's silence proves nothing.
 *
 * @param {Session} session
 * @param {number} now
 * @param {number} events
 * @param {number} bytes
 */
function pause(session, now, events, bytes) {
  session.pausedBy = { since: now, events, bytes };
  const { config, link } = session;
  if (link === undefined) return;
  link.watermark.handlePause();
  link.timers.clear(LIVENESS);
  link.heartbeat.stop();
  link.slowConsumer.handlePause(now);
  link.watchSlowConsumer(session.pausedBy, config.maxPause);
}

/**
 * The inbox has room again: the session reads the link, or dials if that was due.
 *
 * @param {Session} session
 * @param {number} now
 */
function resume(session, now) {
  session.pausedBy = undefined;
  postponeGap(session, now);
  session.link?.timers.clear(SLOW_CONSUMER);
  if (!session.config.readsLate) session.link?.watermark.handleResume(now);
  postponeAnswers(session, now);
  watch(session, now);
  dialIfDue(session, now);
}

/**
 * Dials where only a pause or a suspension has kept the session from it.
 *
 * @param {Session} session
 * @param {number} now
 */
function dialIfDue(session, now) {
  if (session.phase === 'waiting' && !session.timers.isSet(RECONNECT)) handleReconnectTimeout(session, now);
}

/**
 * The timer SLOW_CONSUMER: the inbox stays full, and the server is about to close the connection.
 *
 * @param {Session} session
 * @param {number} now
 */
function cutSlowConsumer(session, now) {
  const { link, pausedBy } = session;
  if (pausedBy !== undefined && link !== undefined) cutLink(session, now, SLOW, link.slowConsumer.error(now, pausedBy));
}

export { cutSlowConsumer, pause, resume };
