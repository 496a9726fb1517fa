/** The envelope: completes what a publisher gives to a whole RealtimeEvent, or says what is wrong with it. */

import { randomUUID } from 'node:crypto';
import { invalid } from './error.js';
import { requireTopic } from './topics.js';
import { DEFAULT_TYPES, OPERATIONS } from './vocabulary.js';

/**
 * @param {object} partial `topic`, and any other member of the envelope; unknown members are kept
 * @returns {object} a RealtimeEvent
 */
export function completeEvent(partial) {
  if (!isObject(partial)) throw invalid('event: expected an object.');
  const { id = `evt_${randomUUID()}`, topic, source = 'database', type = DEFAULT_TYPES[source], ...rest } = partial;
  const { payload = {}, metadata = {}, ...others } = rest;
  requireTopic(topic);
  if (!isText(id)) throw invalid('id: expected a non-empty string.');
  if (!Object.hasOwn(DEFAULT_TYPES, source)) {
    throw invalid(`source: expected one of ${Object.keys(DEFAULT_TYPES).join(', ')}.`);
  }
  if (!isText(type)) throw invalid('type: expected a non-empty string.');
  if (!isObject(payload)) throw invalid('payload: expected an object.');
  if (!isObject(metadata)) throw invalid('metadata: expected an object.');
  const { timestamp = Date.now(), operation } = metadata;
  if (!Number.isFinite(timestamp)) throw invalid('metadata.timestamp: expected milliseconds since 1970.');
  if (operation !== undefined && !OPERATIONS.includes(operation)) {
    throw invalid(`metadata.operation: expected one of ${OPERATIONS.join(', ')}.`);
  }
  const event = { id, topic, source, type, payload, metadata: { ...metadata, timestamp }, ...others };
  return JSON.parse(JSON.stringify(event)); // what receivers get, and safe from a publisher who reuses its objects
}

const isText = (value) => typeof value === 'string' && value !== '';
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
