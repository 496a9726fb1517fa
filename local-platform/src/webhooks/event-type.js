/** Which webhook type an event belongs to, and the events that tell of connections. */

import { completeEvent } from '../broker/event.js';
import { PRESENCE_TYPES } from '../vocabulary.js';

/**
 * @param {{ source: string, type: string }} event one that was published
 * @returns {string} one of WEBHOOK_TYPES
 */
export function webhookTypeOf({ source, type }) {
  if (source === 'database') return 'database.event';
  if (source === 'sync') return type === 'document.deleted' ? 'document.deleted' : 'document.updated';
  return PRESENCE_TYPES.includes(type) ? 'presence.updated' : 'socket.message';
}

/**
 * @param {'socket.connect' | 'socket.disconnect'} type also the topic: nobody published it anywhere
 * @param {import('../broker/connection.js').Connection} connection
 * @returns {object} a RealtimeEvent
 */
export function connectionEvent(type, { id, protocol, identity }) {
  const payload = { socketId: id, protocol, sub: identity.sub };
  return completeEvent({ topic: type, source: 'socket', type, payload });
}
