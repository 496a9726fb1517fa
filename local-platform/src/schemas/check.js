/**
 * Checks a schema before it is registered: the keywords and their values, and the bounds that keep
 * a schema of anybody's from stopping the platform.
 */

import { adviseName, kindOf } from '../arguments.js';
import { invalid, PlatformError } from '../error.js';
import { isDeeper, isObject } from '../json.js';
import { SCHEMA_LIMITS } from '../vocabulary.js';
import { inner, KEYWORDS, kindOfKeyword, pointerOf, TYPES } from './keywords.js';
import { Pattern } from './pattern/pattern.js';
import { References } from './references.js';

/** @import { Kind } from './keywords.js' */

const DIALECT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/** Keywords of other drafts and tools, and what to write instead. @type {Record<string, string>} */
const FOREIGN = {
  additionalItems: 'use prefixItems and items',
  dependencies: 'use dependentRequired or dependentSchemas',
  nullable: "use type: ['string', 'null'] or the like",
  id: 'use $id, at the root',
  divisibleBy: 'use multipleOf',
  $anchor: "refer to it with a pointer such as '#/$defs/money'",
  $dynamicAnchor: "refer to it with a pointer such as '#/$defs/money'",
  $dynamicRef: "use $ref with a pointer such as '#/$defs/money'",
  $recursiveRef: "use $ref: '#'",
};

/**
 * What each kind of keyword accepts, and how to say so.
 *
 * @type {{ [K in Kind]?: [(value: any) => boolean, string] }}
 */
const ACCEPTS = {
  schema: [(value) => isObject(value) || typeof value === 'boolean', 'a schema'],
  list: [(value) => Array.isArray(value) && value.length > 0, 'a list of schemas'],
  map: [isObject, 'an object of schemas'],
  reference: [(value) => typeof value === 'string', "a text such as '#/$defs/money'"],
  type: [(value) => isType(value) || isListOf(value, isType), `one or several of ${TYPES.join(', ')}`],
  values: [(value) => Array.isArray(value) && value.length > 0, 'a list of values'],
  number: [Number.isFinite, 'a number'],
  positive: [(value) => Number.isFinite(value) && value > 0, 'a number above 0'],
  count: [(value) => Number.isSafeInteger(value) && value >= 0, 'a whole number of at least 0'],
  pattern: [(value) => typeof value === 'string', 'a regular expression, as a text'],
  boolean: [(value) => typeof value === 'boolean', 'true or false'],
  names: [(value) => isNames(value), 'a list of names'],
  namesByName: [(value) => isObject(value) && Object.values(value).every(isNames), 'an object of lists of names'],
};

/**
 * @param {unknown} schema
 * @returns {References} the schema with its references
 * @throws {PlatformError} `ValidationError`, naming the place inside the schema
 */
export function requireSchema(schema) {
  if (!isObject(schema)) throw invalid(`schema: expected a JSON Schema, an object, got ${kindOf(schema)}.`);
  if (isDeeper(schema, SCHEMA_LIMITS.depth)) throw invalid(`schema: nests deeper than ${SCHEMA_LIMITS.depth} levels.`);
  if (JSON.stringify(schema).length > SCHEMA_LIMITS.length) {
    throw invalid(`schema: longer than ${SCHEMA_LIMITS.length} characters of JSON.`);
  }
  requireDialect(schema);
  requireKeywords(schema, []);
  const references = new References(schema);
  if (references.size > SCHEMA_LIMITS.schemas) throw invalid(`schema: has more than ${SCHEMA_LIMITS.schemas} schemas.`);
  return references;
}

/** @param {Record<string, unknown>} schema */
function requireDialect({ $schema }) {
  if ($schema === undefined || (typeof $schema === 'string' && DIALECT.test($schema))) return;
  throw invalid("schema/$schema: expected 'https://json-schema.org/draft/2020-12/schema', or none.");
}

/** @param {any} schema @param {string[]} tokens */
function requireKeywords(schema, tokens) {
  if (!isObject(schema)) return;
  for (const [keyword, value] of Object.entries(schema)) {
    const place = `schema${pointerOf([...tokens, keyword])}`;
    const kind = kindOfKeyword(keyword);
    if (kind === undefined) throw invalid(`${place}: ${adviseKeyword(keyword)}`);
    if (keyword === '$id' && tokens.length > 0) throw invalid(`${place}: only the root may have an $id.`);
    if (keyword === 'items' && Array.isArray(value)) throw invalid(`${place}: a list is written as prefixItems.`);
    const [accepts, expected] = ACCEPTS[kind] ?? [];
    if (accepts && !accepts(value)) throw invalid(`${place}: expected ${expected}, got ${kindOf(value)}.`);
    if (kind === 'map') requireNames(/** @type {object} */ (value), place);
    if (keyword === 'pattern') requirePattern(/** @type {string} */ (value), place);
    if (keyword === 'patternProperties') {
      for (const pattern of Object.keys(/** @type {object} */ (value))) requirePattern(pattern, place);
    }
  }
  for (const child of inner(schema)) {
    const path = [...tokens, ...child.tokens];
    const { schema: value } = child;
    if (!isObject(value) && typeof value !== 'boolean') {
      throw invalid(`schema${pointerOf(path)}: expected a schema, got ${kindOf(value)}.`);
    }
    requireKeywords(value, path);
  }
}

/** The validator reads no such member of a payload. @param {object} map @param {string} place */
function requireNames(map, place) {
  if (Object.hasOwn(map, '__proto__')) throw invalid(`${place}: '__proto__' cannot be described.`);
}

/** @param {string} keyword */
function adviseKeyword(keyword) {
  if (Object.hasOwn(FOREIGN, keyword)) return `not a keyword here: ${FOREIGN[keyword]}.`;
  const known = Object.keys(KEYWORDS).filter((name) => Math.abs(name.length - keyword.length) < 3);
  const advice = known.length > 0 && keyword.length < 40 ? adviseName(keyword, known) : '';
  const shown = advice.startsWith('Did') ? ` ${advice}` : '';
  return `not a keyword of JSON Schema, draft 2020-12.${shown} Names that begin with x- are yours.`;
}

/** @param {string} pattern @param {string} place */
function requirePattern(pattern, place) {
  try {
    new Pattern(pattern);
  } catch (error) {
    throw error instanceof PlatformError ? invalid(`${place}: the pattern cannot be used: ${error.message}`) : error;
  }
}

/** @param {unknown} value */
const isType = (value) => typeof value === 'string' && TYPES.includes(value);
/** @param {unknown} value */
const isNames = (value) =>
  Array.isArray(value) && value.every((name) => typeof name === 'string') && new Set(value).size === value.length;
/** @param {unknown} value @param {(entry: unknown) => boolean} accepts */
const isListOf = (value, accepts) => Array.isArray(value) && value.length > 0 && value.every(accepts);
