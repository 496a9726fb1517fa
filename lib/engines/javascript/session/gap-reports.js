/** When the session opens a gap, and when it reports it. */

import { DIRECT_TOPIC } from '../protocol/vocabulary.js';
import { Gaps } from './machines/gaps.js';
import { SLOW_CONSUMER } from './machines/slow-consumer.js';
import { notify } from './output.js';
import { isConnected } from './phase.js';
import { idOf } from './tables/subscriptions.js';
import { GAP } from './tables/timer.js';

/** @import { Members } from './machines/gaps.js' */
/** @import { Session } from './session.js' */

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
  const live = liveMembers(session);
  // Only the server knows what a pattern matches.
  const subscriptions = subscriptionsOf(session, live).filter(({ topic }) => topic.includes('*') || concerns(topic));
  const channels = channelsOf(session, live).filter(concerns);
  // Direct messages belong to no subscription and no channel.
  if (subscriptions.length > 0 || channels.length > 0 || concerns(DIRECT_TOPIC))
    notifyGap(session, since, until, { reason: SLOW_CONSUMER, dropped: count, subscriptions, channels });
}

/** A connection is lost. @param {Session} session @param {number} since @param {string} reason */
function beginGap(session, since, reason) {
  session.timers.clear(GAP);
  session.gaps.handleLoss(since, reason, liveMembers(session));
}

/**
 * A connection is ready. Call this before anything is requested on it.
 *
 * @param {Session} session
 * @param {number} now
 * @param {boolean} isRecovered
 */
function resumeGap({ channels, gaps, subscriptions, timers }, now, isRecovered) {
  const isOpen = gaps.handleConnected(
    isRecovered,
    (number) => subscriptions.topic(number) !== undefined,
    (number) => channels.name(number) !== undefined,
  );
  timers.assign(GAP, isOpen ? now + CONFIRMATION_TIMEOUT : undefined);
}

/**
 * The session reads the link again: the server's confirmations may wait in it.
 *
 * @param {Session} session
 * @param {number} now
 */
function postponeGap({ timers }, now) {
  if (timers.isSet(GAP)) timers.set(GAP, now + CONFIRMATION_TIMEOUT);
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
  else session.timers.set(GAP, now + CONFIRMATION_TIMEOUT);
}

/** @param {Session} session */
function forgetGaps(session) {
  session.gaps = new Gaps();
  session.timers.clear(GAP);
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
  session.timers.clear(GAP);
  const subscriptions = subscriptionsOf(session, open.members);
  const channels = channelsOf(session, open.members);
  if (subscriptions.length > 0 || channels.length > 0)
    notifyGap(session, open.since, now, { reason: open.reason, subscriptions, channels });
}

/**
 * @param {Session} session
 * @param {number} since
 * @param {number} until
 * @param {Omit<import('../../../../index.js').GapEvent, 'since' | 'until'>} gap
 */
function notifyGap(session, since, until, gap) {
  const { unixTime } = session.config;
  notify(session, ['gap', { since: unixTime(since), until: unixTime(until), ...gap }]);
}

/** @param {Session} session @returns {Members} */
function liveMembers({ channels, subscriptions }) {
  return { subscriptions: subscriptions.numbers(), channels: channels.numbers() };
}

/**
 * The subscriptions among the members that are live.
 *
 * @param {Session} session
 * @param {Members} members
 */
function subscriptionsOf(session, members) {
  return members.subscriptions.flatMap((number) => {
    const topic = session.subscriptions.topic(number);
    return topic === undefined ? [] : [{ subscriptionId: idOf(number), topic }];
  });
}

/**
 * The channels among the members that are live.
 *
 * @param {Session} session
 * @param {Members} members
 */
function channelsOf(session, members) {
  return members.channels.flatMap((number) => session.channels.name(number) ?? []);
}

export { beginGap, closeGap, discardSince, forgetGaps, handleGapTimeout, postponeGap, reportDropped, resumeGap };
