/**
 * Backward compatibility of schemas: changes that people make, and the reasons for what is refused.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { requireSchema } from '../../../local-platform/src/schemas/check.js';
import { findBreaks } from '../../../local-platform/src/schemas/compatibility/compare.js';

/** As `path: reason` texts. */
const breaksOf = (old, next) =>
  findBreaks(requireSchema(old), requireSchema(next)).map(({ path, reason }) => `${path || '.'}: ${reason}`);

const object = (properties, more = {}) => ({ type: 'object', properties, additionalProperties: false, ...more });
const list = (more) => object({ l: { type: 'array', ...more } });

// biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
const CONDITION = { not: { const: 1 }, if: { minimum: 2 }, then: { maximum: 9 } };

/** Pairs that must be accepted. */
const COMPATIBLE = {
  'the same': [object({ a: { type: 'string' } }), object({ a: { type: 'string' } })],
  'annotations and own keywords': [object({ a: {} }), object({ a: { title: 'A', format: 'email', 'x-owner': 'me' } })],
  'an optional member of a closed object': [object({ a: {} }), object({ a: {}, b: { type: 'string' } })],
  'no longer required': [object({ a: {} }, { required: ['a'] }), object({ a: {} })],
  'an opened object': [object({ a: {} }), { type: 'object', properties: { a: {} } }],
  'wider bounds': [
    object({
      n: { type: 'number', minimum: 1, exclusiveMaximum: 9 },
      s: { type: 'string', minLength: 2, maxLength: 3 },
    }),
    object({ n: { type: 'number', minimum: 0, maximum: 9 }, s: { type: 'string', minLength: 1, maxLength: 4 } }),
  ],
  'an excluded bound that becomes a bound': [
    object({ n: { type: 'integer', exclusiveMinimum: 0 } }),
    object({ n: { type: 'number', minimum: 0 } }),
  ],
  'bounds that the listed values meet': [
    object({ n: { enum: [3, 4] }, s: { enum: ['ab', 'ac'] } }),
    object({ n: { minimum: 3, multipleOf: 0.5 }, s: { pattern: '^a', maxLength: 2 } }),
  ],
  'multiples of a multiple': [object({ n: { multipleOf: 6 } }), object({ n: { multipleOf: 3 } })],
  'a value more': [object({ s: { enum: ['a', 'b'] } }), object({ s: { enum: ['b', 'c', 'a'] } })],
  'const to enum': [object({ s: { const: { a: [1] } } }), object({ s: { enum: [1, { a: [1] }] } })],
  'listed objects to their description': [
    object({ s: { enum: [{ a: [1, 'x'] }, { a: [] }] } }),
    object({ s: object({ a: { type: 'array', items: { type: ['integer', 'string'] } } }, { required: ['a'] }) }),
  ],
  'a boolean to its values': [object({ b: { type: 'boolean' } }), object({ b: { enum: [true, false, null] } })],
  nullable: [object({ s: { type: 'string' } }), object({ s: { type: ['string', 'null'] } })],
  'nullable as a union': [
    object({ s: { type: ['string', 'null'] } }),
    object({ s: { anyOf: [{ type: 'null' }, { type: 'string' }] } }),
  ],
  'nullable as oneOf': [
    object({ s: { type: ['string', 'null'] } }),
    object({ s: { oneOf: [{ type: 'null' }, { type: 'string' }] } }),
  ],
  'an alternative more': [
    object({ s: { anyOf: [{ type: 'string', maxLength: 3 }, { type: 'integer' }] } }),
    object({ s: { anyOf: [{ type: 'number' }, { type: 'boolean' }, { type: 'string' }] } }),
  ],
  'a kind more, told apart by a member': [
    object({ e: { oneOf: [object({ k: { const: 'a' }, n: { type: 'integer' } }, { required: ['k'] })] } }),
    object({
      e: {
        oneOf: [
          object({ k: { const: 'a' }, n: { type: 'number' } }, { required: ['k'] }),
          { type: 'object', required: ['k'], properties: { k: { const: 'b' } } },
        ],
      },
    }),
  ],
  'allOf taken apart': [
    { allOf: [object({ a: {}, b: {} }), { required: ['a'] }, { properties: { b: { type: 'integer' } } }] },
    { type: 'object', required: ['a'], properties: { b: { type: 'number' } } },
  ],
  'definitions with other names': [
    object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'string', pattern: '^a' } } }),
    object({ a: { $ref: '#/definitions/y' } }, { definitions: { y: { type: 'string', pattern: '^a' } } }),
  ],
  'a schema that contains itself': [
    { $ref: '#/$defs/n', $defs: { n: object({ n: { type: 'integer' }, next: { $ref: '#/$defs/n' } }) } },
    { $ref: '#/$defs/n', $defs: { n: object({ n: { type: 'number' }, next: { $ref: '#/$defs/n' }, more: {} }) } },
  ],
  'a tuple that becomes a list': [
    list({ prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false, uniqueItems: true }),
    list({ prefixItems: [{ type: 'number' }], items: { type: 'string' }, uniqueItems: true }),
  ],
  'fewer and more items': [list({ minItems: 2, maxItems: 3 }), list({ minItems: 1, maxItems: 4 })],
  'members of a map': [
    { type: 'object', additionalProperties: { type: 'integer' }, properties: { a: { type: 'integer', minimum: 1 } } },
    { type: 'object', additionalProperties: { type: 'number' } },
  ],
  'members by pattern': [
    { type: 'object', patternProperties: { '^x-': { type: 'integer' } }, additionalProperties: false },
    object({ a: {} }, { patternProperties: { '^x-': { type: 'number' } } }),
  ],
  'names of members': [
    { type: 'object', propertyNames: { maxLength: 3, pattern: '^a' } },
    { type: 'object', propertyNames: { maxLength: 4, pattern: '^a' } },
  ],
  'what cannot be compared, but is kept': [
    object({ a: CONDITION }, { minProperties: 1 }),
    object({ a: CONDITION, b: {} }, { minProperties: 1 }),
  ],
  'no value at all': [object({ a: false }), object({ a: { type: 'string', minLength: 7 } })],
};

for (const [name, [old, next]] of Object.entries(COMPATIBLE)) {
  test(`accepted: ${name}`, () => assert.deepEqual(breaksOf(old, next), []));
}

const ANY = 'any value was accepted here, since the old schema does not say what it is';
const closed = object(
  { id: { type: 'integer' }, tags: { type: 'array', items: { type: 'string' } } },
  { required: ['id'] },
);
/** Pairs that break something, and what is said. */
const BROKEN = {
  'a required member more': [
    closed,
    object({ ...closed.properties, by: {} }, { required: ['id', 'by'] }),
    ['/by: it is now required'],
  ],
  'another type, and a member less': [
    closed,
    object({ id: { type: 'string' } }),
    ['/id: a whole number is no longer accepted: the type is string', '/tags: it is no longer allowed'],
  ],
  'shorter texts in a list': [
    closed,
    object({ ...closed.properties, tags: { type: 'array', items: { type: 'string', maxLength: 9 } } }),
    ['/tags/*: maxLength is new: 9 characters'],
  ],
  'tighter bounds': [
    object({ n: { minimum: 0, type: 'number' } }),
    object({ n: { exclusiveMinimum: 0, maximum: 5, multipleOf: 2 } }),
    ['/n: exclusiveMinimum rose from 0 to 0', '/n: maximum is new: 5', '/n: not every number was a multiple of 2'],
  ],
  'a value less': [
    object({ s: { enum: ['a', 'b'] } }),
    object({ s: { enum: ['a'] } }),
    ['/s: "b" is not among the values that are left'],
  ],
  'a pattern': [
    object({ s: { type: 'string' } }),
    object({ s: { pattern: '^a' } }),
    ['/s: pattern is new or changed, which cannot be compared'],
  ],
  'names with slashes': [
    object({}, { properties: { 'a/b~c': {} } }),
    object({ 'a/b~c': false }),
    ['/a~1b~0c: it is no longer allowed'],
  ],
  'an optional member of an open object': [
    { type: 'object', properties: { a: { type: 'string' } } },
    { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } },
    [`/b: ${ANY}`],
  ],
  'a closed object': [{ type: 'object' }, object({}), [`/*: ${ANY}`]],
  'alternatives that overlap': [
    object({ s: { type: ['string', 'integer'] } }),
    object({ s: { oneOf: [{ type: 'number' }, { type: 'integer' }, { type: 'string' }] } }),
    ['/s: a whole number may fit none, or several, of the alternatives of oneOf'],
  ],
  contains: [
    list({}),
    list({ contains: { const: 1 }, uniqueItems: true }),
    ['/l: contains is new or changed, which cannot be compared', '/l: equal items are no longer accepted'],
  ],
  not: [{ type: 'object' }, { not: { required: ['a'] } }, ['.: not is new or changed, which cannot be compared']],
  'fewer members': [{ type: 'object' }, { maxProperties: 3 }, ['.: maxProperties is new: 3 members']],
  'more items': [
    list({ maxItems: 9 }),
    list({ minItems: 1, maxItems: 8 }),
    ['/l: minItems rose from 0 to 1 items', '/l: maxItems fell from 9 to 8 items'],
  ],
};

for (const [name, [old, next, expected]] of Object.entries(BROKEN)) {
  test(`refused: ${name}`, () => assert.deepEqual(breaksOf(old, next), expected));
}

test('a comparison that would take too long ends with a refusal', () => {
  const wide = (last) => ({
    allOf: Array.from({ length: 30 }, () => ({ anyOf: [{ minProperties: 1 }, { required: ['a'] }, last] })),
  });
  assert.match(breaksOf(wide({ required: ['b'] }), wide({ required: ['c'] }))[0], /too many alternatives/);
  // Each definition refers to the next one twice.
  const doubling = (type) => {
    const levels = 200;
    const twice = (n) => object({ a: { $ref: `#/$defs/d${n}` }, b: { $ref: `#/$defs/d${n}` } });
    const $defs = Array.from({ length: levels }, (_, n) => [`d${n}`, n + 1 === levels ? { type } : twice(n + 1)]);
    return { $ref: '#/$defs/d0', $defs: Object.fromEntries($defs) };
  };
  assert.match(breaksOf(doubling('integer'), doubling('number'))[0], /too many alternatives/);
  // A thousand names meet a thousand patterns.
  const many = (type) => ({
    properties: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`name${n}`, { type }])),
    patternProperties: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`^n.*${n}$`, { type }])),
  });
  assert.match(breaksOf(many('integer'), many('number'))[0], /too many alternatives/);
  // A thousand cases meet a thousand alternatives.
  const cases = (type) => ({
    anyOf: Array.from({ length: 900 }, (_, n) => object({ [`n${n}`]: { type } }, { required: [`n${n}`] })),
  });
  assert.match(breaksOf(cases('integer'), { oneOf: cases('number').anyOf })[0], /too many alternatives/);
});
