/** Messages of the user. Every call gets one item `outcome`. */

import { utf8Length } from '#host';
import { notify } from './output.js';
import { isConnected } from './phase.js';
import { JOIN, OUTBOX } from './tables/timer.js';

/** @import { Message, Report } from './contract.js' */
/** @import { Session } from './session.js' */

/**
 * Sends a message, now or as soon as there is a connection. Its outcome is the server's answer.
 * Returns undefined if the message is volatile and was dropped. Throws where the outbox is full.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Message} message
 */
function emit(session, now, message) {
  const { outbox, timers } = session;
  if (message.volatile && !(isConnected(session) && outbox.isClear())) return undefined;
  const id = nextCall(session);
  const refusal = outbox.push(now, id, message);
  if (refusal !== undefined) throw refusal;
  timers.assign(OUTBOX, outbox.deadline());
  return id;
}

/**
 * Fails all calls that wait: nothing is sent until the user connects again.
 *
 * @param {Session} session
 */
function abandonCalls(session) {
  const { channels, outbox, timers } = session;
  const fail = (/** @type {number} */ id, /** @type {string} */ what, /** @type {Partial<Report>} */ about) =>
    resolve(session, id, {
      code: 'NETWORK_ERROR',
      message: `the client was disconnected before the ${what}`,
      ...about,
    });
  for (let message = outbox.pop(); message !== undefined; message = outbox.pop()) {
    const { id, outgoing, uncertain } = message;
    const what = uncertain ? 'answered' : 'sent';
    fail(id, `message '${outgoing.event}' was ${what}`, uncertain ? { uncertain } : {});
  }
  timers.clear(OUTBOX);
  timers.clear(JOIN);
  for (const number of channels.numbers()) {
    const channel = channels.name(number);
    for (const { id } of channels.takeWaiting(number)) fail(id, `channel '${channel}' was joined`, { channel });
  }
}

/** The timer OUTBOX. @param {Session} session @param {number} now */
function handleOutboxTimeout(session, now) {
  const { outbox, timers } = session;
  for (let expired = outbox.expire(now); expired !== undefined; expired = outbox.expire(now))
    resolve(session, expired.message.id, expired.error);
  timers.assign(OUTBOX, outbox.deadline());
}

/**
 * Queues the frames of the next message. Returns false if none may be sent.
 *
 * @param {Session} session
 * @param {number} now
 */
function frameMessage(session, now) {
  const { link, outbox, peer, timers } = session;
  if (link?.connected === undefined) return false;
  const { maxPayload = Infinity } = link.connected;
  for (let message = outbox.pop(); message !== undefined; message = outbox.pop()) {
    timers.assign(OUTBOX, outbox.deadline());
    const { id, outgoing } = message;
    const { attachments, event, payload, timeout } = outgoing;
    const ack = link.insertRequest({ kind: 'message', id }, now + timeout);
    const head = link.codec.event(event, payload, ack, attachments.length);
    // Long-polling carries attachments as base64 behind a letter, and the server counts those
    // bytes.
    const carried = attachments.map(({ length }) => (peer.canPing ? length : Math.ceil(length / 3) * 4 + 1));
    const longest = carried.reduce((most, length) => Math.max(most, length), utf8Length(head));
    if (longest <= maxPayload) {
      for (const frame of [head, ...attachments]) link.frames.push(frame);
      if (ack === undefined) resolve(session, id);
      else outbox.handleSent(message);
      return true;
    }
    if (ack !== undefined) link.acks.remove(ack);
    const problem = `the message '${event}' has a part of ${longest} bytes, more than the server takes`;
    resolve(session, id, { code: 'MESSAGE_TOO_LARGE', message: problem });
  }
  return false;
}

/**
 * Reports the outcome of a call: an error, or the server's answer, any JSON value. Neither: there
 * is no answer, and none is needed.
 *
 * @param {Session} session
 * @param {number} id
 * @param {Report} [error]
 * @param {unknown} [result]
 */
function resolve(session, id, error, result) {
  notify(session, ['outcome', error ? { id, error } : result === undefined ? { id } : { id, result }]);
}

/** @param {Session} session */
function nextCall(session) {
  session.calls += 1;
  return session.calls;
}

export { abandonCalls, emit, frameMessage, handleOutboxTimeout, nextCall, resolve };
