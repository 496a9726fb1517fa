/**
 * What a record says about a notice of the JavaScript engine. `src/session/records.rs` says the
 * same of the native one.
 */

/** @import { Notice } from '../engines/engine.js' */
/** @import { Fields, Level } from './log.js' */

/** @typedef {[level: Level, message: string, fields: Fields]} Said */

/** @type {Record<string, Level>} */
const LEVEL_OF_STATE = { connecting: 'info', connected: 'info', reconnecting: 'warn', disconnected: 'info' };

/** @param {Notice} notice @returns {Said | undefined} undefined: it is logged elsewhere */
function said([kind, body]) {
  switch (kind) {
    case 'connection': {
      const { state, ...fields } = /** @type {{ state: string, retryIn?: number }} */ (body);
      if (fields.retryIn !== undefined) fields.retryIn = Math.floor(fields.retryIn);
      return [LEVEL_OF_STATE[state], state, fields];
    }
    case 'error': {
      const { code, message, status, subscriptionId, retryAfter, cause } = body;
      return ['error', 'error', { code, reason: message, status, subscriptionId, retryAfter, cause }];
    }
    case 'gap': {
      const { since, until, reason, subscriptions, channels, dropped } = body;
      const topics = subscriptions.map(({ topic }) => topic).join(', ') || undefined;
      const lasted = Math.round(until - since);
      return ['warn', 'gap', { reason, lasted, topics, channels: channels.join(', ') || undefined, dropped }];
    }
    case 'slow':
      return ['warn', 'slow', { ...body }];
    case 'subscribed':
    case 'joined':
      return ['info', kind, { ...body }];
    case 'token':
      return ['debug', 'token wanted', { ...body }];
    default:
      return undefined;
  }
}

export { said };
