/** The registered topics and the versions of their schemas, which several panels show. */

import { call, callWithToken } from './api.js';
import { Reading } from './reading.js';

/**
 * @typedef {{ name: string, description: string, owner: string, activeSchemaVersion: number | null,
 *   createdAt: number }} Topic
 * @typedef {{ version: number, schema: any, compatibilityMode: string, createdAt: number }} Version
 * @typedef {{ path: string, message: string }} PayloadError
 * @typedef {{ topic: string, count: number, lastVersion: number, lastErrors: PayloadError[], lastAt: number }} Refused
 */

/** @type {Reading<Topic[]>} */
export const topics = new Reading(() => callWithToken('/api/topics'), ['topic']);

/** @type {Reading<Refused[]>} */
export const refused = new Reading(() => call('/_local/refused-payloads'), ['refused']);

/** @type {Map<string, Reading<Version[]>>} */
const versions = new Map();

/**
 * The versions of a topic's schema, the oldest first.
 *
 * @param {string} topic
 * @returns {Version[]}
 */
export function versionsOf(topic) {
  const known =
    versions.get(topic) ??
    new Reading(() => callWithToken(`/api/schemas/${encodeURIComponent(topic)}/versions`), ['schema']);
  versions.set(topic, known);
  return known.keep().value ?? [];
}

/** The topic of this name, if it is registered. @param {string} name */
export const topicOf = (name) => topics.keep().value?.find((topic) => topic.name === name);

/** What was refused on a topic. @param {string} name */
export const refusedOf = (name) => refused.keep().value?.find(({ topic }) => topic === name);

/**
 * The version that payloads must fit, or else the latest.
 *
 * @param {string} name
 * @returns {Version | undefined}
 */
export function schemaOf(name) {
  const topic = topicOf(name);
  if (!topic) return undefined;
  const known = versionsOf(name);
  return known.find(({ version }) => version === topic.activeSchemaVersion) ?? known.at(-1);
}

/** @param {string} name @param {object} changes */
export const changeTopic = (name, changes) =>
  callWithToken(`/api/topics/${encodeURIComponent(name)}`, { method: 'PATCH', body: changes });

/**
 * Compares a payload with a version. Without one: with the active version, or else the latest.
 *
 * @param {string} topic
 * @param {unknown} payload
 * @param {number} [version]
 * @returns {Promise<{ valid: boolean, version: number, errors?: PayloadError[] }>}
 */
export const validate = (topic, payload, version) =>
  callWithToken(
    `/api/schemas/${encodeURIComponent(topic)}/validate${version === undefined ? '' : `?version=${version}`}`,
    {
      body: payload,
    },
  );
