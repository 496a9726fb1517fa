/**
 * Socket.IO over Engine.IO: the meanings of packets.
 *
 * @import { Assembler } from '../../protocol/attachments.js'
 * @import { Packet } from '../../protocol/socket-io.js'
 * @import { Codec, Incoming } from './codec.js'
 */

import { readRefusal } from '#refusal';
import { ATTACHMENT_MISSING } from '../../protocol/attachments.js';
import { DecodeError } from '../../protocol/decode-error.js';
import { badEngineIoType, decodeHandshake } from '../../protocol/engine-io.js';
import { readEvent } from '../../protocol/event.js';
import { parse, parseInPacket, textOf } from '../../protocol/json.js';
import {
  ACK,
  BINARY_ACK,
  BINARY_EVENT,
  CONNECT,
  CONNECT_ERROR,
  DISCONNECT,
  decodePacket,
  EVENT as EVENT_PACKET,
} from '../../protocol/socket-io.js';
import { ERROR, EVENT, GAP, PING_NAMESPACE, SUBSCRIBED } from '../../protocol/vocabulary.js';
import { acked, failed, gap, IGNORED, subscribed } from './meanings.js';

/** Event names that the official libraries emit themselves. No peer may send such an event. */
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];

/** How nearly every event starts. */
const HEAD = `42["${EVENT}",`;

/**
 * @param {string} frame
 * @param {Assembler} assembler
 * @returns {Incoming} throws a {@link DecodeError}
 */
function decode(frame, assembler) {
  // The start of nearly every frame: an event without an ack.
  if (frame.startsWith('42[') && !assembler.isPending()) return eventIn(frame) ?? eventMeaning(frame.slice(2));
  const data = frame.slice(1);
  switch (frame[0]) {
    case '4':
      break;
    case '0':
      return { kind: 'opened', handshake: decodeHandshake(data) };
    case '1':
      return { kind: 'closed' };
    case '2':
      return { kind: 'ping', text: data };
    case '3':
    case '5':
    case '6':
      return IGNORED;
    default:
      throw badEngineIoType(frame);
  }
  if (assembler.isPending()) {
    assembler.skip();
    throw ATTACHMENT_MISSING;
  }
  const isBinary = data[0] === '5' || data[0] === '6';
  try {
    const packet = decodePacket(data);
    if (!isBinary) return meaning(packet);
    assembler.begin(data, packet.attachments);
    return { kind: 'binaryStarted' };
  } catch (problem) {
    // Its attachments follow all the same.
    if (isBinary) assembler.skip();
    throw problem;
  }
}

/** @param {string} message @returns {Incoming} throws a {@link DecodeError} */
function decodeAssembled(message) {
  return meaning(decodePacket(message));
}

/** @param {Packet} packet @returns {Incoming} */
function meaning({ type, namespace, id, payload }) {
  if (namespace === PING_NAMESPACE && type === CONNECT_ERROR) return { kind: 'pong' };
  if (namespace === PING_NAMESPACE && type === CONNECT) return { kind: 'pingAdmitted' };
  if (namespace !== '/') return IGNORED;
  switch (type) {
    case EVENT_PACKET:
    case BINARY_EVENT:
      return eventMeaning(payload);
    case ACK:
    case BINARY_ACK: {
      const [answer] = parse(payload);
      return id === undefined ? IGNORED : acked(id, answer, payload);
    }
    case CONNECT: {
      const joined = payload && parse(payload);
      return { kind: 'joined', socketId: textOf(joined, 'sid') || undefined, pid: textOf(joined, 'pid') };
    }
    case CONNECT_ERROR:
      return { kind: 'refused', refusal: readRefusal(payload === '' ? undefined : parse(payload)) };
    default:
      return { kind: 'disconnected' };
  }
}

/**
 * Nearly every event is an object between a fixed head and a fixed tail. Undefined: this one is
 * another, or cannot be read.
 *
 * @param {string} frame
 * @returns {Incoming | undefined}
 */
function eventIn(frame) {
  const event = frame.startsWith(HEAD) && frame.endsWith('}]') && parseInPacket(frame.slice(HEAD.length, -1));
  return event ? { kind: 'event', event: readEvent(event), offset: undefined } : undefined;
}

/** @param {string} payload @returns {Incoming} */
function eventMeaning(payload) {
  const values = parse(payload);
  const name = values[0];
  // With Connection State Recovery the server appends the packet's offset.
  if (name === EVENT) return { kind: 'event', event: readEvent(values[1]), offset: values[2] };
  if (name === SUBSCRIBED) return subscribed(values[1], payload);
  if (name === ERROR) return failed(values[1]);
  if (name === GAP) return gap(values[1], values[2]);
  if (typeof name !== 'string' && typeof name !== 'number')
    throw new DecodeError("payload of a Event packet must be an array that starts with the event's name");
  if (RESERVED.includes(`${name}`)) throw new DecodeError(`event name \`${name}\` is reserved by Socket.IO`);
  return IGNORED;
}

/**
 * The offset of an unreadable event packet, with or without the packet type of Engine.IO.
 *
 * @param {string} text
 */
function offset(text) {
  const message = text.replace(/^4/, '');
  const last = message.lastIndexOf(',"');
  const start = message.indexOf('[');
  const comma = message.indexOf(',', start);
  // The offset follows the name and the event.
  const isThird = /^[25]/.test(message) && start > 0 && comma > start && comma < last;
  return isThird ? /^,"([^"\\\p{Cc}]*)"\]$/u.exec(message.slice(last))?.[1] : undefined;
}

/** The id of the ack that the server expects for the event in a frame. @param {string} frame */
function awaitedAck(frame) {
  // Nearly every event has none: its arguments follow its type.
  return frame.startsWith('42') && frame[2] !== '[' ? awaitedAckOf(frame.slice(1)) : undefined;
}

/** The same, for a packet without its Engine.IO type. @param {string} message */
function awaitedAckOf(message) {
  try {
    const { type, namespace, id } = decodePacket(message);
    return namespace === '/' && (type === EVENT_PACKET || type === BINARY_EVENT) ? id : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name
 * @param {string} payload
 * @param {number | undefined} ack
 * @param {number} attachments
 */
function event(name, payload, ack, attachments) {
  const type = attachments === 0 ? EVENT_PACKET : `${BINARY_EVENT}${attachments}-`;
  return `4${type}${ack ?? ''}[${JSON.stringify(name)},${payload}]`;
}

/** Whether a frame is the answer to CONNECT, readable or not. @param {string} frame */
function answersJoin(frame) {
  return /^4[04](?!\/)/.test(frame);
}

/** Leaves the namespace of the application ping, which the server has opened. */
const LEAVE_PING_NAMESPACE = `4${DISCONNECT}${PING_NAMESPACE},`;

/** @type {Codec} */
const socketIo = {
  decode,
  offset,
  awaitedAck,
  event,
  farewell: `4${DISCONNECT}`,
  ping: `4${CONNECT}${PING_NAMESPACE},`,
};

export { answersJoin, awaitedAckOf, decodeAssembled, LEAVE_PING_NAMESPACE, socketIo };
