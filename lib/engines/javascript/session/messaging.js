/**
 * Messages of the user, and the channels that the user wants to be in. Every call gets one item
 * `outcome`. The entry `core` does without this part of a session.
 */

import { utf8Length } from '#host';
import { own } from '../../../own.js';
import { DIRECT_TOPIC, JOIN, LEAVE, SOCKET_SOURCE } from '../protocol/vocabulary.js';
import { refusalIn, reportUnconfirmed } from './answers.js';
import { ofChannel } from './machines/confirmations.js';
import { notify, report } from './output.js';
import { isConnected } from './phase.js';
import { Channels } from './tables/channels.js';
import { Outbox } from './tables/outbox.js';
import { JOIN as JOIN_TIMER, OUTBOX } from './tables/timer.js';

/** @import { Event, Failure, Message, Report } from './contract.js' */
/** @import { Session } from './session.js' */
/** @import { CallRequest, JoinRequest, PendingRequest } from './tables/acks.js' */
/** @import { JoinCall } from './tables/channels.js' */

/** How long the server may take to answer a join or leave. */
const CHANNEL_ACK_TIMEOUT = 10_000;

/** The messages and channels of one session. */
class Messaging {
  channels = new Channels();
  /** How many messages, joins and leaves the user has sent. */
  calls;
  #session;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
    this.calls = session.config.firstCall ?? 0;
    this.outbox = new Outbox(session.config.outbox);
  }

  /**
   * Whether an event is a direct message, or a message or presence of a channel that the user has
   * joined.
   *
   * @param {Event} event
   */
  isMessage({ source, topic }) {
    return source === SOCKET_SOURCE && (topic === DIRECT_TOPIC || this.channels.number(topic) !== undefined);
  }

  /**
   * Sends a message, now or as soon as there is a connection. Its outcome is the server's answer.
   * Returns undefined if the message is volatile and was dropped. Throws where the outbox is full.
   *
   * @param {number} now
   * @param {Message} message
   */
  emit(now, message) {
    if (message.volatile && !(isConnected(this.#session) && this.outbox.isClear())) return undefined;
    const id = this.#nextCall();
    const refusal = this.outbox.push(now, id, message);
    if (refusal !== undefined) throw refusal;
    this.#watchOutbox();
    return id;
  }

  /**
   * Joins a channel, now and on every later connection.
   *
   * @param {number} now
   * @param {string} name
   */
  joinChannel(now, name) {
    const { config, phase } = this.#session;
    const id = this.#nextCall();
    const number = this.channels.insert(name);
    const waiting = { id, expires: phase === 'idle' ? undefined : now + config.outbox.age };
    if (isConnected(this.#session)) this.#requestChannel(now, number, waiting);
    else {
      this.channels.wait(number, waiting);
      this.#watchJoins();
    }
    return id;
  }

  /**
   * Leaves a channel. The user wants none of its messages from now on.
   *
   * @param {number} now
   * @param {string} name
   */
  leaveChannel(now, name) {
    const { confirmations, gaps, link, recovery } = this.#session;
    const id = this.#nextCall();
    const number = this.channels.number(name);
    if (number !== undefined) {
      gaps.handleAnswered(ofChannel(number));
      confirmations.forget(ofChannel(number), link);
      const message = `the channel '${name}' was left before it could be joined`;
      for (const waiting of this.channels.remove(number))
        this.#resolve(waiting.id, { code: 'NETWORK_ERROR', message, channel: name });
    }
    recovery?.handleLeave(name);
    if (isConnected(this.#session)) {
      // Messages of the user go before the leave: the server would refuse them afterwards.
      while (this.frameMessage(now));
      if (this.#leave(name, { kind: 'leave', call: { id } }, now + CHANNEL_ACK_TIMEOUT) !== undefined) return id;
    }
    this.#resolve(id);
    return id;
  }

  /**
   * Queues the frames of the next message. Returns false if none may be sent.
   *
   * @param {number} now
   */
  frameMessage(now) {
    const { link, peer } = this.#session;
    if (link?.connected === undefined) return false;
    const { maxPayload = Infinity } = link.connected;
    for (let message = this.outbox.pop(); message !== undefined; message = this.outbox.pop()) {
      this.#watchOutbox();
      const { id, outgoing } = message;
      const { attachments, event, payload, timeout } = outgoing;
      const ack = link.acks.insert({ kind: 'message', call: { id } }, now + timeout);
      const head = link.codec.event(event, payload, ack, attachments.length);
      // Long-polling carries attachments as base64 behind a letter, and the server counts those
      // bytes.
      const carried = attachments.map(({ length }) => (peer.canPing ? length : Math.ceil(length / 3) * 4 + 1));
      const longest = carried.reduce((most, length) => Math.max(most, length), utf8Length(head));
      if (longest <= maxPayload) {
        link.frames.push(head, ...attachments);
        if (ack === undefined) this.#resolve(id);
        else this.outbox.handleSent(message);
        return true;
      }
      if (ack !== undefined) link.acks.remove(ack);
      const problem = `the message '${event}' has a part of ${longest} bytes, more than the server takes`;
      this.#resolve(id, { code: 'MESSAGE_TOO_LARGE', message: problem });
    }
    return false;
  }

  /**
   * The user connects: from now on, joins that wait for a connection expire.
   *
   * @param {number} now
   */
  handleConnect(now) {
    this.channels.age(now + this.#session.config.outbox.age);
    this.#watchJoins();
  }

  /** Requests all channels on a new connection. @param {number} now */
  handleConnected(now) {
    this.#session.timers[JOIN_TIMER] = Infinity;
    for (const number of this.channels.numbers()) {
      const waiting = this.channels.takeWaiting(number);
      if (waiting.length === 0) this.#requestChannel(now, number);
      for (const call of waiting) this.#requestChannel(now, number, call);
    }
  }

  /**
   * Leaves a channel once more that a recovered session has restored.
   *
   * @param {string} name
   * @param {number} ackBy
   */
  repeatLeave(name, ackBy) {
    if (this.channels.number(name) === undefined) this.#leave(name, { kind: 'repeatedEnd' }, ackBy);
  }

  /**
   * The server has answered a message, a join or a leave.
   *
   * @param {CallRequest | JoinRequest} request
   * @param {unknown} answer
   */
  handleAnswer(request, answer) {
    if (request.kind === 'join') return this.#handleJoinAnswer(request, answer);
    const { id } = request.call;
    this.outbox.forgetUnanswered(id);
    const problem = refusalIn(answer);
    if (problem === undefined) this.#resolve(id, undefined, answer);
    else {
      const code = namesMissing(answer) ? 'NOT_FOUND' : 'MESSAGE_DENIED';
      this.#resolve(id, { code, message: `the server refused the message: ${problem}` });
    }
  }

  /**
   * A request has timed out. During a pause its answer may wait in the link.
   *
   * @param {PendingRequest} request
   */
  handleAckTimeout(request) {
    const { confirmations, link, pausedBy } = this.#session;
    const { call } = request;
    if (request.kind === 'join' && link !== undefined && this.channels.name(request.channel) !== undefined) {
      const requested = ofChannel(request.channel);
      if (call !== undefined) confirmations.handleReported(requested, link);
      else if (pausedBy === undefined) confirmations.handleTimeout(requested, link);
    }
    if (call === undefined) return;
    this.outbox.forgetUnanswered(call.id);
    this.#resolve(call.id, { code: 'TIMEOUT', message: 'the server did not answer in time', uncertain: true });
  }

  /**
   * The link of these requests is gone. Unanswered messages are sent again where the user wants
   * that.
   *
   * @param {PendingRequest[]} requests
   */
  handleLinkLost(requests) {
    const requeued = this.outbox.requeueUnanswered();
    const message = 'the connection was lost before the server answered; the message may have been received';
    for (const { kind, call, channel } of requests) {
      if (call === undefined || requeued.includes(call.id)) continue;
      // Without a connection the client is in no channel.
      if (kind === 'leave') this.#resolve(call.id);
      else if (kind !== 'join' || !this.channels.wait(channel, call))
        this.#resolve(call.id, { code: 'NETWORK_ERROR', message, uncertain: true });
    }
    this.#watchOutbox();
    this.#watchJoins();
  }

  /** Fails all calls that wait: nothing is sent until the user connects again. */
  abandon() {
    const { timers } = this.#session;
    const fail = (/** @type {number} */ id, /** @type {string} */ what, /** @type {Partial<Report>} */ about) =>
      this.#resolve(id, {
        code: 'NETWORK_ERROR',
        message: `the client was disconnected before the ${what}`,
        ...about,
      });
    for (let message = this.outbox.pop(); message !== undefined; message = this.outbox.pop()) {
      const { id, outgoing, uncertain } = message;
      const what = uncertain ? 'answered' : 'sent';
      fail(id, `message '${outgoing.event}' was ${what}`, uncertain ? { uncertain } : {});
    }
    timers[OUTBOX] = Infinity;
    timers[JOIN_TIMER] = Infinity;
    for (const number of this.channels.numbers()) {
      const channel = this.channels.name(number);
      for (const { id } of this.channels.takeWaiting(number)) fail(id, `channel '${channel}' was joined`, { channel });
    }
  }

  /** The user ends everything. */
  forget() {
    this.channels = new Channels();
  }

  /** The timer OUTBOX. @param {number} now */
  handleOutboxTimeout(now) {
    for (let expired = this.outbox.expire(now); expired !== undefined; expired = this.outbox.expire(now))
      this.#resolve(expired.message.id, expired.error);
    this.#watchOutbox();
  }

  /**
   * The timer JOIN: fails the calls that have waited too long for a connection. The session still
   * joins their channels, as after any other failed join but a refusal.
   *
   * @param {number} now
   */
  handleJoinTimeout(now) {
    const { age } = this.#session.config.outbox;
    for (const { name: channel, call } of this.channels.expire(now)) {
      const message =
        `there was no connection to join the channel '${channel}' with for ${age} ms; it is joined as soon as ` +
        'there is one, unless it is left';
      this.#resolve(call.id, { code: 'EXPIRED', message, channel });
    }
    this.#watchJoins();
  }

  /** @param {JoinRequest} request @param {unknown} answer */
  #handleJoinAnswer({ channel: number, name, call }, answer) {
    const session = this.#session;
    const { confirmations, gaps, link } = session;
    const isWanted = this.channels.name(number) !== undefined;
    const problem = refusalIn(answer);
    gaps.handleAnswered(ofChannel(number));
    if (problem === undefined) {
      confirmations.handleConfirmed(ofChannel(number), link);
      reportUnconfirmed(session);
      if (isWanted) notify(session, ['joined', { channel: name }]);
      if (call !== undefined) this.#resolve(call.id, undefined, answer);
      return;
    }
    confirmations.forget(ofChannel(number), link);
    // If another request for the channel is pending, its answer decides.
    const isLast = !link?.acks.any(({ channel }) => channel === number);
    const waiting = isLast ? this.channels.remove(number) : [];
    /** @type {Failure} */
    const failure = {
      code: 'CHANNEL_DENIED',
      message: `the server refused the channel '${name}': ${problem}`,
      // The channel in the error tells the user that the client is not in it.
      ...(this.channels.number(name) === undefined ? { channel: name } : undefined),
    };
    if (isWanted && isLast && call === undefined && waiting.length === 0) return report(session, failure);
    for (const { id } of call === undefined ? waiting : [call, ...waiting]) this.#resolve(id, failure);
  }

  /** @param {number} now @param {number} channel its number @param {JoinCall} [call] */
  #requestChannel(now, channel, call) {
    const name = this.channels.name(channel);
    if (name === undefined) return;
    const request = /** @type {const} */ ({ kind: 'join', channel, name, call, lasts: true });
    const { link } = this.#session;
    const ack = link?.acks.insert(request, now + CHANNEL_ACK_TIMEOUT);
    link?.pushEvent(JOIN, { channel: name }, ack);
    if (ack === undefined && call !== undefined) this.#resolve(call.id);
  }

  /** @param {string} channel @param {PendingRequest} request @param {number} ackBy */
  #leave(channel, request, ackBy) {
    const { link } = this.#session;
    const ack = link?.acks.insert(request, ackBy);
    link?.pushEvent(LEAVE, { channel }, ack);
    return ack;
  }

  #watchOutbox() {
    this.#session.timers[OUTBOX] = this.outbox.deadline() ?? Infinity;
  }

  #watchJoins() {
    this.#session.timers[JOIN_TIMER] = this.channels.deadline();
  }

  /**
   * Reports the outcome of a call: an error, or the server's answer, any JSON value. Neither: there
   * is no answer, and none is needed.
   *
   * @param {number} id
   * @param {Report} [error]
   * @param {unknown} [result]
   */
  #resolve(id, error, result) {
    notify(this.#session, ['outcome', error ? { id, error } : result === undefined ? { id } : { id, result }]);
  }

  #nextCall() {
    this.calls += 1;
    return this.calls;
  }
}

/**
 * Whether a refusal says that the receiver is not there: `NotFoundError`, `NOT_FOUND`, 404.
 *
 * @param {unknown} answer
 */
function namesMissing(answer) {
  const error = own(answer, 'error');
  return (
    error === 404 || (typeof error === 'string' && /^(notfound|404)(error)?$/i.test(error.replace(/[^a-z\d]/gi, '')))
  );
}

export { Messaging };
