/** Checks what a platform is to have from the start. Each refusal names its place. */

import { adviseName, kindOf, requireOptions } from '../arguments.js';
import { completeEvent } from '../broker/event.js';
import { invalid, PlatformError } from '../error.js';
import { isObject } from '../json.js';
import { MAX_MILLISECONDS } from '../options.js';

/** @import { LocalSample, LocalSeed } from '../../index.js' */

const KNOWN = ['topics', 'schemas', 'documents', 'endpoints', 'channels', 'samples'];
const MESSAGE = ['every', 'channel', 'event', 'data'];
const MAX_MEMBERS = 1_000;

/**
 * @param {unknown} given
 * @returns {Required<LocalSeed>}
 * @throws {PlatformError} `ValidationError`, naming the member
 */
export function parseSeed(given) {
  for (const name of Object.keys(isObject(given) ? given : {})) {
    if (!KNOWN.includes(name)) throw invalid(`options.seed.${name} is not known. ${adviseName(name, KNOWN)}`);
  }
  const {
    topics = [],
    schemas = {},
    documents = {},
    endpoints = [],
    channels = {},
    samples = [],
  } = requireOptions(given, KNOWN, '{ documents: {} }');
  if (!Array.isArray(topics) || !topics.every(isObject)) {
    throw invalid('options.seed.topics: expected topics such as [{ name, description, owner }].');
  }
  if (!isObject(schemas) || !Object.values(schemas).every((list) => Array.isArray(list))) {
    throw invalid("options.seed.schemas: expected versions by topic, such as { 'order.updated': [{ schema }] }.");
  }
  if (!isObject(documents) || !Object.values(documents).every(isObject)) {
    throw invalid("options.seed.documents: expected data by service and id, such as { orders: { 'order-1': {} } }.");
  }
  if (!Array.isArray(endpoints)) throw invalid(`options.seed.endpoints: expected an array, got ${kindOf(endpoints)}.`);
  if (!isObject(channels) || !Object.values(channels).every(isMemberCount)) {
    throw invalid(`options.seed.channels: expected 1 to ${MAX_MEMBERS} members by channel, such as { lobby: 2 }.`);
  }
  if (!Array.isArray(samples)) throw invalid(`options.seed.samples: expected an array, got ${kindOf(samples)}.`);
  samples.forEach((sample, index) => {
    inPlace(`options.seed.samples[${index}]`, () => requireSample(sample));
  });
  return /** @type {Required<LocalSeed>} */ (
    /** @type {unknown} */ ({
      topics,
      schemas,
      documents,
      endpoints,
      channels,
      samples,
    })
  );
}

/**
 * Calls a function, and puts a place before its refusal.
 *
 * @template T
 * @param {string} place
 * @param {() => T} act
 * @returns {T}
 */
export function inPlace(place, act) {
  try {
    return act();
  } catch (error) {
    throw error instanceof PlatformError
      ? new PlatformError(error.name, `${place}: ${error.message}`, error.details)
      : error;
  }
}

/** @param {unknown} members */
const isMemberCount = (members) => Number.isInteger(members) && Number(members) >= 1 && Number(members) <= MAX_MEMBERS;

/** @param {unknown} sample @returns {asserts sample is LocalSample} */
function requireSample(sample) {
  if (!isObject(sample))
    throw invalid(`expected an object such as { every: 1000, topic: 'a.b' }, got ${kindOf(sample)}.`);
  const { every, ...event } = sample;
  const isInterval = Number.isInteger(every) && Number(every) >= 10 && Number(every) <= MAX_MILLISECONDS;
  if (!isInterval) throw invalid(`every: expected milliseconds, at least 10, got ${kindOf(every)}.`);
  if (event.channel === undefined) {
    // A function is first called when its event is due.
    completeEvent({ ...event, payload: typeof event.payload === 'function' ? {} : event.payload });
    return;
  }
  for (const name of Object.keys(event)) {
    if (!MESSAGE.includes(name)) throw invalid(`${name} is not known. ${adviseName(name, MESSAGE)}`);
  }
}
