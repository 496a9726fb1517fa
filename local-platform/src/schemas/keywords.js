/**
 * The keywords of JSON Schema, draft 2020-12, that a schema of a topic may have, and what each
 * holds. Everything that walks a schema reads this table.
 *
 * | kind | value |
 * |---|---|
 * | `schema`, `list`, `map` | a schema, a list of schemas, schemas by name |
 * | `annotation` | says nothing about what is accepted |
 */

import { isObject } from '../json.js';

/** @typedef {boolean | { readonly [keyword: string]: any }} Schema */
/**
 * @typedef {'schema' | 'list' | 'map' | 'reference' | 'type' | 'values' | 'value' | 'number' | 'positive'
 *   | 'count' | 'pattern' | 'boolean' | 'names' | 'namesByName' | 'annotation'} Kind
 */

/** @type {Record<string, Kind>} */
export const KEYWORDS = {
  $ref: 'reference',
  $defs: 'map',
  definitions: 'map',
  type: 'type',
  enum: 'values',
  const: 'value',
  allOf: 'list',
  anyOf: 'list',
  oneOf: 'list',
  not: 'schema',
  if: 'schema',
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits the table
  then: 'schema',
  else: 'schema',
  dependentSchemas: 'map',
  dependentRequired: 'namesByName',
  properties: 'map',
  patternProperties: 'map',
  additionalProperties: 'schema',
  propertyNames: 'schema',
  unevaluatedProperties: 'schema',
  required: 'names',
  minProperties: 'count',
  maxProperties: 'count',
  prefixItems: 'list',
  items: 'schema',
  contains: 'schema',
  minContains: 'count',
  maxContains: 'count',
  unevaluatedItems: 'schema',
  minItems: 'count',
  maxItems: 'count',
  uniqueItems: 'boolean',
  minimum: 'number',
  maximum: 'number',
  exclusiveMinimum: 'number',
  exclusiveMaximum: 'number',
  multipleOf: 'positive',
  minLength: 'count',
  maxLength: 'count',
  pattern: 'pattern',
  $schema: 'annotation',
  $id: 'annotation',
  $comment: 'annotation',
  title: 'annotation',
  description: 'annotation',
  default: 'annotation',
  examples: 'annotation',
  deprecated: 'annotation',
  readOnly: 'annotation',
  writeOnly: 'annotation',
  format: 'annotation',
  contentEncoding: 'annotation',
  contentMediaType: 'annotation',
  contentSchema: 'annotation',
};

/** Keywords whose schemas apply to the same value as the schema around them, beside `$ref`. */
export const IN_PLACE = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas'];

export const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'];

/**
 * Whether a schema is an object: the others are true and false.
 *
 * @param {Schema} schema
 * @returns {schema is Record<string, any>}
 */
export const hasKeywords = (schema) => isObject(schema);

/**
 * What a keyword holds. Names that begin with `x-` are the user's own.
 *
 * @param {string} keyword
 * @returns {Kind | undefined}
 */
export function kindOfKeyword(keyword) {
  if (keyword.startsWith('x-')) return 'annotation';
  return Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
}

/**
 * The schemas directly inside a schema.
 *
 * @param {Schema} schema
 * @returns {Generator<{ keyword: string, tokens: string[], schema: Schema }>} `tokens`: the way to it
 */
export function* inner(schema) {
  if (!hasKeywords(schema)) return;
  for (const [keyword, value] of Object.entries(schema)) {
    const kind = kindOfKeyword(keyword);
    if (kind === 'schema') yield { keyword, tokens: [keyword], schema: value };
    if (kind === 'list' || kind === 'map') {
      for (const [key, each] of Object.entries(value))
        yield { keyword, tokens: [keyword, key], schema: /** @type {Schema} */ (each) };
    }
  }
}

/** A JSON Pointer (RFC 6901). @param {string[]} tokens */
export const pointerOf = (tokens) => tokens.map((token) => `/${escapeToken(token)}`).join('');

/** @param {string} token */
export const escapeToken = (token) => token.replaceAll('~', '~0').replaceAll('/', '~1');
