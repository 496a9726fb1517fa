/** The property of backward compatibility: what the old schema accepts, the new one accepts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import fc from 'fast-check';

import { requireSchema } from '../../../local-platform/src/schemas/check.js';
import { findBreaks } from '../../../local-platform/src/schemas/compatibility/compare.js';
import { Validator } from '../../../local-platform/src/schemas/validator.js';

/** Small domains, so that schemas and values meet. */
const NAMES = ['a', 'b', 'ab'];
const name = fc.constantFrom(...NAMES);
const scalar = fc.constantFrom(null, true, false, 0, 1, 2, 3, 1.5, -1, 'a', 'b', 'ab', 'abc', '');
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: scalar, weight: 4 },
    { arbitrary: fc.array(tie('any'), { maxLength: 3 }), weight: 1 },
    {
      arbitrary: fc.dictionary(fc.constantFrom(...NAMES, 'c'), tie('any'), { maxKeys: 3, noNullPrototype: true }),
      weight: 2,
    },
  ),
})).any;
const payload = fc.dictionary(fc.constantFrom(...NAMES, 'c'), value, { maxKeys: 4, noNullPrototype: true });

const bound = fc.constantFrom(-1, 0, 1, 1.5, 2, 3);
const count = fc.constantFrom(0, 1, 2, 3);
const pattern = fc.constantFrom('^a', 'b$', '^a?b?$');
const names = fc.uniqueArray(name, { maxLength: 2 });
const types = fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'integer', 'string');
const some = (model) => fc.record(model, { requiredKeys: [] });

const { schema } = fc.letrec((tie) => {
  const one = tie('schema');
  const few = fc.array(one, { minLength: 1, maxLength: 3 });
  const byName = fc.dictionary(name, one, { maxKeys: 3, noNullPrototype: true });
  const number = {
    type: fc.constantFrom('integer', 'number'),
    minimum: bound,
    maximum: bound,
    exclusiveMinimum: bound,
    exclusiveMaximum: bound,
    multipleOf: fc.constantFrom(1, 2, 3, 0.5),
  };
  const object = {
    type: fc.constant('object'),
    required: names,
    properties: byName,
    additionalProperties: one,
    patternProperties: fc.dictionary(pattern, one, { maxKeys: 2, noNullPrototype: true }),
    propertyNames: one,
    minProperties: count,
    maxProperties: count,
    dependentRequired: fc.dictionary(name, names, { maxKeys: 1, noNullPrototype: true }),
    dependentSchemas: fc.dictionary(name, one, { maxKeys: 1, noNullPrototype: true }),
  };
  const array = {
    type: fc.constant('array'),
    items: one,
    prefixItems: few,
    minItems: count,
    maxItems: count,
    uniqueItems: fc.boolean(),
    contains: one,
    minContains: count,
    maxContains: count,
  };
  const text = { type: fc.constant('string'), minLength: count, maxLength: count, pattern };
  const simple = fc.constantFrom(
    true,
    false,
    {},
    { type: 'string' },
    { type: 'number' },
    { $ref: '#/$defs/a' },
    { $ref: '#/$defs/b' },
    { $ref: '#' },
  );
  const weighted = [
    [4, simple],
    [2, fc.record({ enum: fc.array(value, { minLength: 1, maxLength: 4 }) })],
    [1, fc.record({ const: value })],
    [2, fc.record({ type: fc.uniqueArray(types, { minLength: 1, maxLength: 3 }) })],
    [2, some(number)],
    [2, some(text)],
    [4, some(object)],
    [3, some(array)],
    [2, some({ anyOf: few, type: fc.constantFrom('object', 'string') })],
    [2, some({ oneOf: few })],
    [1, some({ allOf: few })],
    [1, some({ not: one })],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    [1, some({ if: one, then: one, else: one })],
    [1, fc.record({ properties: byName, unevaluatedProperties: one })],
    [1, fc.record({ prefixItems: few, unevaluatedItems: one })],
  ];
  return { schema: fc.oneof({ maxDepth: 4 }, ...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))) };
});

/** What people do to a schema, at one place. `random` yields numbers of [0, 1). */
function changed(random, value) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  if (typeof value === 'number') return value + pick([-1, 0, 1]);
  if (typeof value === 'boolean') return !value;
  if (value === null || typeof value !== 'object') return value;
  const roll = random();
  if (Array.isArray(value)) {
    const at = Math.floor(random() * value.length);
    if (roll < 0.3 && value.length > 1) return value.filter((_, index) => index !== at);
    if (roll < 0.5 && value.length > 0) return [...value, pick(value)];
    return value.map((each, index) => (index === at ? changed(random, each) : each));
  }
  const keys = Object.keys(value);
  const key = pick(keys);
  if (keys.length === 0 || roll < 0.1) {
    return {
      ...value,
      ...pick([{ required: ['a'] }, { type: 'object' }, { additionalProperties: false }, { properties: { b: {} } }]),
    };
  }
  if (roll < 0.3) return Object.fromEntries(Object.entries(value).filter(([other]) => other !== key));
  if (roll < 0.4) return { anyOf: [value, pick([true, { type: 'string' }, { type: 'null' }])] };
  if (roll < 0.5) return { oneOf: [value, pick([{ type: 'integer' }, { type: 'null' }, { const: 'a' }])] };
  return { ...value, [key]: changed(random, value[key]) };
}

/**
 * A value that probably fits a schema: random ones rarely do.
 *
 * @param {() => number} random yields numbers of [0, 1)
 */
function sampleOf(random, schema, $defs, depth = 6) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const sample = (inner) => (depth > 0 ? sampleOf(random, inner, $defs, depth - 1) : null);
  if (typeof schema === 'boolean') return pick([0, 'a', null, {}]);
  if (schema.enum) return pick(schema.enum);
  if ('const' in schema) return schema.const;
  if (schema.$ref) return sample($defs[schema.$ref.slice(-1)] ?? {});
  const [union] = [schema.anyOf, schema.oneOf].filter(Boolean);
  if (union) return sample(pick(union));
  if (schema.allOf) return sample(pick(schema.allOf));
  const guess = Object.keys(schema).find((keyword) => /roper|required|depend/.test(keyword)) ? 'object' : 'string';
  const type = pick([schema.type ?? guess].flat());
  if (type === 'number') return pick([0, 1, 2, 3, 1.5, -1, 6]);
  if (type === 'integer') return pick([0, 1, 2, 3, 6]);
  if (type === 'string') return pick(['a', 'b', 'ab', 'abc', '']);
  if (type === 'boolean') return random() < 0.5;
  if (type === 'null') return null;
  if (type === 'array') {
    const items = (schema.prefixItems ?? []).map(sample);
    for (let n = schema.minItems ?? 0; n > 0; n--) items.push(sample(schema.items ?? true));
    return items.slice(0, schema.maxItems ?? 3);
  }
  const names = [...(schema.required ?? []), ...Object.keys(schema.properties ?? {}).filter(() => random() < 0.6)];
  if (random() < 0.4) names.push(pick([...NAMES, 'c']));
  return Object.fromEntries(
    names.map((each) => [each, sample(schema.properties?.[each] ?? schema.additionalProperties ?? true)]),
  );
}

/** Numbers for choices that shrink. */
const numbers = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 40,
  maxLength: 40,
});

function randomOf(list) {
  let at = 0;
  return () => list[at++ % list.length];
}

/** Random payloads, and some that probably fit. */
const payloads = fc.record({ random: fc.array(payload, { minLength: 10, maxLength: 10 }), numbers });
function payloadsFor({ random, numbers }, schema) {
  const next = randomOf(numbers);
  const samples = Array.from({ length: 40 }, () => sampleOf(next, schema, schema.$defs));
  return [...random, ...samples.filter((each) => each !== null && typeof each === 'object' && !Array.isArray(each))];
}

/** Two schemas that have much in common, with definitions that may contain themselves. */
const pair = fc
  .tuple(schema, schema, schema, numbers, fc.constantFrom(1, 1, 2, 3))
  .map(([root, a, b, numbers, changes]) => {
    const random = randomOf(numbers);
    const old = { allOf: [root], $defs: { a, b } };
    let next = old;
    for (let n = 0; n < changes; n++) next = changed(random, next);
    return [old, { $defs: { a, b }, ...next }];
  });

/**
 * The official validator, without anything of ours. It looks for all errors: to find the first one
 * alone, it would skip `contains` after `prefixItems`.
 */
const validatorOf = (schema) =>
  new Ajv({
    allErrors: true,
    strict: false,
    validateSchema: false,
    ownProperties: true,
    validateFormats: false,
    logger: false,
  }).compile(schema);

function referencesOf(schema) {
  try {
    return requireSchema(schema);
  } catch (error) {
    // A change may make a circle, or what is no schema.
    assert.equal(error.name, 'ValidationError');
    return undefined;
  }
}

test('a schema that is found to be compatible accepts what the old one accepts', () => {
  const seen = { compared: 0, accepted: 0, values: 0 };
  fc.assert(
    fc.property(pair, payloads, ([old, next], drawn) => {
      const [before, after] = [referencesOf(old), referencesOf(next)];
      if (!before || !after || JSON.stringify(old) === JSON.stringify(next)) return;
      seen.compared += 1;
      if (findBreaks(before, after).length > 0) return;
      seen.accepted += 1;
      const [fitsOld, fitsNext] = [validatorOf(old), validatorOf(next)];
      for (const each of payloadsFor(drawn, old)) {
        if (!fitsOld(each)) continue;
        seen.values += 1;
        assert.ok(fitsNext(each), `${JSON.stringify(each)} fits the old schema alone`);
      }
    }),
    { numRuns: Number(process.env.SCHEMA_RUNS ?? 2_000) },
  );
  // Otherwise the property would say nothing.
  assert.ok(seen.compared > 500 && seen.accepted > 200 && seen.values > 300, JSON.stringify(seen));
});

test('payloads are accepted as the official validator accepts them', () => {
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(pair, payloads, ([given], drawn) => {
      const references = referencesOf(given);
      if (!references) return;
      const validator = new Validator(references.root);
      const fits = validatorOf(given);
      for (const each of payloadsFor(drawn, given)) {
        const errors = validator.validate(each);
        assert.equal(errors === undefined, fits(each), `${JSON.stringify(each)}: ${JSON.stringify(errors)}`);
        seen[errors ? 'invalid' : 'valid'] += 1;
        if (!errors) continue;
        assert.ok(errors.length > 0 && errors.length <= 20);
        for (const { path, message } of errors) assert.ok(path === '' || path.startsWith('/'), `${path}: ${message}`);
      }
    }),
    { numRuns: Number(process.env.SCHEMA_RUNS ?? 500) },
  );
  assert.ok(seen.valid > 500 && seen.invalid > 500, JSON.stringify(seen));
});
