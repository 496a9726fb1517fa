/**
 * The plain protocol: JSON objects with a `type`, over a WebSocket.
 *
 * @import { Codec, Incoming } from './codec.js'
 */

import { DecodeError } from '../../protocol/decode-error.js';
import { readEvent } from '../../protocol/event.js';
import { isObject, memberOf, parse, textOf } from '../../protocol/json.js';
import { ACK, CONNECTED, ERROR, EVENT, GAP, PING, PONG, SUBSCRIBED } from '../../protocol/vocabulary.js';
import { acked, failed, gap, IGNORED, subscribed } from './meanings.js';

/** @param {string} text @returns {Incoming} throws a {@link DecodeError} */
function decode(text) {
  // A peer may put a byte order mark in front of a document (RFC 8259, section 8.1).
  const frame = parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  if (!isObject(frame)) throw new DecodeError('frame must be an object');
  const type = required(textOf(frame, 'type'), 'type', 'a string');
  if (type === EVENT) {
    const event = readEvent(required(memberOf(frame, 'data'), 'data', 'an event'));
    return { kind: 'event', event, offset: undefined };
  }
  const ackId = memberOf(frame, 'ackId');
  const isAnswer = Number.isInteger(ackId) && ackId >= 0;
  if (isAnswer && (type === ACK || type === ERROR)) return acked(ackId, frame, text);
  if (type === ERROR) return failed(frame);
  if (type === SUBSCRIBED) {
    required(textOf(frame, 'topic'), 'topic', 'a string');
    return subscribed(frame, text);
  }
  if (type === GAP) return gap(frame);
  if (type === PONG) return { kind: 'pong', timestamp: memberOf(frame, 'timestamp') };
  const socketId = type === CONNECTED ? textOf(frame, 'socketId') : undefined;
  return socketId === undefined ? IGNORED : { kind: 'named', socketId };
}

/**
 * @template T
 * @param {T | undefined} value
 * @param {string} name
 * @param {string} expected
 * @returns {T}
 */
function required(value, name, expected) {
  if (value === undefined) throw new DecodeError(`frame: \`${name}\` must be ${expected}`);
  return value;
}

/** @param {string} name @param {string} payload @param {number | undefined} ack */
function event(name, payload, ack) {
  const members = payload.slice(1, -1).trim();
  const ackId = ack === undefined ? '' : `,"ackId":${ack}`;
  return `{"type":${JSON.stringify(name)}${members && `,${members}`}${ackId}}`;
}

/** @type {Codec} */
const plain = {
  decode,
  // There is no recovery, and the server awaits no acks.
  offset: () => undefined,
  awaitedAck: () => undefined,
  event,
  ping: `{"type":"${PING}"}`,
};

export { plain };
