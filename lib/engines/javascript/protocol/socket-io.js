/**
 * Socket.IO 5 packets: `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`. The payload stays
 * text.
 *
 * Source: <https://socket.io/docs/v4/socket-io-protocol/>.
 */

import { utf8Length } from '#host';
import { ATTACHMENT_COUNT } from './attachments.js';
import { badType, DecodeError } from './decode-error.js';

/** The longest namespace, in bytes. */
const MAX_NAMESPACE_BYTES = 256;

export const CONNECT = 0;
export const DISCONNECT = 1;
export const EVENT = 2;
export const ACK = 3;
export const CONNECT_ERROR = 4;
export const BINARY_EVENT = 5;
export const BINARY_ACK = 6;

/**
 * By type: its name, how its payload starts, and what that is.
 *
 * @type {[string, RegExp, string][]}
 */
const PAYLOADS = [
  ['Connect', /^(?:\{|$)/, 'an object'],
  ['Disconnect', /^$/, 'nothing'],
  ['Event', /^\[/, 'an array'],
  ['Ack', /^\[/, 'an array'],
  ['ConnectError', /^(?:[{"]|$)/, 'an object or a string'],
  ['BinaryEvent', /^\[/, 'an array'],
  ['BinaryAck', /^\[/, 'an array'],
];

/** Type; the number of attachments; namespace; ack ID. */
const HEAD = /^(?:[0-4]|[56](?:(\d+)-)?)(?:(\/[^,]*),?)?(\d*)/;

/**
 * @typedef {object} Packet
 * @property {number} type
 * @property {string} namespace
 * @property {number | undefined} id the ack ID
 * @property {number} attachments how many binary messages follow; the assembler bounds the number
 * @property {string} payload JSON, or nothing; only its first character is checked
 */

/**
 * Reads the head of a packet.
 *
 * @param {string} text
 * @returns {Packet} throws a {@link DecodeError}
 */
export function decodePacket(text) {
  const match = HEAD.exec(text);
  if (match === null)
    throw badType(text, 'empty Socket.IO packet: it needs a type', 'packet of unknown Socket.IO type');
  const [head, count = '0', namespace = '/', id] = match;
  const type = Number(head[0]);
  const attachments = Number(count);
  if (type >= BINARY_EVENT && !(attachments > 0 && attachments < 2 ** 32)) throw ATTACHMENT_COUNT;
  if (utf8Length(namespace) > MAX_NAMESPACE_BYTES)
    throw new DecodeError(`namespace is longer than ${MAX_NAMESPACE_BYTES} bytes`);
  if (Number(id) > Number.MAX_SAFE_INTEGER) throw new DecodeError(`ack id is above ${Number.MAX_SAFE_INTEGER}`);
  const payload = text.slice(head.length);
  const [name, start, expected] = PAYLOADS[type];
  if (!start.test(payload)) throw new DecodeError(`payload of a ${name} packet must be ${expected}`);
  return { type, namespace, id: id === '' ? undefined : Number(id), attachments, payload };
}
