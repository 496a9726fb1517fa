/** The webhook type of an event, and the events that report connections. */

import { completeEvent } from '../broker/event.js';
import { PRESENCE } from '../vocabulary.js';

/** @import { LocalEvent, WebhookType } from '../../index.js' */
/** @import { Connection } from '../broker/connection.js' */

/** @type {readonly string[]} */
const PRESENCE_TYPES = Object.values(PRESENCE);

/** @param {LocalEvent} event @returns {WebhookType} */
export function webhookTypeOf({ source, type }) {
  if (source === 'database') return 'database.event';
  if (source === 'sync') return type === 'document.deleted' ? 'document.deleted' : 'document.updated';
  return PRESENCE_TYPES.includes(type) ? 'presence.updated' : 'socket.message';
}

/**
 * @param {'socket.connect' | 'socket.disconnect'} type is the topic as well, since nobody published
 *   the event to a topic
 * @param {Connection} connection
 */
export function connectionEvent(type, { id, protocol, identity }) {
  const payload = { socketId: id, protocol, sub: identity.sub };
  return completeEvent({ topic: type, source: 'socket', type, payload });
}
