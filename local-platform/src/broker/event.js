/**
 * The envelope of events: completes what a publisher sends, or refuses it, cuts an event to the
 * return modes of its receiver, and adds the number of receivers for its publisher.
 */

import { randomUUID } from 'node:crypto';
import { invalid } from '../error.js';
import { isDeeper, isNameIn, isObject } from '../json.js';
import { DEFAULT_TYPES, LEFT_OUT, LIMITS, OPERATIONS } from '../vocabulary.js';
import { requireTopic } from './topics.js';

/** @import { LocalEvent, PublishedEvent } from '../../index.js' */
/** @import { ReturnMode } from '../vocabulary.js' */

/**
 * @param {unknown} partial an object with `topic`, and any other member of the envelope. Unknown
 *   members are kept.
 * @returns {LocalEvent}
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
  // The copy is what receivers get. The publisher can reuse its objects.
  return JSON.parse(JSON.stringify(event));
}

/**
 * @param {LocalEvent} event
 * @param {Iterable<ReturnMode>} modes return modes of the subscriptions that the event is sent for
 * @returns {LocalEvent} the event without the payload members that no mode includes
 */
export function cutEvent(event, modes) {
  if (event.source !== 'sync') return event;
  const all = [...modes];
  const isIncluded = (/** @type {string} */ member) => all.some((mode) => !LEFT_OUT[mode].includes(member));
  const payload = Object.fromEntries(Object.entries(event.payload).filter(([member]) => isIncluded(member)));
  return { ...event, payload };
}

/**
 * Adds the number of receivers, for the publisher. The number is not enumerable: the event stays
 * equal to the one that the receivers get. A member of the publisher's with that name stays, too.
 *
 * @param {LocalEvent} event
 * @param {number} receivers
 * @returns {PublishedEvent}
 */
export function withReceivers(event, receivers) {
  if (!Object.hasOwn(event, 'receivers')) Object.defineProperty(event, 'receivers', { value: receivers });
  return /** @type {PublishedEvent} */ (event);
}

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && value !== '';
