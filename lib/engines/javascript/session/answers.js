/** What the server answers to requests, and what becomes of requests without an answer. */

import { own } from '../../../own.js';
import { channelOf, ofChannel } from './machines/confirmations.js';
import { handleJoinAnswer } from './membership.js';
import { resolve } from './messages.js';
import { report } from './output.js';
import { confirmSubscription, handleFailure } from './subscribing.js';
import { idOf } from './tables/subscriptions.js';
import { JOIN, OUTBOX } from './tables/timer.js';
import { handleTokenAnswer, replaceLink } from './token-renewal.js';

/** @import { Incoming } from './codec/codec.js' */
/** @import { PendingRequest } from './tables/acks.js' */
/** @import { Session } from './session.js' */

/** How long to wait for an answer that may be among the frames which wait in a paused link. */
const UNREAD_ANSWER_TIMEOUT = 10_000;

/**
 * Adds a pending request and returns the id for its answer; undefined when too many are pending.
 *
 * @param {Session} session
 * @param {PendingRequest} request
 * @param {number} deadline
 */
function expectAnswer({ link }, request, deadline) {
  return link?.insertRequest(request, deadline);
}

/**
 * The server has answered a request.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Incoming & { kind: 'acked' }} answer
 */
function handleAnswer(session, now, { id, payload: answer, serverId }) {
  const request = session.link?.removeRequest(id);
  switch (request?.kind) {
    case 'message':
    case 'leave':
      return handleMessageAnswer(session, request.id, answer);
    case 'join':
      return handleJoinAnswer(session, request, answer);
    case 'token':
      return handleTokenAnswer(session, now, answer);
    case 'subscribe': {
      const problem = refusalIn(answer);
      if (problem !== undefined) return handleFailure(session, problem, idOf(request.number));
      return confirmSubscription(session, now, request.number, serverId);
    }
  }
}

/** The timer ACK. @param {Session} session @param {number} now */
function handleAckTimeout(session, now) {
  for (;;) {
    const expired = session.link?.acks.expire(now);
    if (expired === undefined) break;
    const { id, request } = expired;
    noteUnconfirmed(session, request);
    const call = request.kind === 'join' ? request.call?.id : own(request, 'id');
    if (call !== undefined) {
      session.outbox.forgetUnanswered(call);
      resolve(session, call, { code: 'TIMEOUT', message: 'the server did not answer in time', uncertain: true });
    }
    // During a pause the answer may wait in the link. Calls have their time limit; the rest can
    // wait.
    if (session.pausedBy !== undefined) session.link?.acks.extend(id, request, now + UNREAD_ANSWER_TIMEOUT);
    else if (request.kind === 'token') return replaceLink(session, now, 'no answer');
  }
  reportUnconfirmed(session);
  session.link?.watchAcks();
}

/**
 * The session reads the link again, and answers may wait in it.
 *
 * @param {Session} session
 * @param {number} now
 */
function postponeAnswers({ link }, now) {
  link?.acks.postpone(now + UNREAD_ANSWER_TIMEOUT);
  link?.watchAcks();
}

/**
 * The link of these requests is gone. Unanswered messages are sent again where the user wants
 * that.
 *
 * @param {Session} session
 * @param {PendingRequest[]} requests
 */
function abandonRequests(session, requests) {
  const { channels, outbox, timers } = session;
  const requeued = new Set(outbox.requeueUnanswered());
  for (const request of requests) {
    /** @type {number | undefined} */
    let lost;
    if (request.kind === 'message' && !requeued.has(request.id)) lost = request.id;
    // Without a connection the client is in no channel.
    else if (request.kind === 'leave') resolve(session, request.id);
    else if (request.kind === 'join' && request.call !== undefined && !channels.wait(request.channel, request.call))
      lost = request.call.id;
    if (lost !== undefined) {
      const message = 'the connection was lost before the server answered; the message may have been received';
      resolve(session, lost, { code: 'NETWORK_ERROR', message, uncertain: true });
    }
  }
  timers.assign(OUTBOX, outbox.deadline());
  timers.assign(JOIN, channels.deadline());
}

/** The server has confirmed a request. @param {Session} session @param {number} requested */
function noteConfirmed({ confirmations, link }, requested) {
  if (link !== undefined) confirmations.handleConfirmed(requested, link.overdue);
}

/**
 * The server has refused a request, or the user has ended it.
 *
 * @param {Session} session
 * @param {number} requested
 */
function forgetConfirmation({ confirmations, link }, requested) {
  confirmations.forget(requested, link?.overdue);
}

/**
 * Reports the requests that the server has not confirmed in time, if it confirms others.
 *
 * @param {Session} session
 */
function reportUnconfirmed(session) {
  if (session.link === undefined) return;
  for (const requested of session.confirmations.pollDue(session.link.overdue)) {
    const channel = session.channels.name(channelOf(requested));
    const topic = session.subscriptions.topic(requested);
    const subscriptionId = idOf(requested);
    const about = channel !== undefined ? { channel } : topic !== undefined ? { subscriptionId } : undefined;
    if (about !== undefined) {
      const what = channel !== undefined ? `the channel '${channel}'` : `subscription ${subscriptionId} to '${topic}'`;
      const message = `the server did not confirm ${what} in time, but confirms others`;
      report(session, { code: 'SUBSCRIBE_UNCONFIRMED', message, ...about });
    }
  }
}

/**
 * A request has timed out. During a pause its answer may wait in the link.
 *
 * @param {Session} session
 * @param {PendingRequest} request
 */
function noteUnconfirmed({ channels, confirmations, link, pausedBy, subscriptions }, request) {
  if (link === undefined) return;
  if (request.kind === 'join' && channels.name(request.channel) !== undefined) {
    const requested = ofChannel(request.channel);
    if (request.call !== undefined) confirmations.handleReported(requested, link.overdue);
    else if (pausedBy === undefined) confirmations.handleTimeout(requested, link.overdue);
  } else if (request.kind === 'subscribe' && pausedBy === undefined) {
    const { number } = request;
    if (subscriptions.topic(number) !== undefined && link.requests.contains(number))
      confirmations.handleTimeout(number, link.overdue);
  }
}

/**
 * The server has answered a message or a leave.
 *
 * @param {Session} session
 * @param {number} call
 * @param {unknown} answer
 */
function handleMessageAnswer(session, call, answer) {
  session.outbox.forgetUnanswered(call);
  const problem = refusalIn(answer);
  if (problem === undefined) resolve(session, call, undefined, answer);
  else resolve(session, call, { code: 'MESSAGE_DENIED', message: `the server refused the message: ${problem}` });
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

export {
  abandonRequests,
  expectAnswer,
  forgetConfirmation,
  handleAckTimeout,
  handleAnswer,
  noteConfirmed,
  postponeAnswers,
  reason,
  refusalIn,
  reportUnconfirmed,
};
