'use strict';

/** Messages, direct messages and presence as `socketClient` shows them: made from the RealtimeEvents that carry them. */

/** @import { ChannelMessage, DirectMessage, PresenceEvent, RealtimeEvent } from '../../index.js' */

/** The topic of direct messages; no channel has this name. */
const DIRECT_TOPIC = 'direct';
const PRESENCE_TYPES = { 'presence.join': 'join', 'presence.leave': 'leave' };

/** @param {RealtimeEvent} event @returns {ChannelMessage} */
function toMessage({ id, topic, type, payload, metadata }) {
  return { id, channel: topic, event: type, ...contentOf(payload, metadata) };
}

/** @param {RealtimeEvent} event @returns {DirectMessage} */
function toDirect({ id, type, payload, metadata }) {
  return { id, event: type, ...contentOf(payload, metadata) };
}

/** @param {Record<string, unknown>} payload @param {Record<string, any> | null} [metadata] a server may leave it out */
function contentOf(payload, metadata) {
  const { from, timestamp, wrapped } = metadata ?? {};
  // What is no object travels inside one, and is marked.
  return { data: wrapped === true ? payload?.value : payload, from, timestamp };
}

/** @param {RealtimeEvent} event @returns {PresenceEvent | undefined} undefined when it is a message */
function toPresence({ topic, type, payload }) {
  if (!Object.hasOwn(PRESENCE_TYPES, type)) return undefined;
  const { socketId, joinedAt } = /** @type {Record<string, any>} */ (payload ?? {});
  const kind = PRESENCE_TYPES[/** @type {keyof typeof PRESENCE_TYPES} */ (type)];
  return { type: /** @type {'join' | 'leave'} */ (kind), channel: topic, socketId, joinedAt };
}

module.exports = { DIRECT_TOPIC, toDirect, toMessage, toPresence };
