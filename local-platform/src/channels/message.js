/**
 * Messages and presence as RealtimeEvents. Unlike a published event, a message is not copied by way of JSON: it
 * was decoded for this one purpose, and binary in it has to stay binary.
 */

import { randomUUID } from 'node:crypto';
import { invalid } from '../error.js';
import { isDeeper, isTree } from '../json.js';
import { LIMITS } from '../vocabulary.js';
import { requireEvent, requireMessageId } from './names.js';

/**
 * @param {string} topic
 * @param {{ event: unknown, data?: unknown, id?: unknown }} request
 * @param {{ id: string }} [sender] none: the platform itself
 */
export function composeMessage(topic, { event, data = null, id }, sender) {
  if (isDeeper(data, LIMITS.dataDepth)) throw invalid(`data: nests deeper than ${LIMITS.dataDepth} levels.`);
  const wrapped = !isPlainObject(data);
  const metadata = { ...(sender && { from: sender.id }), ...(wrapped && { wrapped }) };
  const payload = wrapped ? { value: data } : data;
  return compose(id === undefined ? undefined : requireMessageId(id), topic, requireEvent(event), payload, metadata);
}

/** @param {{ channel: string, socketId: string, joinedAt: number }} payload */
export function composePresence(type, payload) {
  return compose(undefined, payload.channel, type, payload);
}

function compose(id = `msg_${randomUUID()}`, topic, type, payload, metadata) {
  return { id, topic, source: 'socket', type, payload, metadata: { timestamp: Date.now(), ...metadata } };
}

const isPlainObject = (value) => isTree(value) && !Array.isArray(value);
