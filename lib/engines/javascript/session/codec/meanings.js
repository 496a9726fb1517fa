/**
 * The meanings that both protocols have.
 *
 * @import { Incoming } from './codec.js'
 */

import { memberOf, textOf } from '../../protocol/json.js';
import { readServerId } from '../tables/server-ids.js';

/** The longest gap that is believed: 30 days. */
const MAX_DURATION = 2_592_000_000;

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

/**
 * What cannot be read is taken in the widest sense, since a gap must not be missed.
 *
 * @param {unknown} report
 * @param {unknown} [offset]
 * @returns {Incoming}
 */
function gap(report, offset) {
  const topics = memberOf(report, 'topics');
  const duration = memberOf(report, 'durationMs');
  return {
    kind: 'gap',
    topics: Array.isArray(topics) && topics.every((topic) => typeof topic === 'string') ? topics : undefined,
    reason: textOf(report, 'reason') ?? 'no reason given',
    durationMs: typeof duration === 'number' ? Math.min(Math.max(Math.floor(duration), 0), MAX_DURATION) : 0,
    offset,
  };
}

/** @param {unknown} answer @param {string} text */
function serverIdIn(answer, text) {
  return readServerId(memberOf(answer, 'subscriptionId'), text);
}

export { acked, failed, gap, IGNORED, subscribed };
