/**
 * Back-pressure: while the inbox is full the session reads no link, and dials none.
 * `suspension.js` has what else holds it back.
 *
 * TCP back-pressure makes the server wait, and nothing is lost while the server tolerates that.
 * The server does not see whether its pings are read, only that no answer comes. So the client
 * disconnects shortly before the server would, and reports the reason, which the server cannot
 * know. The client disconnects when
 *
 * - on Socket.IO, no ping was answered for the server's interval and half of its timeout, and the
 *   link has not been read to its end for half of the timeout. So a server that sends its ping
 *   late, and then a burst, does not count against the user;
 * - on the plain protocol, whose server pings need no answer, the link has not been read to its
 *   end for 20 seconds;
 * - on both, the link has not been read at all for `maxPause`, where that is set.
 */

import { postponeAnswers } from './answers.js';
import { cutLink } from './disconnecting.js';
import { postponeGap, SLOW } from './gap-reports.js';
import { watch } from './liveness.js';
import { handleReconnectTimeout } from './suspension.js';
import { LIVENESS, RECONNECT, SLOW_CONSUMER } from './tables/timer.js';

/** @import { Link } from './link.js' */
/** @import { Session } from './session.js' */

/**
 * The inbox is full, so the session reads no link and dials none. `events` and `bytes` are the
 * content of the inbox at that time.
 *
 * @typedef {{ since: number, events: number, bytes: number }} Pause
 */

/** How long a link of the plain protocol may stay without being read to its end. */
const PLAIN_UNREAD_TIMEOUT = 20_000;

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
  const { link, timers } = session;
  if (link === undefined) return;
  link.watermark.handlePause();
  timers[LIVENESS] = Infinity;
  link.heartbeat.stop();
  link.unreadSince ??= now;
  watchSlowConsumer(session);
}

/**
 * The inbox has room again: the session reads the link, or dials if that was due.
 *
 * @param {Session} session
 * @param {number} now
 */
function resume(session, now) {
  session.pausedBy = undefined;
  session.meter?.handleResume(now);
  postponeGap(session, now);
  session.timers[SLOW_CONSUMER] = Infinity;
  if (!session.config.readsLate) session.link?.watermark.handleResume(now);
  postponeAnswers(session, now);
  watch(session, now);
  // Only a pause or a suspension has kept the session from dialling.
  if (session.phase === 'waiting' && session.timers[RECONNECT] === Infinity) handleReconnectTimeout(session, now);
}

/**
 * Sets the deadline for the user to make room in the inbox. Until the connection is ready,
 * `connectTimeout` bounds the pause. The server's pings begin when the link opens, whenever the
 * client has read what came before the connection was ready.
 *
 * @param {Session} session
 */
function watchSlowConsumer({ config, link, pausedBy, timers }) {
  if (link?.connected === undefined || pausedBy === undefined) return;
  const { connected, openedAt, unreadSince, watermark } = link;
  timers[SLOW_CONSUMER] = Infinity;
  if (unreadSince === undefined) return;
  const { serverPings: pings } = connected;
  const deadline =
    pings === undefined
      ? Math.max(unreadSince, openedAt) + PLAIN_UNREAD_TIMEOUT
      : Math.max((watermark.serverPingAnsweredAt ?? openedAt) + pings.interval, unreadSince) + pings.timeout / 2;
  timers[SLOW_CONSUMER] = Math.min(deadline, pausedBy.since + (config.maxPause ?? Infinity));
}

/**
 * The timer SLOW_CONSUMER: the inbox stays full, and the server is about to close the connection.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Link} link
 */
function cutSlowConsumer(session, now, link) {
  const { since, events, bytes } = /** @type {Pause} */ (session.pausedBy);
  const unread = Math.floor(Math.max(now - (link.unreadSince ?? since), 0));
  const message =
    `the client closed the connection: ${events} events (${bytes} bytes) wait for their handlers, ` +
    `and the connection has not been read to its end for ${unread} ms`;
  cutLink(session, now, SLOW, { code: 'SLOW_CONSUMER', message });
}

export { cutSlowConsumer, pause, resume, watchSlowConsumer };
