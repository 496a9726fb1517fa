'use strict';

/** Messages, direct messages and presence as `socketClient` shows them: made from the RealtimeEvents that carry them. */

/** @import { ChannelMessage, DirectMessage, PresenceEvent, RealtimeEvent } from '../../index.js' */

/** The topic of direct messages; no channel has this name. */
const DIRECT_TOPIC = 'direct';
const PRESENCE_TYPES = { 'presence.join': 'join', 'presence.leave': 'leave' };

/** @param {RealtimeEvent} event @returns {ChannelMessage} */
function toMessage(event) {
  return { ...toDirect(event), channel: event.topic };
}

/** @param {RealtimeEvent} event @returns {DirectMessage} */
function toDirect({ id, type, payload, metadata }) {
  const { from, timestamp, wrapped } = /** @type {Record<string, any>} */ (metadata ?? {});
  // What is no object travels inside one, and is marked.
  const data = wrapped === true ? payload?.value : payload;
  return { id, event: type, data, from, timestamp };
}

/** @param {RealtimeEvent} event @returns {PresenceEvent | undefined} undefined when it is a message */
function toPresence({ topic, type, payload }) {
  if (!Object.hasOwn(PRESENCE_TYPES, type)) return undefined;
  const { socketId, joinedAt } = /** @type {Record<string, any>} */ (payload ?? {});
  const kind = PRESENCE_TYPES[/** @type {keyof typeof PRESENCE_TYPES} */ (type)];
  return { type: /** @type {'join' | 'leave'} */ (kind), channel: topic, socketId, joinedAt };
}

module.exports = { DIRECT_TOPIC, toDirect, toMessage, toPresence };
