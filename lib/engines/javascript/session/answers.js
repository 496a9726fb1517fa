/** What the server answers to requests, and what becomes of requests without an answer. */

import { own } from '../../../own.js';
import { channelOf } from './machines/confirmations.js';
import { report } from './output.js';
import { confirmSubscription, handleFailure } from './subscribing.js';
import { idOf } from './tables/subscriptions.js';
import { replaceLink } from './token-renewal.js';

/** @import { Incoming } from './codec/codec.js' */
/** @import { Link } from './link.js' */
/** @import { Session } from './session.js' */

/** How long to wait for an answer that may be among the frames which wait in a paused link. */
const UNREAD_ANSWER_TIMEOUT = 10_000;

/**
 * The server has answered a request.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Incoming & { kind: 'acked' }} answer
 */
function handleAnswer(session, now, { id, payload: answer, serverId }) {
  session.meter?.handleAnswer(now, id, answer);
  const request = session.link?.acks.remove(id);
  if (request === undefined || request.kind === 'repeatedEnd') return;
  if (request.kind !== 'subscribe' && request.kind !== 'token') return session.messaging?.handleAnswer(request, answer);
  const problem = refusalIn(answer);
  if (request.kind === 'token') {
    if (problem !== undefined) replaceLink(session, now, problem);
  } else if (problem === undefined) confirmSubscription(session, now, request.number, serverId);
  else handleFailure(session, problem, idOf(request.number));
}

/** The timer ACK. @param {Session} session @param {number} now @param {Link} link */
function handleAckTimeout(session, now, link) {
  const { confirmations, messaging, pausedBy, subscriptions } = session;
  for (let expired = link.acks.expire(now); expired !== undefined; expired = link.acks.expire(now)) {
    const { kind, number } = expired.request;
    const isUnconfirmed = number !== undefined && pausedBy === undefined && link.requests.contains(number);
    if (isUnconfirmed && subscriptions.topic(number) !== undefined) confirmations.handleTimeout(number, link);
    messaging?.handleAckTimeout(expired.request);
    // During a pause the answer may wait in the link. Calls have their time limit; the rest can
    // wait.
    if (pausedBy !== undefined) link.acks.extend(expired, now + UNREAD_ANSWER_TIMEOUT);
    else if (kind === 'token') return replaceLink(session, now, 'no answer');
  }
  reportUnconfirmed(session);
}

/**
 * The session reads the link again, and answers may wait in it.
 *
 * @param {Session} session
 * @param {number} now
 */
function postponeAnswers({ link }, now) {
  link?.acks.postpone(now + UNREAD_ANSWER_TIMEOUT);
}

/**
 * Reports the requests that the server has not confirmed in time, if it confirms others.
 *
 * @param {Session} session
 */
function reportUnconfirmed(session) {
  const { confirmations, link, messaging, subscriptions } = session;
  for (const requested of link === undefined ? [] : confirmations.pollDue(link)) {
    const channel = messaging?.channels.name(channelOf(requested));
    const topic = subscriptions.topic(requested);
    const subscriptionId = idOf(requested);
    if (channel === undefined && topic === undefined) continue;
    const what = channel === undefined ? `subscription ${subscriptionId} to '${topic}'` : `the channel '${channel}'`;
    const message = `the server did not confirm ${what} in time, but confirms others`;
    const about = channel === undefined ? { subscriptionId } : { channel };
    report(session, { code: 'SUBSCRIBE_UNCONFIRMED', message, ...about });
  }
}

/**
 * The problem that an answer states, if it refuses the request.
 *
 * @param {unknown} answer
 */
function refusalIn(answer) {
  const error = Array.isArray(answer) ? undefined : own(answer, 'error');
  // Some servers write all members, whether they have a value or not.
  if (!error) return undefined;
  const isCode = typeof error === 'number' && error > 0;
  return reason(isCode ? String(error) : error, own(answer, 'message'));
}

/**
 * The reason that a server gives for a refusal or failure: what of both is a text.
 *
 * @param {unknown} error
 * @param {unknown} message
 */
function reason(error, message) {
  const texts = [error, message].filter((text) => typeof text === 'string');
  return texts.join(': ') || 'no reason given';
}

export { handleAckTimeout, handleAnswer, postponeAnswers, reason, refusalIn, reportUnconfirmed };
