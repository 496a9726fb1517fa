/** When the session opens a gap, and when it reports it. */

import { DIRECT_TOPIC } from '../protocol/vocabulary.js';
import { channelOf, ofChannel } from './machines/confirmations.js';
import { Gaps } from './machines/gaps.js';
import { notify } from './output.js';
import { isConnected } from './phase.js';
import { idOf } from './tables/subscriptions.js';
import { GAP } from './tables/timer.js';

/** @import { Session } from './session.js' */

/** The reason in `connection` and `gap` events. */
const SLOW = 'slow consumer';
/** How long to wait for confirmations on a new connection: some servers never confirm. */
const CONFIRMATION_TIMEOUT = 5000;

/**
 * Events that came since then have not reached the user and never will. Call this before the
 * session ends.
 *
 * @param {Session} session
 * @param {number} since
 */
function discardSince({ gaps, link }, since) {
  link?.watermark.lower(since);
  gaps.extendBackTo(since);
}

/**
 * Reports that the inbox has dropped `count` events, which the server sent between `since` and
 * `until`; `concerns` says whether events of a topic were among them.
 *
 * @param {Session} session
 * @param {number} since
 * @param {number} until
 * @param {number} count
 * @param {(topic: string) => boolean} concerns
 */
function reportDropped(session, since, until, count, concerns) {
  notifyConcerned(session, since, until, { reason: SLOW, dropped: count }, concerns);
}

/**
 * The platform may have lost events before they reached this connection.
 *
 * @param {Session} session
 * @param {number} now
 * @param {{ topics: string[] | undefined, reason: string, durationMs: number }} gap
 */
function reportLost(session, now, { topics, reason, durationMs }) {
  const since = session.watermark - durationMs;
  const concerns = (/** @type {string} */ topic) => topics?.includes(topic) ?? true;
  notifyConcerned(session, since, now, { reason, reportedBy: 'server' }, concerns);
}

/**
 * Reports a gap in some topics and channels.
 *
 * @param {Session} session
 * @param {number} since
 * @param {number} until
 * @param {Pick<import('../../../../index.js').GapEvent, 'reason' | 'dropped' | 'reportedBy'>} cause
 * @param {(topic: string) => boolean} concerns
 */
function notifyConcerned(session, since, until, cause, concerns) {
  const { channels, subscriptions } = namesOf(session, membersOf(session));
  const gap = {
    ...cause,
    // Only the server knows what a pattern matches.
    subscriptions: subscriptions.filter(({ topic }) => topic.includes('*') || concerns(topic)),
    channels: channels.filter(concerns),
  };
  // Direct messages belong to no subscription and no channel.
  notifyGap(session, since, until, gap, concerns(DIRECT_TOPIC));
}

/** A connection is lost. @param {Session} session @param {number} since @param {string} reason */
function beginGap(session, since, reason) {
  session.timers[GAP] = Infinity;
  session.gaps.handleLoss(since, reason, membersOf(session));
}

/**
 * A connection is ready. Call this before anything is requested on it.
 *
 * @param {Session} session
 * @param {number} now
 * @param {boolean} isRecovered
 */
function resumeGap(session, now, isRecovered) {
  const live = new Set(membersOf(session));
  const isOpen = session.gaps.handleConnected(isRecovered, (member) => live.has(member));
  session.timers[GAP] = isOpen ? now + CONFIRMATION_TIMEOUT : Infinity;
}

/**
 * The session reads the link again: the server's confirmations may wait in it.
 *
 * @param {Session} session
 * @param {number} now
 */
function postponeGap({ timers }, now) {
  if (timers[GAP] < Infinity) timers[GAP] = now + CONFIRMATION_TIMEOUT;
}

/**
 * Reports the gap if the server has answered everything.
 *
 * @param {Session} session
 * @param {number} now
 */
function closeGap(session, now) {
  if (session.gaps.isAnswered && isConnected(session)) reportGap(session, now);
}

/**
 * The timer GAP: the server has not confirmed everything in time. It never does, or its
 * confirmations wait in a link that is not read.
 *
 * @param {Session} session
 * @param {number} now
 */
function handleGapTimeout(session, now) {
  if (session.pausedBy === undefined) reportGap(session, now);
  else session.timers[GAP] = now + CONFIRMATION_TIMEOUT;
}

/** @param {Session} session */
function forgetGaps(session) {
  session.gaps = new Gaps();
  session.timers[GAP] = Infinity;
}

/**
 * Reports the open gap, without the members that have ended in the meantime.
 *
 * @param {Session} session
 * @param {number} now
 */
function reportGap(session, now) {
  const open = session.gaps.close();
  if (open === undefined) return;
  session.timers[GAP] = Infinity;
  notifyGap(session, open.since, now, { reason: open.reason, ...namesOf(session, open.members) });
}

/**
 * Reports a gap, unless it concerns nothing.
 *
 * @param {Session} session
 * @param {number} since
 * @param {number} until
 * @param {Omit<import('../../../../index.js').GapEvent, 'since' | 'until'>} gap
 * @param {boolean} [concernsMore]
 */
function notifyGap(session, since, until, gap, concernsMore) {
  const { unixTime } = session.config;
  if (!concernsMore && gap.subscriptions.length + gap.channels.length === 0) return;
  session.count.gaps += 1;
  notify(session, ['gap', { since: unixTime(since), until: unixTime(until), ...gap }]);
}

/** All live subscriptions and channels. @param {Session} session */
function membersOf({ messaging, subscriptions }) {
  return [...subscriptions.numbers(), ...(messaging?.channels.numbers().map(ofChannel) ?? [])];
}

/**
 * Those of the members that are live.
 *
 * @param {Session} session
 * @param {number[]} members
 */
function namesOf({ messaging, subscriptions }, members) {
  return {
    subscriptions: members.flatMap((number) => {
      const topic = subscriptions.topic(number);
      return topic === undefined ? [] : [{ subscriptionId: idOf(number), topic }];
    }),
    channels: members.flatMap((member) => messaging?.channels.name(channelOf(member)) ?? []),
  };
}

export {
  beginGap,
  closeGap,
  discardSince,
  forgetGaps,
  handleGapTimeout,
  postponeGap,
  reportDropped,
  reportLost,
  resumeGap,
  SLOW,
};
