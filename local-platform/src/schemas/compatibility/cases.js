/**
 * What a schema accepts, as cases: one type, or one value, and the schemas that hold for it. A
 * schema with alternatives has the cases of each. A keyword that is not understood only makes the
 * cases accept more than the schema: what is proven for them holds for it.
 */

import { canonical, textsOf } from '../canonical.js';
import { hasKeywords } from '../keywords.js';

/** @import { Schema } from '../keywords.js' */
/** @import { References } from '../references.js' */

/** @typedef {'null' | 'boolean' | 'object' | 'array' | 'number' | 'string'} Type */
/**
 * `schemas` hold all at once, without their references and alternatives. `value`: the only value of
 * the case, if it is known. `isWhole`: numbers are whole.
 *
 * @typedef {{ type: Type, schemas: Record<string, any>[], value?: { json: unknown }, isWhole: boolean }} Case
 */

/** Thrown where a comparison takes too long. */
export class TooComplex extends Error {}

const MAX_CASES = 1_000;
/** @type {Type[]} */
const ALL = ['null', 'boolean', 'object', 'array', 'number', 'string'];
/** @type {Partial<Record<Type, unknown[]>>} */
const FINITE = { null: [null], boolean: [false, true] };

/** @param {unknown} value @returns {Type} */
function typeOf(value) {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : /** @type {Type} */ (typeof value);
}

/**
 * The cases of what all these schemas accept.
 *
 * @param {readonly Schema[]} schemas
 * @param {References} references
 * @returns {Case[]}
 */
export function casesOf(schemas, references) {
  const cases = alternatives(schemas, references).flatMap(byType);
  if (cases.length > MAX_CASES) throw new TooComplex();
  return cases;
}

/**
 * Lists of schemas: a value that all the schemas accept is accepted by all of one list.
 *
 * @param {readonly Schema[]} schemas
 * @param {References} references
 * @returns {Record<string, any>[][]}
 */
function alternatives(schemas, references) {
  /** @type {Record<string, any>[][]} */
  let lists = [[]];
  const multiply = (/** @type {Record<string, any>[][]} */ factor) => {
    lists = lists.flatMap((list) => factor.map((other) => [...list, ...other]));
    if (lists.length > MAX_CASES) throw new TooComplex();
  };
  for (const schema of schemas) {
    if (schema === false) return [];
    if (!hasKeywords(schema)) continue;
    const { $ref, allOf, anyOf, oneOf } = schema;
    multiply([[schema]]);
    if ($ref !== undefined) multiply(alternatives([references.resolve($ref)], references));
    if (allOf) multiply(alternatives(allOf, references));
    for (const union of [anyOf, oneOf]) {
      if (union) multiply(union.flatMap((/** @type {Schema} */ one) => alternatives([one], references)));
    }
  }
  return lists;
}

/** @param {Record<string, any>[]} schemas @returns {Case[]} */
function byType(schemas) {
  /** @type {Type[]} */
  let types = ALL;
  let isWhole = false;
  /** @type {unknown[] | undefined} */
  let values;
  for (const schema of schemas) {
    if (schema.type !== undefined) {
      const names = [schema.type].flat();
      const isWholeHere = names.includes('integer') && !names.includes('number');
      isWhole ||= isWholeHere;
      types = types.filter((type) => names.includes(type) || (type === 'number' && isWholeHere));
    }
    for (const list of [schema.enum, Object.hasOwn(schema, 'const') ? [schema.const] : undefined]) {
      if (list === undefined) continue;
      const texts = textsOf(list);
      values = values === undefined ? list : values.filter((value) => texts.has(canonical(value)));
    }
  }
  const of = (/** @type {unknown} */ value) => {
    const type = typeOf(value);
    return {
      type,
      schemas: [...schemas, ...described(value)],
      value: { json: value },
      isWhole: Number.isInteger(value),
    };
  };
  if (values === undefined) {
    return types.flatMap((type) => FINITE[type]?.map(of) ?? [{ type, schemas, isWhole: isWhole && type === 'number' }]);
  }
  return values.map(of).filter((each) => {
    return types.includes(each.type) && !(isWhole && each.type === 'number' && !each.isWhole);
  });
}

/** @type {WeakMap<object, Record<string, any>[]>} */
const descriptions = new WeakMap();

/** An object or an array as a schema that accepts it alone. @param {unknown} value */
function described(value) {
  if (value === null || typeof value !== 'object') return [];
  const known = descriptions.get(value) ?? [describe(value)];
  descriptions.set(value, known);
  return known;
}

/** @param {object} value @returns {Record<string, any>} */
function describe(value) {
  if (Array.isArray(value)) {
    const items = value.map((item) => ({ const: item }));
    return { type: 'array', prefixItems: items, items: false, minItems: items.length, maxItems: items.length };
  }
  const members = Object.entries(value).map(([name, member]) => [name, { const: member }]);
  const properties = Object.fromEntries(members);
  return { type: 'object', required: Object.keys(value), properties, additionalProperties: false };
}
