/** Names in requests: each function returns the name, or refuses it and says which member it is. */

import { invalid } from '../error.js';
import { DIRECT_TOPIC, LIMITS, PRESENCE } from '../vocabulary.js';

/** Names that Socket.IO reserves: its client libraries refuse to emit them. */
const SOCKET_IO_EVENTS = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];
const RESERVED_EVENTS = new Set([...SOCKET_IO_EVENTS, ...Object.values(PRESENCE)]);

/** @param {unknown} channel */
export function requireChannel(channel) {
  const name = requireName('channel', channel);
  if (name === DIRECT_TOPIC) throw invalid(`channel: '${DIRECT_TOPIC}' is reserved for direct messages.`);
  return name;
}

/** @param {unknown} event */
export function requireEvent(event) {
  const name = requireName('event', event);
  if (RESERVED_EVENTS.has(name)) throw invalid(`event: '${name}' is reserved; choose another name.`);
  return name;
}

/** @param {unknown} id */
export const requireSocketId = (id) => requireName('targetSocketId', id);

/** @param {unknown} id */
export function requireMessageId(id) {
  if (typeof id === 'string' && id !== '' && id.length <= LIMITS.messageIdLength) return id;
  throw invalid(`id: expected a string of 1 to ${LIMITS.messageIdLength} characters.`);
}

/** @param {string} member @param {unknown} name */
function requireName(member, name) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (typeof name !== 'string' || name === '' || /[\u0000-\u001f\u007f]/.test(name)) {
    throw invalid(`${member}: expected a non-empty string without control characters.`);
  }
  if (Buffer.byteLength(name) > LIMITS.nameBytes) throw invalid(`${member}: longer than ${LIMITS.nameBytes} bytes.`);
  return name;
}
