/**
 * Schemas and payloads that are made for each other so that a validator takes hours, or fails. The
 * platform refuses them and goes on. The limits are in steps, so no test measures time: without the
 * limits it would never end.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { requireSchema } from '../../../local-platform/src/schemas/check.js';
import { Validator } from '../../../local-platform/src/schemas/validator.js';
import { startPlatform } from '../../support/local-platform.js';

const validate = (schema, payload) => new Validator(requireSchema(schema).root).validate(payload);
const TOO_MUCH = [
  { path: '', message: 'takes more than 5000000 steps to validate: simplify the schema, or send less' },
];

/** Definitions of which each has two references to the next one. */
function doubling(levels, wrap = (schema) => schema) {
  const twice = (n) => wrap({ allOf: [{ $ref: `#/$defs/d${n}` }, { $ref: `#/$defs/d${n}` }] });
  const $defs = Array.from({ length: levels }, (_, n) => [
    `d${n}`,
    n + 1 === levels ? { minProperties: 0 } : twice(n + 1),
  ]);
  return { $ref: '#/$defs/d0', $defs: Object.fromEntries($defs) };
}

test('references that double at every level', () => {
  assert.deepEqual(validate(doubling(40), {}), TOO_MUCH);
  const linked = { allOf: [{ $ref: '#/$defs/n' }, { $ref: '#/$defs/n' }] };
  const list = { $ref: '#/$defs/n', $defs: { n: { properties: { next: linked } } } };
  let payload = {};
  for (let n = 0; n < 40; n++) payload = { next: payload };
  assert.deepEqual(validate(list, payload), TOO_MUCH);
});

test('regular expressions that try many ways', () => {
  const hostile = { pattern: '^(([a-z]+)*|(a|aa)+)+$' };
  const text = `${'a'.repeat(100_000)}!`;
  assert.equal(validate({ properties: { a: hostile } }, { a: text })[0].path, '/a');
  assert.equal(validate({ patternProperties: { [hostile.pattern]: false } }, { [text]: 1 }), undefined);
  // Linear, but for each of a thousand expressions.
  const many = Array.from({ length: 1_000 }, (_, n) => ({ pattern: `^(a|b){0,100}${n}$` }));
  assert.deepEqual(validate({ properties: { a: { anyOf: many } } }, { a: text }), TOO_MUCH);
});

test('long lists that are compared with each other', () => {
  const items = Array.from({ length: 100_000 }, (_, n) => ({ n }));
  assert.equal(validate({ properties: { l: { uniqueItems: true } } }, { l: items }), undefined);
  assert.equal(
    validate({ properties: { l: { uniqueItems: true } } }, { l: [...items, { n: 5 }] })[0].message,
    'must not have equal items',
  );
  const listed = { properties: { l: { items: { enum: Array.from({ length: 5_000 }, (_, n) => n) } } } };
  assert.equal(validate(listed, { l: Array.from({ length: 200_000 }, () => 4_999) }), undefined);
});

test('a hundred thousand errors are a few', () => {
  const schema = { properties: { l: { items: { type: 'integer', minimum: 3 } } } };
  const errors = validate(schema, { l: Array.from({ length: 200_000 }, () => 'x') });
  assert.ok(errors.length >= 1 && errors.length <= 20, `${errors.length}`);
  const [{ path }] = validate({ additionalProperties: false }, { [`${'x'.repeat(10_000)}~/`]: 1 });
  assert.ok(path.length < 250);
});

test('members that replace methods, and names of the prototype', () => {
  const listed = { properties: { a: { enum: [{ b: 1 }] } }, required: ['a'] };
  for (const text of [
    '{"valueOf":1}',
    '{"constructor":1,"b":1}',
    '{"toString":1}',
    '{"__proto__":{"b":1}}',
    '{"toJSON":1}',
  ]) {
    assert.equal(validate(listed, { a: JSON.parse(text) })[0].path, '/a', text);
  }
  assert.deepEqual(validate({ required: ['toString'] }, {}), [{ path: '/toString', message: 'is missing' }]);
  assert.equal(validate({ properties: { constructor: { type: 'string' } } }, {}), undefined);
  assert.equal(validate({ additionalProperties: false }, JSON.parse('{"__proto__":1}'))[0].path, '/__proto__');
  assert.equal(
    validate({ properties: { 'a\\b"`${1}\u2028\n': { type: 'string' } } }, { 'a\\b"`${1}\u2028\n': 1 })[0].message,
    'must be string',
  );
});

test('the other keywords of arrays hold after prefixItems, whatever its length', () => {
  const messagesOf = (schema, l) => validate({ properties: { l: schema } }, { l })?.map(({ message }) => message);
  const text = { type: 'string' };
  assert.deepEqual(messagesOf({ prefixItems: [text], contains: text }, []), ['must contain at least 1 valid item(s)']);
  assert.equal(messagesOf({ prefixItems: [text], contains: text, minContains: 0 }, []), undefined);
  assert.equal(messagesOf({ prefixItems: [true, true, text], uniqueItems: true }, [1, 1]).length, 1);
});

test('deep payloads of a schema that contains itself', () => {
  const schema = {
    $ref: '#/$defs/n',
    $defs: { n: { properties: { n: { $ref: '#/$defs/n' } }, additionalProperties: false } },
  };
  let payload = { wrong: 1 };
  for (let n = 0; n < 990; n++) payload = { n: payload };
  assert.match(validate(schema, payload)[0].path, /^(\/n)+/);
});

test('chains of references that are longer than the stack', async (t) => {
  const platform = await startPlatform(t);
  platform.topics.create({ name: 't', description: 'd', owner: 'o' });
  const chain = (levels, last) => {
    const $defs = Array.from({ length: levels }, (_, n) => [
      `d${n}`,
      n + 1 === levels ? last : { $ref: `#/$defs/d${n + 1}` },
    ]);
    return { $ref: '#/$defs/d0', $defs: Object.fromEntries($defs) };
  };
  // The platform may take such a schema or refuse it, but it says so.
  for (const levels of [3_000, 3_000]) {
    try {
      platform.schemas.register('t', { schema: chain(levels, { properties: { a: { type: 'integer' } } }) });
    } catch (error) {
      assert.match(error.message, /^schema: (its references make a chain|it cannot be compiled)/);
    }
  }
  const slow = chain(40, { properties: { n: { $ref: '#' } } });
  let payload = {};
  for (let n = 0; n < 900; n++) payload = { n: payload };
  const errors = validate(slow, payload);
  assert.ok(errors === undefined || errors[0].message === 'nests too deeply for the schema', JSON.stringify(errors));
  // Each definition refers to several others, so that a path through them is long.
  const web = (union) => {
    const alternative = (i) => (_, j) => ({
      type: 'object',
      required: ['k'],
      properties: { k: { const: j }, n: { $ref: `#/$defs/d${(i * 7 + j) % 40}` } },
    });
    const $defs = Array.from({ length: 40 }, (_, i) => [
      `d${i}`,
      { [union]: Array.from({ length: 9 }, alternative(i)) },
    ]);
    return { $ref: '#/$defs/d0', $defs: Object.fromEntries($defs) };
  };
  platform.topics.create({ name: 'web', description: 'd', owner: 'o' });
  platform.schemas.register('web', { schema: web('anyOf') });
  assert.equal(platform.schemas.register('web', { schema: web('oneOf') }).version, 2);
});

test('the platform goes on after each of them', async (t) => {
  const platform = await startPlatform(t, {
    seed: {
      topics: [{ name: 't', description: 'd', owner: 'o', activeSchemaVersion: 1 }],
      schemas: { t: [{ schema: { allOf: [doubling(40)], ...doubling(40) } }] },
    },
  });
  const headers = {
    authorization: `Bearer ${platform.token({ permissions: ['admin'] })}`,
    'content-type': 'application/json',
  };
  const response = await fetch(`${platform.url}/api/topics/t/events`, {
    method: 'POST',
    headers,
    body: '{"payload":{}}',
  });
  assert.equal(response.status, 400);
  assert.deepEqual((await response.json()).errors, TOO_MUCH);
  platform.topics.update('t', { activeSchemaVersion: null });
  assert.equal(platform.publish({ topic: 't', payload: {} }).topic, 't');
});
