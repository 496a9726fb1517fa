/**
 * The envelope: completes what a publisher gives to a whole RealtimeEvent, or says what is wrong with it, and cuts
 * it to what a receiver asked for.
 */

import { randomUUID } from 'node:crypto';
import { invalid } from '../error.js';
import { isDeeper, isNameIn, isObject } from '../json.js';
import { DEFAULT_TYPES, LEFT_OUT, LIMITS, OPERATIONS } from '../vocabulary.js';
import { requireTopic } from './topics.js';

/**
 * @param {object} partial `topic`, and any other member of the envelope; unknown members are kept
 * @returns {object} a RealtimeEvent
 */
export function completeEvent(partial) {
  if (!isObject(partial)) throw invalid('event: expected an object.');
  const { id = `evt_${randomUUID()}`, topic, source = 'database', ...rest } = partial;
  requireTopic(topic);
  if (!isText(id)) throw invalid('id: expected a non-empty string.');
  if (!isNameIn(DEFAULT_TYPES, source)) {
    throw invalid(`source: expected one of ${Object.keys(DEFAULT_TYPES).join(', ')}.`);
  }
  const { type = DEFAULT_TYPES[source], payload = {}, metadata = {}, ...others } = rest;
  if (!isText(type)) throw invalid('type: expected a non-empty string.');
  if (!isObject(payload)) throw invalid('payload: expected an object.');
  if (!isObject(metadata)) throw invalid('metadata: expected an object.');
  const { timestamp = Date.now(), operation } = metadata;
  if (!Number.isFinite(timestamp)) throw invalid('metadata.timestamp: expected milliseconds since 1970.');
  if (operation !== undefined && !OPERATIONS.includes(operation)) {
    throw invalid(`metadata.operation: expected one of ${OPERATIONS.join(', ')}.`);
  }
  const event = { id, topic, source, type, payload, metadata: { ...metadata, timestamp }, ...others };
  if (isDeeper(event, LIMITS.dataDepth)) throw invalid(`event: nests deeper than ${LIMITS.dataDepth} levels.`);
  return JSON.parse(JSON.stringify(event)); // what receivers get, and safe from a publisher who reuses its objects
}

/**
 * @param {object} event a RealtimeEvent
 * @param {Iterable<string>} modes the return modes of all subscriptions it is sent for
 * @returns {object} the event without what none of them asked for
 */
export function cutEvent(event, modes) {
  if (event.source !== 'sync') return event;
  const [first, ...others] = modes;
  const leftOut = LEFT_OUT[first].filter((member) => others.every((mode) => LEFT_OUT[mode].includes(member)));
  const payload = Object.fromEntries(Object.entries(event.payload).filter(([member]) => !leftOut.includes(member)));
  return { ...event, payload };
}

const isText = (value) => typeof value === 'string' && value !== '';
