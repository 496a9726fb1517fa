/**
 * Messages and presence as events. Unlike a published event, a message is not copied by way of
 * JSON: it was decoded for this purpose alone, and its binary values must stay binary.
 */

import { randomUUID } from 'node:crypto';
import { invalid } from '../error.js';
import { isDeeper, isTree } from '../json.js';
import { traceOf } from '../trace.js';
import { LIMITS } from '../vocabulary.js';
import { requireEvent, requireMessageId } from './names.js';

/** @import { LocalEvent } from '../../index.js' */
/** @import { PeerRequest } from '../json.js' */

/**
 * @param {string} topic
 * @param {PeerRequest} request
 * @param {{ id: string }} [sender] undefined for a message of the platform
 */
export function composeMessage(topic, request, sender) {
  const { event, data = null, id } = request ?? {};
  if (isDeeper(data, LIMITS.dataDepth)) throw invalid(`data: nests deeper than ${LIMITS.dataDepth} levels.`);
  const from = sender && { from: sender.id };
  const messageId = id === undefined ? undefined : requireMessageId(id);
  const name = requireEvent(event);
  const metadata = { ...traceOf(request), ...from };
  if (isPlainObject(data)) return compose(messageId, topic, name, data, metadata);
  return compose(messageId, topic, name, { value: data }, { ...metadata, wrapped: true });
}

/**
 * @param {string} type
 * @param {{ channel: string, socketId: string, joinedAt: number | undefined }} payload
 * @param {string} [id] default: a new one
 */
export function composePresence(type, payload, id) {
  return compose(id, payload.channel, type, payload, {});
}

/**
 * @param {string | undefined} id
 * @param {string} topic
 * @param {string} type
 * @param {Record<string, unknown>} payload
 * @param {{ from?: string, wrapped?: true, traceparent?: string, tracestate?: string }} metadata
 * @returns {LocalEvent}
 */
function compose(id = `msg_${randomUUID()}`, topic, type, payload, metadata) {
  return { id, topic, source: 'socket', type, payload, metadata: { timestamp: Date.now(), ...metadata } };
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isPlainObject = (value) => isTree(value) && !Array.isArray(value);
