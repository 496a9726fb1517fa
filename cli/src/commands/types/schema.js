/**
 * Schemas of several topics as one, in the words of `json-schema-to-typescript`. The schemas come
 * from a server: what is not a keyword of JSON Schema stays out, since the generator has keywords
 * that put text into its result as it is, and no reference leads to a file or another server.
 */

import { CommandError, EXIT } from '../../exit-codes.js';

/**
 * @typedef {{ name: string, description?: string, owner?: string, version?: number, schema?: unknown }} TypedTopic
 */
/** @typedef {Record<string, any>} Schema */

const SCHEMAS = ['additionalProperties', 'items', 'not'];
const LISTS = ['allOf', 'anyOf', 'oneOf'];
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions'];
/** What decides the type, beside the schemas inside. */
const KEPT = ['type', 'enum', 'const', 'required', 'description', 'deprecated', 'title'];
const MAX_DEPTH = 100;

/** @param {TypedTopic[]} topics */
export function combine(topics) {
  const properties = topics.map((topic) => [
    topic.name,
    { allOf: [{ $ref: refOf(topic.name) }], description: docOf(topic) },
  ]);
  const $defs = topics.map((topic) => [topic.name, definitionOf(topic)]);
  return {
    title: 'Topics',
    description: 'The payloads of the topics, for `new RealtimeClient<Topics>({ .. })`.',
    type: 'object',
    additionalProperties: false,
    required: topics.map(({ name }) => name),
    properties: Object.fromEntries(properties),
    $defs: Object.fromEntries($defs),
  };
}

/** @param {TypedTopic} topic */
function definitionOf({ name, schema }) {
  // A payload is an object, whatever else its schema leaves open.
  if (schema === undefined) return { type: 'object', additionalProperties: true };
  const { title, description, ...converted } = convert(schema, name, 0);
  const doc = [title, description].filter((text) => typeof text === 'string').join('\n\n');
  return { ...converted, title: typeNameOf(name), ...(doc && { description: doc }) };
}

/** `order.updated`: `OrderUpdated`. @param {string} topic */
export function typeNameOf(topic) {
  const words = topic.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const name = words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
  return /^[A-Z]/.test(name) ? name : `Topic${name}`;
}

/** @param {TypedTopic} topic */
function docOf({ description, owner, version }) {
  const parts = [
    description,
    typeof owner === 'string' && `Owner: ${owner}.`,
    version === undefined ? 'It has no schema.' : `Schema version ${version}.`,
  ];
  return parts.filter((part) => typeof part === 'string').join('\n\n');
}

/** @param {unknown} given @param {string} topic @param {number} depth @returns {Schema} */
function convert(given, topic, depth) {
  if (depth > MAX_DEPTH) throw unusable(topic, `nests deeper than ${MAX_DEPTH} levels`);
  if (given === false) return { tsType: 'never' };
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return {};
  const schema = /** @type {Schema} */ (given);
  const inner = (/** @type {unknown} */ value) => convert(value, topic, depth + 1);
  /** @type {Schema} */
  const result = {};
  for (const keyword of KEPT) if (Object.hasOwn(schema, keyword)) result[keyword] = schema[keyword];
  for (const keyword of SCHEMAS)
    if (isSchema(schema[keyword])) result[keyword] = schema[keyword] === true ? true : inner(schema[keyword]);
  for (const keyword of LISTS) if (Array.isArray(schema[keyword])) result[keyword] = schema[keyword].map(inner);
  for (const keyword of MAPS) if (isObject(schema[keyword])) result[keyword] = mapValues(schema[keyword], inner);
  if (result.additionalProperties?.tsType) result.additionalProperties = false;
  if (Array.isArray(schema.prefixItems)) Object.assign(result, tupleOf(schema, inner));
  return schema.$ref === undefined ? result : withReference(result, schema.$ref, topic);
}

/**
 * What is beside a reference holds, too. Without this, the generator would repeat the type that is
 * referred to.
 *
 * @param {Schema} schema
 * @param {unknown} reference
 * @param {string} topic
 */
function withReference(schema, reference, topic) {
  if (typeof reference !== 'string' || !/^#(\/|$)/.test(reference)) {
    throw unusable(topic, `refers to '${String(reference).slice(0, 100)}', outside of itself`);
  }
  const target = { $ref: refOf(topic) + reference.slice(1) };
  const { allOf = [], ...rest } = schema;
  return Object.keys(rest).length === 0 && allOf.length === 0 ? target : { ...rest, allOf: [target, ...allOf] };
}

/**
 * A tuple, if all its items must be there; else an array of what the items can be.
 *
 * @param {Schema} schema
 * @param {(value: unknown) => Schema} inner
 */
function tupleOf({ prefixItems, items = true, minItems = 0 }, inner) {
  const first = prefixItems.map(inner);
  if (minItems < first.length) return { items: { anyOf: items === false ? first : [...first, inner(items)] } };
  return { items: first, additionalItems: items === false ? false : inner(items), minItems: first.length };
}

/** The place of a topic's schema in the combined one. @param {string} topic */
const refOf = (topic) => `#/$defs/${encodeURIComponent(topic.replaceAll('~', '~0').replaceAll('/', '~1'))}`;

/** @param {Schema} map @param {(value: unknown) => Schema} change @returns {Schema} */
const mapValues = (map, change) => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

/** @param {unknown} value */
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
/** @param {unknown} value */
const isSchema = (value) => typeof value === 'boolean' || isObject(value);

/** @param {string} topic @param {string} what */
const unusable = (topic, what) =>
  new CommandError(EXIT.failed, `The schema of '${topic}' ${what}: its types cannot be generated.`);
