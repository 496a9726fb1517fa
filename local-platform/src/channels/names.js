/** Names in requests: each function returns the name, or refuses it and says which member it was. */

import { invalid } from '../error.js';
import { DIRECT_TOPIC, LIMITS, PRESENCE } from '../vocabulary.js';

/** Socket.IO keeps these for itself; the client libraries refuse to emit them. */
const SOCKET_IO_EVENTS = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
const RESERVED_EVENTS = new Set([...SOCKET_IO_EVENTS, ...Object.values(PRESENCE)]);

export function requireChannel(channel) {
  requireName('channel', channel);
  if (channel === DIRECT_TOPIC) throw invalid(`channel: '${DIRECT_TOPIC}' is reserved for direct messages.`);
  return channel;
}

export function requireEvent(event) {
  requireName('event', event);
  if (RESERVED_EVENTS.has(event)) throw invalid(`event: '${event}' is reserved; choose another name.`);
  return event;
}

export const requireSocketId = (id) => requireName('targetSocketId', id);

export function requireMessageId(id) {
  if (typeof id === 'string' && id !== '' && id.length <= LIMITS.messageIdLength) return id;
  throw invalid(`id: expected a string of 1 to ${LIMITS.messageIdLength} characters.`);
}

function requireName(member, name) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (typeof name !== 'string' || name === '' || /[\u0000-\u001f\u007f]/.test(name)) {
    throw invalid(`${member}: expected a non-empty string without control characters.`);
  }
  if (Buffer.byteLength(name) > LIMITS.nameBytes) throw invalid(`${member}: longer than ${LIMITS.nameBytes} bytes.`);
  return name;
}
