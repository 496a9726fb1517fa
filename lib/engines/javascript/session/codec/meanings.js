/**
 * The meanings that both protocols have.
 *
 * @import { Incoming } from './codec.js'
 */

import { memberOf, textOf } from '../../protocol/json.js';
import { readServerId } from '../tables/server-ids.js';

/** @type {Incoming} */
const IGNORED = { kind: 'ignored' };

/** @param {number} id @param {unknown} payload @param {string} text @returns {Incoming} */
function acked(id, payload, text) {
  return { kind: 'acked', id, payload, serverId: serverIdIn(payload, text) };
}

/** @param {unknown} confirmation @param {string} text @returns {Incoming} */
function subscribed(confirmation, text) {
  return { kind: 'subscribed', serverId: serverIdIn(confirmation, text), topic: textOf(confirmation, 'topic') };
}

/** @param {unknown} report @returns {Incoming} */
function failed(report) {
  const [error, message, subscriptionId] = ['error', 'message', 'subscriptionId'].map((name) => textOf(report, name));
  return { kind: 'failed', error, message, subscriptionId };
}

/** @param {unknown} answer @param {string} text */
function serverIdIn(answer, text) {
  return readServerId(memberOf(answer, 'subscriptionId'), text);
}

export { acked, failed, IGNORED, subscribed };
