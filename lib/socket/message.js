/** Turns the RealtimeEvents of channels into the messages and presence events of `socketClient`. */

import { own } from '../own.js';

/**
 * @import { ChannelMember, ChannelMessage, DirectMessage, PresenceEvent, RealtimeEvent } from '../../index.js'
 */

/** The topic of direct messages; no channel has this name. */
const DIRECT_TOPIC = 'direct';
const PRESENCE_TYPES = { 'presence.join': 'join', 'presence.leave': 'leave' };

/** @param {RealtimeEvent} event @param {string} channel @returns {ChannelMessage} */
function toMessage({ id, type, payload, metadata }, channel) {
  return { id, channel, event: type, ...contentOf(payload, metadata) };
}

/** @param {RealtimeEvent} event @returns {DirectMessage} */
function toDirect({ id, type, payload, metadata }) {
  return { id, event: type, ...contentOf(payload, metadata) };
}

/**
 * @param {Record<string, unknown>} payload
 * @param {Record<string, any> | null} [metadata] a server may leave it out
 */
function contentOf(payload, metadata) {
  // Data that is not an object travels inside one, with a mark.
  const data = own(metadata, 'wrapped') === true ? own(payload, 'value') : payload;
  return { data, from: own(metadata, 'from'), timestamp: own(metadata, 'timestamp') };
}

/**
 * @param {RealtimeEvent} event
 * @param {string} channel
 * @returns {PresenceEvent | undefined} undefined when it is a message
 */
function toPresence({ type, payload }, channel) {
  if (!Object.hasOwn(PRESENCE_TYPES, type)) return undefined;
  const kind = PRESENCE_TYPES[/** @type {keyof typeof PRESENCE_TYPES} */ (type)];
  return { type: /** @type {'join' | 'leave'} */ (kind), channel, ...toMember(payload) };
}

/**
 * Keeps the known members only of what a server sends.
 *
 * @param {object} sent
 * @returns {ChannelMember}
 */
function toMember(sent) {
  const joinedAt = own(sent, 'joinedAt');
  return {
    socketId: own(sent, 'socketId'),
    joinedAt: /** @type {number} */ (typeof joinedAt === 'number' ? joinedAt : undefined),
  };
}

export { DIRECT_TOPIC, toDirect, toMember, toMessage, toPresence };
