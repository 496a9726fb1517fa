/** Joining and leaving channels. Every call gets one item `outcome`. */

import { JOIN, LEAVE } from '../protocol/vocabulary.js';
import { expectAnswer, forgetConfirmation, noteConfirmed, refusalIn, reportUnconfirmed } from './answers.js';
import { ofChannel } from './machines/confirmations.js';
import { frameMessage, nextCall, resolve } from './messages.js';
import { notify, report, sendEvent } from './output.js';
import { isConnected } from './phase.js';
import { JOIN as JOIN_TIMER } from './tables/timer.js';

/** @import { Failure } from './contract.js' */
/** @import { PendingRequest } from './tables/acks.js' */
/** @import { JoinCall } from './tables/channels.js' */
/** @import { Session } from './session.js' */

/** How long the server may take to answer a join or leave. */
const CHANNEL_ACK_TIMEOUT = 10_000;

/**
 * Joins a channel, now and on every later connection.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} name
 */
function joinChannel(session, now, name) {
  const { channels, config } = session;
  const call = nextCall(session);
  const number = channels.insert(name);
  const waiting = { id: call, expires: session.phase === 'idle' ? undefined : now + config.outbox.age };
  if (isConnected(session)) requestChannel(session, now, number, waiting);
  else {
    channels.wait(number, waiting);
    watchJoins(session);
  }
  return call;
}

/**
 * Leaves a channel. The user wants none of its messages from now on.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} name
 */
function leaveChannel(session, now, name) {
  const { channels } = session;
  const call = nextCall(session);
  const number = channels.number(name);
  if (number !== undefined) {
    session.gaps.handleChannel(number);
    forgetConfirmation(session, ofChannel(number));
    for (const waiting of channels.remove(number)) {
      const message = `the channel '${name}' was left before it could be joined`;
      resolve(session, waiting.id, { code: 'NETWORK_ERROR', message, channel: name });
    }
  }
  session.recovery?.handleLeave(name);
  if (isConnected(session)) {
    // Messages of the user go before the leave: the server would refuse them afterwards.
    while (frameMessage(session, now));
    const ack = expectAnswer(session, { kind: 'leave', id: call }, now + CHANNEL_ACK_TIMEOUT);
    sendChannelEvent(session, LEAVE, name, ack);
    if (ack !== undefined) return call;
  }
  resolve(session, call);
  return call;
}

/**
 * The user connects: from now on, joins that wait for a connection expire.
 *
 * @param {Session} session
 * @param {number} now
 */
function ageJoins(session, now) {
  session.channels.age(now + session.config.outbox.age);
  watchJoins(session);
}

/**
 * The timer JOIN: fails the calls that have waited too long for a connection. The session still
 * joins their channels, as after any other failed join but a refusal.
 *
 * @param {Session} session
 * @param {number} now
 */
function handleJoinTimeout(session, now) {
  const { age } = session.config.outbox;
  for (const { name: channel, call } of session.channels.expire(now)) {
    const message =
      `there was no connection to join the channel '${channel}' with for ${age} ms; it is joined as soon as ` +
      'there is one, unless it is left';
    resolve(session, call.id, { code: 'EXPIRED', message, channel });
  }
  watchJoins(session);
}

/** Requests all channels on a new connection. @param {Session} session @param {number} now */
function requestChannels(session, now) {
  const { channels } = session;
  session.timers.clear(JOIN_TIMER);
  for (const number of channels.numbers()) {
    const waiting = channels.takeWaiting(number);
    if (waiting.length === 0) requestChannel(session, now, number);
    for (const call of waiting) requestChannel(session, now, number, call);
  }
}

/**
 * The server has answered a join.
 *
 * @param {Session} session
 * @param {PendingRequest & { kind: 'join' }} join
 * @param {unknown} answer
 */
function handleJoinAnswer(session, { channel: number, name, call }, answer) {
  const { channels, link } = session;
  const isWanted = channels.name(number) !== undefined;
  session.gaps.handleChannel(number);
  const problem = refusalIn(answer);
  if (problem === undefined) {
    noteConfirmed(session, ofChannel(number));
    reportUnconfirmed(session);
    if (isWanted) notify(session, ['joined', { channel: name }]);
    if (call !== undefined) resolve(session, call.id, undefined, answer);
    return;
  }
  forgetConfirmation(session, ofChannel(number));
  // If another request for the channel is pending, its answer decides.
  const isLast = !link?.acks.any((request) => request.kind === 'join' && request.channel === number);
  const waiting = isLast ? channels.remove(number) : [];
  /** @type {Failure} */
  const failure = {
    code: 'CHANNEL_DENIED',
    message: `the server refused the channel '${name}': ${problem}`,
    // The channel in the error tells the user that the client is not in it.
    ...(channels.number(name) === undefined ? { channel: name } : undefined),
  };
  if (isWanted && isLast && call === undefined && waiting.length === 0) return report(session, failure);
  for (const { id } of call === undefined ? waiting : [call, ...waiting]) resolve(session, id, failure);
}

/**
 * @param {Session} session
 * @param {string} verb
 * @param {string} channel
 * @param {number} [ack]
 */
function sendChannelEvent(session, verb, channel, ack) {
  sendEvent(session, verb, { channel }, ack);
}

/**
 * @param {Session} session
 * @param {number} now
 * @param {number} channel its number
 * @param {JoinCall} [call]
 */
function requestChannel(session, now, channel, call) {
  const name = session.channels.name(channel);
  if (name === undefined) return;
  const ack = expectAnswer(session, { kind: 'join', channel, name, call }, now + CHANNEL_ACK_TIMEOUT);
  sendChannelEvent(session, JOIN, name, ack);
  if (ack === undefined && call !== undefined) resolve(session, call.id);
}

/** @param {Session} session */
function watchJoins({ channels, timers }) {
  timers.assign(JOIN_TIMER, channels.deadline());
}

export { ageJoins, handleJoinAnswer, handleJoinTimeout, joinChannel, leaveChannel, requestChannels, sendChannelEvent };
