/** What a mapping says: checks the request, without the database. Pure. */

import { adviseName, kindOf } from '../../arguments.js';
import { requireTopic } from '../../broker/topics.js';
import { invalid } from '../../error.js';
import { isObject } from '../../json.js';
import { OPERATIONS } from '../../vocabulary.js';
import { compileCondition } from './condition.js';
import { compileTemplate } from './template.js';

/** @import { DatabaseMappingRequest } from '../../../index.js' */
/** @import { Condition } from './condition.js' */
/** @import { Template } from './template.js' */

/** @typedef {'insert' | 'update' | 'delete'} Operation */
/**
 * @typedef {object} Definition
 * @property {DatabaseMappingRequest} request as it was written
 * @property {{ schema: string, name: string }} table
 * @property {ReadonlySet<Operation>} events
 * @property {Template} template
 * @property {Condition} condition
 */

const KNOWN = ['table', 'topic', 'events', 'triggerColumns', 'payload', 'when', 'environment'];
const DEFAULT_SCHEMA = 'public';
/** Paths beside `/mappings/:id`. */
const RESERVED = ['status', 'topic'];
const MAX_NAME = 63;
const MAX_REQUEST = 100_000;

/**
 * A new mapping, which may have an ID of the caller's.
 *
 * @param {unknown} body
 * @returns {{ id: string | undefined, definition: Definition }}
 */
export function parseRequest(body) {
  const { id, ...rest } = isObject(body) ? body : {};
  const isId = typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && !RESERVED.includes(id);
  if (id !== undefined && !isId) throw invalid("id: expected 1 to 64 letters, digits, - and _, such as 'orders'.");
  return { id: isId ? id : undefined, definition: parseDefinition(isObject(body) ? rest : body) };
}

/**
 * @param {unknown} body
 * @param {DatabaseMappingRequest} [former] what an earlier version says; `null` in the body removes a
 *   member of it
 * @returns {Definition}
 * @throws {PlatformError} naming the member
 */
export function parseDefinition(body, former) {
  if (!isObject(body))
    throw invalid(`expected an object such as { table: 'orders', topic: 'order.changed' }, got ${kindOf(body)}.`);
  for (const name of Object.keys(body)) {
    if (!KNOWN.includes(name)) throw invalid(`${name} is not known. ${adviseName(name, KNOWN)}`);
  }
  const given = Object.entries({ ...former, ...body }).filter(([, value]) => value !== undefined && value !== null);
  const { table, topic, events = OPERATIONS, triggerColumns, payload, when, environment } = Object.fromEntries(given);
  requireTopic(topic);
  requireEvents(events);
  if (triggerColumns !== undefined && !isNames(triggerColumns)) {
    throw invalid("triggerColumns: expected an array of columns, such as ['status'].");
  }
  if (environment !== undefined && (typeof environment !== 'string' || environment === '')) {
    throw invalid("environment: expected a name such as 'production'.");
  }
  const definition = {
    table: parseTable(table),
    events: new Set(events),
    template: compileTemplate(payload),
    condition: compileCondition(when),
  };
  const members = { table, topic, events: [...definition.events], triggerColumns, payload, when, environment };
  // The caller may change its objects later.
  const request = JSON.stringify(members);
  if (request.length > MAX_REQUEST) throw invalid(`A mapping has at most ${MAX_REQUEST} characters of JSON.`);
  return { ...definition, request: JSON.parse(request) };
}

/** @param {unknown} table */
function parseTable(table) {
  const parts = typeof table === 'string' ? table.split('.') : [];
  if (parts.length < 1 || parts.length > 2 || !parts.every(isIdentifier)) {
    throw invalid("table: expected a table such as 'orders' or 'shop.orders'.");
  }
  const [name, schema = DEFAULT_SCHEMA] = parts.reverse();
  return { schema, name };
}

/** @param {unknown} events @returns {asserts events is Operation[]} */
function requireEvents(events) {
  if (Array.isArray(events) && events.length > 0 && events.every((each) => OPERATIONS.includes(each))) return;
  throw invalid(`events: expected an array with some of ${OPERATIONS.join(', ')}.`);
}

/** @param {unknown} names @returns {names is string[]} */
const isNames = (names) => Array.isArray(names) && names.length > 0 && names.every(isIdentifier);

/** @param {unknown} name */
const isIdentifier = (name) =>
  typeof name === 'string' && name !== '' && Buffer.byteLength(name) <= MAX_NAME && !name.includes('\0');
