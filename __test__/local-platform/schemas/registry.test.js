/**
 * Topics and schemas of the local platform: routes, versions, and what happens to events that do
 * not fit.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { startPlatform } from '../../support/local-platform.js';
import { connect, PROTOCOLS } from '../../support/platform-client.js';

const TOPIC = { name: 'order.updated', description: 'An order changed', owner: 'shop' };
const SCHEMA = {
  type: 'object',
  required: ['orderId'],
  properties: { orderId: { type: 'integer' }, status: { enum: ['open', 'paid'] } },
  additionalProperties: false,
};
const WIDER = { ...SCHEMA, properties: { ...SCHEMA.properties, note: { type: ['string', 'null'] } } };

/**
 * Calls a route.
 *
 * @returns {(method: string, path: string, body?: unknown, token?: object) => Promise<{ status: number, body: any }>}
 */
const caller =
  (platform) =>
  async (method, path, body, token = { permissions: ['service'] }) => {
    const headers = { authorization: `Bearer ${platform.token(token)}`, 'content-type': 'application/json' };
    const response = await fetch(`${platform.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };

/** A platform with a topic and its active schema. */
async function startWithSchema(t, options) {
  const platform = await startPlatform(t, options);
  platform.topics.create(TOPIC);
  platform.schemas.register(TOPIC.name, { schema: SCHEMA });
  platform.topics.update(TOPIC.name, { activeSchemaVersion: 1 });
  return platform;
}

describe('topics', () => {
  test('are registered, listed, changed and deleted', async (t) => {
    const platform = await startPlatform(t);
    const call = caller(platform);
    assert.deepEqual(await call('GET', '/api/topics'), { status: 200, body: [] });
    const created = await call('POST', '/api/topics', TOPIC);
    const { createdAt, ...topic } = created.body;
    assert.equal(created.status, 201);
    assert.deepEqual(topic, { ...TOPIC, activeSchemaVersion: null, applicationId: 'local', environment: null });
    assert.ok(Math.abs(Date.now() - createdAt) < 60_000);
    assert.deepEqual((await call('GET', '/api/topics')).body, [created.body]);
    assert.deepEqual((await call('GET', `/api/topics/${TOPIC.name}`)).body, created.body);
    const changed = await call('PATCH', `/api/topics/${TOPIC.name}`, { owner: 'billing' });
    assert.deepEqual(changed, { status: 200, body: { ...created.body, owner: 'billing' } });
    assert.equal((await call('DELETE', `/api/topics/${TOPIC.name}`)).status, 200);
    assert.equal((await call('GET', `/api/topics/${TOPIC.name}`)).status, 404);
    assert.equal((await call('DELETE', `/api/topics/${TOPIC.name}`)).body.error, 'NotFoundError');
  });

  test('have the environment of the caller', async (t) => {
    const platform = await startPlatform(t);
    const token = platform.token({ permissions: ['service'] });
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-environment': 'staging',
    };
    const response = await fetch(`${platform.url}/api/topics`, {
      method: 'POST',
      headers,
      body: JSON.stringify(TOPIC),
    });
    assert.equal((await response.json()).environment, 'staging');
  });

  test('what cannot be registered is refused, with the member', async (t) => {
    const platform = await startPlatform(t);
    const call = caller(platform);
    for (const [body, member] of [
      [{ ...TOPIC, name: 'Order' }, /^name: expected lowercase/],
      [{ ...TOPIC, name: 'a..b' }, /^name:/],
      [{ ...TOPIC, name: '.a' }, /^name:/],
      [{ ...TOPIC, name: 'a.' }, /^name:/],
      [{ ...TOPIC, name: '' }, /^name:/],
      [{ ...TOPIC, name: 'a'.repeat(257) }, /^name:/],
      [{ ...TOPIC, name: ['order'] }, /^name:/],
      [{ ...TOPIC, description: ' ' }, /^description:/],
      [{ name: 'a', description: 'b' }, /^owner: expected a text/],
      [{ ...TOPIC, ovner: 1 }, /^ovner is not an option. Did you mean 'owner'/],
    ]) {
      const { status, body: refusal } = await call('POST', '/api/topics', body);
      assert.deepEqual([status, refusal.error], [400, 'ValidationError'], JSON.stringify(body));
      assert.match(refusal.message, member);
    }
    await call('POST', '/api/topics', TOPIC);
    const twice = await call('POST', '/api/topics', TOPIC);
    assert.deepEqual([twice.status, twice.body.error], [409, 'AlreadyExistsError']);
    for (const [body, member] of [
      [{ name: 'other' }, /^name is not an option/],
      [{ activeSchemaVersion: 1 }, /^activeSchemaVersion: There is no version 1 .* It has none\.$/],
      [{ activeSchemaVersion: '1' }, /^activeSchemaVersion: expected a version such as 1, or null/],
      [{ activeSchemaVersion: 0 }, /^activeSchemaVersion: expected/],
      [{ owner: 7 }, /^owner:/],
    ]) {
      const { status, body: refusal } = await call('PATCH', `/api/topics/${TOPIC.name}`, body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(refusal.message, member);
    }
    assert.deepEqual(platform.topics.get(TOPIC.name).owner, 'shop');
  });

  test('clients read, services write', async (t) => {
    const platform = await startWithSchema(t);
    const call = caller(platform);
    const client = { permissions: ['client'] };
    assert.equal((await call('GET', '/api/topics', undefined, client)).status, 200);
    assert.equal((await call('GET', '/api/schemas/order.updated/latest', undefined, client)).status, 200);
    assert.equal((await call('POST', '/api/schemas/order.updated/validate', {}, client)).status, 200);
    for (const [method, path, body] of [
      ['POST', '/api/topics', { ...TOPIC, name: 'other' }],
      ['PATCH', '/api/topics/order.updated', { owner: 'me' }],
      ['DELETE', '/api/topics/order.updated'],
      ['POST', '/api/schemas/order.updated', { schema: SCHEMA }],
    ]) {
      assert.equal((await call(method, path, body, client)).status, 403, `${method} ${path}`);
    }
    assert.equal((await call('GET', '/api/topics', undefined, { permissions: [] })).status, 403);
  });
});

describe('schemas', () => {
  test('get versions 1, 2, 3; a version is read, the latest, and all', async (t) => {
    const platform = await startPlatform(t);
    const call = caller(platform);
    await call('POST', '/api/topics', TOPIC);
    const path = `/api/schemas/${TOPIC.name}`;
    assert.deepEqual((await call('GET', `${path}/versions`)).body, []);
    assert.deepEqual((await call('GET', `${path}/latest`)).body.error, 'NotFoundError');
    const first = await call('POST', path, { schema: SCHEMA });
    const { createdAt, ...entry } = first.body;
    assert.deepEqual(
      [first.status, entry],
      [201, { topic: TOPIC.name, version: 1, schema: SCHEMA, compatibilityMode: 'backward' }],
    );
    assert.ok(createdAt > 0);
    const second = await call('POST', path, { schema: WIDER });
    const third = await call('POST', path, {
      schema: { type: 'object', required: ['other'] },
      compatibilityMode: 'none',
    });
    assert.deepEqual([second.body.version, third.body.version, third.body.compatibilityMode], [2, 3, 'none']);
    assert.deepEqual((await call('GET', `${path}/versions`)).body, [first.body, second.body, third.body]);
    assert.deepEqual((await call('GET', `${path}/versions/2`)).body, second.body);
    assert.deepEqual((await call('GET', `${path}/latest`)).body, third.body);
    for (const version of ['4', '0', '99999999999', 'x', '1.0']) {
      const { status } = await call('GET', `${path}/versions/${version}`);
      assert.equal(status, /^\d{1,9}$/.test(version) ? 404 : 400, version);
    }
    assert.equal((await call('GET', '/api/schemas/unknown/versions')).status, 404);
    // Deleting the topic removes nothing else.
    await call('DELETE', `/api/topics/${TOPIC.name}`);
    assert.equal((await call('GET', `${path}/versions`)).body.length, 3);
    assert.equal((await call('POST', path, { schema: SCHEMA })).status, 404);
  });

  test('a version that breaks payloads is a conflict that names the paths and what to do', async (t) => {
    const platform = await startWithSchema(t);
    const call = caller(platform);
    const broken = {
      ...SCHEMA,
      required: ['orderId', 'status'],
      properties: { ...SCHEMA.properties, orderId: { type: 'string' } },
    };
    const { status, body } = await call('POST', `/api/schemas/${TOPIC.name}`, { schema: broken });
    assert.deepEqual([status, body.error], [409, 'ConflictError']);
    assert.match(
      body.message,
      /everything that version 1 of 'order.updated' accepts\. .*\/status: it is now required.*'none'\.$/,
    );
    assert.deepEqual(body.breaks.map(({ path }) => path).sort(), ['/orderId', '/status']);
    assert.equal(platform.schemas.versions(TOPIC.name).length, 1);
    const forced = await call('POST', `/api/schemas/${TOPIC.name}`, { schema: broken, compatibilityMode: 'none' });
    assert.equal(forced.status, 201);
  });

  test('what is no usable schema is refused with its place', async (t) => {
    const platform = await startPlatform(t);
    platform.topics.create(TOPIC);
    const call = caller(platform);
    const deep = (levels) => (levels === 0 ? {} : { not: deep(levels - 1) });
    for (const [schema, message] of [
      [undefined, /^schema: expected a JSON Schema, an object, got undefined/],
      [true, /^schema: expected a JSON Schema, an object, got true/],
      [[], /^schema: expected/],
      [{ type: 'text' }, /^schema\/type: expected one or several of null, boolean/],
      [{ requird: ['a'] }, /^schema\/requird: not a keyword .* Did you mean 'required'\?/],
      [{ properties: { a: { nullable: true } } }, /^schema\/properties\/a\/nullable: not a keyword here: use type: /],
      [{ items: [{}] }, /^schema\/items: a list is written as prefixItems/],
      [{ required: ['a', 'a'] }, /^schema\/required: expected a list of names/],
      [{ minLength: -1 }, /^schema\/minLength: expected a whole number/],
      [{ multipleOf: 0 }, /^schema\/multipleOf: expected a number above 0/],
      [{ anyOf: [] }, /^schema\/anyOf: expected a list of schemas/],
      [{ anyOf: [7] }, /^schema\/anyOf\/0: expected a schema, got the number 7/],
      [{ properties: { 'a/b': null } }, /^schema\/properties\/a~1b: expected a schema, got null/],
      [{ pattern: '(' }, /^schema\/pattern: the pattern cannot be used: it is not a regular expression/],
      [{ pattern: '(?=a)' }, /^schema\/pattern: the pattern cannot be used: it looks around/],
      [
        { patternProperties: { '(a)\\1': {} } },
        /^schema\/patternProperties: the pattern cannot be used: it refers back/,
      ],
      [{ $ref: 'https://example.com/a.json' }, /^schema\/\$ref: 'https:.*' is no schema inside this one/],
      [{ $ref: '#/$defs/none' }, /^schema\/\$ref:/],
      [{ $ref: '#/properties', properties: {} }, /^schema\/\$ref:/],
      [{ $ref: '#%E0%A4%A' }, /^schema\/\$ref:/],
      [{ $ref: '#' }, /^schema: a \$ref leads back to itself/],
      [{ allOf: [{ $ref: '#/$defs/a' }], $defs: { a: { anyOf: [{ $ref: '#/allOf/0' }] } } }, /leads back to itself/],
      [{ properties: { a: { $id: 'https://a' } } }, /^schema\/properties\/a\/\$id: only the root/],
      [{ $schema: 'http://json-schema.org/draft-07/schema#' }, /^schema\/\$schema: expected 'https:.*2020-12/],
      [JSON.parse('{ "properties": { "__proto__": {} } }'), /^schema\/properties: '__proto__' cannot be described/],
      [deep(60), /^schema: nests deeper than 50 levels/],
      [{ description: 'x'.repeat(100_000) }, /^schema: longer than 100000 characters/],
      [{ allOf: Array.from({ length: 5_000 }, () => true) }, /^schema: has more than 5000 schemas/],
    ]) {
      const { status, body } = await call('POST', `/api/schemas/${TOPIC.name}`, { schema });
      assert.deepEqual([status, body.error], [400, 'ValidationError'], JSON.stringify(schema)?.slice(0, 100));
      assert.match(body.message, message);
    }
    for (const body of [[], 7, null])
      assert.equal((await call('POST', `/api/schemas/${TOPIC.name}`, body)).status, 400);
    const mode = await call('POST', `/api/schemas/${TOPIC.name}`, { schema: SCHEMA, compatibilityMode: 'forward' });
    assert.match(mode.body.message, /^compatibilityMode: expected 'backward' or 'none'/);
    const cycle = {};
    cycle.not = cycle;
    assert.throws(() => platform.schemas.register(TOPIC.name, { schema: cycle }), /it is not JSON/);
    assert.deepEqual(platform.schemas.versions(TOPIC.name), []);
  });

  test('a payload is validated without publishing it', async (t) => {
    const platform = await startWithSchema(t);
    const call = caller(platform);
    platform.schemas.register(TOPIC.name, { schema: WIDER });
    const path = `/api/schemas/${TOPIC.name}/validate`;
    assert.deepEqual((await call('POST', path, { orderId: 1 })).body, { valid: true, version: 1 });
    const { body } = await call('POST', path, { orderId: 'x', status: 'lost', note: 'n' });
    assert.deepEqual([body.valid, body.version], [false, 1]);
    assert.deepEqual(body.errors, [
      { path: '/note', message: 'is not allowed' },
      { path: '/orderId', message: 'must be integer' },
      { path: '/status', message: 'must be one of "open", "paid"' },
    ]);
    assert.deepEqual((await call('POST', `${path}?version=2`, { orderId: 1, note: null })).body, {
      valid: true,
      version: 2,
    });
    assert.equal((await call('POST', `${path}?version=3`, {})).status, 404);
    assert.equal((await call('POST', `${path}?version=x`, {})).status, 400);
    assert.equal((await call('POST', '/api/schemas/unknown/validate', {})).status, 404);
    assert.deepEqual(platform.schemas.refused, []);
    // Without an active version, the latest.
    platform.topics.update(TOPIC.name, { activeSchemaVersion: null });
    assert.equal(platform.schemas.validate(TOPIC.name, { orderId: 1, note: 'n' }).version, 2);
  });
});

describe('events', () => {
  for (const protocol of PROTOCOLS) {
    test(`what does not fit is refused, counted and not delivered, on ${protocol}`, async (t) => {
      const lines = [];
      const platform = await startWithSchema(t, { log: (line) => lines.push(line) });
      const call = caller(platform);
      const client = await connect(protocol, platform);
      t.after(() => client.close());
      await client.request('subscribe', { topic: TOPIC.name });
      const { status, body } = await call('POST', `/api/topics/${TOPIC.name}/events`, {
        payload: { orderId: 'secret-7' },
      });
      assert.deepEqual([status, body.error], [400, 'ValidationError']);
      assert.equal(
        body.message,
        "payload: it does not fit version 1 of the schema of 'order.updated': /orderId must be integer.",
      );
      assert.deepEqual(body.errors, [{ path: '/orderId', message: 'must be integer' }]);
      assert.throws(() => platform.publish({ topic: TOPIC.name, payload: {} }), {
        name: 'ValidationError',
        message: /^LocalPlatform\.publish\(\): payload: .*\/orderId is missing\.$/,
        details: { errors: [{ path: '/orderId', message: 'is missing' }] },
      });
      const sent = platform.publish({ topic: TOPIC.name, payload: { orderId: 7 } });
      assert.equal((await client.events.next()).id, sent.id);
      const [refused] = platform.schemas.refused;
      assert.deepEqual([refused.topic, refused.count, refused.lastVersion], [TOPIC.name, 2, 1]);
      assert.deepEqual(refused.lastErrors, [{ path: '/orderId', message: 'is missing' }]);
      assert.deepEqual(await (await fetch(`${platform.url}/_local/refused-payloads`)).json(), platform.schemas.refused);
      const told = lines.filter((line) => / refused +an event of 'order\.updated'/.test(line));
      assert.equal(told.length, 2, lines.join('\n'));
      // The request that was refused makes no second line, and no line has a payload.
      assert.equal(lines.filter((line) => line.includes(' refused ')).length, 2);
      assert.ok(!lines.join().includes('secret-7'));
    });
  }

  test('the active version counts, and none is validated without one', async (t) => {
    const platform = await startWithSchema(t);
    const publish = (payload) => platform.publish({ topic: TOPIC.name, payload });
    const { schemas, topics } = platform;
    schemas.register(TOPIC.name, { schema: WIDER });
    assert.throws(() => publish({ orderId: 1, note: 'n' }), /\/note is not allowed/);
    topics.update(TOPIC.name, { activeSchemaVersion: 2 });
    publish({ orderId: 1, note: 'n' });
    topics.update(TOPIC.name, { activeSchemaVersion: null });
    publish({});
    topics.update(TOPIC.name, { activeSchemaVersion: 2 });
    topics.delete(TOPIC.name);
    publish({});
    topics.create(TOPIC);
    assert.equal(topics.get(TOPIC.name).activeSchemaVersion, null);
    publish({});
    topics.update(TOPIC.name, { activeSchemaVersion: 1 });
    assert.throws(() => publish({}), /is missing/);
    assert.equal(schemas.refused[0].count, 2);
  });

  test('a test that waits in vain reads what was refused', async (t) => {
    const platform = await startWithSchema(t);
    assert.throws(() => platform.publish({ topic: TOPIC.name, payload: {} }));
    await assert.rejects(
      platform.until(() => false, { timeout: 1 }),
      /Refused an event of 'order\.updated' .*\/orderId is missing/s,
    );
    // `until` sees what the registries change.
    const seen = platform.until(({ schemas }) => schemas.refused[0].count === 2);
    assert.throws(() => platform.publish({ topic: TOPIC.name, payload: {} }));
    await seen;
    const registered = platform.until(({ topics }) => topics.list().length === 2);
    platform.topics.create({ ...TOPIC, name: 'another' });
    await registered;
  });

  test('a document whose event would not fit is not written', async (t) => {
    const platform = await startPlatform(t);
    const call = caller(platform);
    const data = { type: 'object', required: ['title'] };
    for (const [name, schema] of [
      ['sync.notes.updated', { type: 'object', properties: { data } }],
      ['sync.notes.deleted', { type: 'object', properties: { id: { pattern: '^n' } } }],
    ]) {
      platform.topics.create({ ...TOPIC, name });
      platform.schemas.register(name, { schema });
      platform.topics.update(name, { activeSchemaVersion: 1 });
    }
    const { status, body } = await call('POST', '/api/sync/notes/documents', { id: 'n1', data: {} });
    assert.deepEqual([status, body.errors], [400, [{ path: '/data/title', message: 'is missing' }]]);
    assert.throws(() => platform.documents.get('notes', 'n1'), { name: 'NotFoundError' });
    platform.documents.create('notes', { id: 'n1', data: { title: 'Milk' } });
    assert.throws(() => platform.documents.replace('notes', 'n1', { data: {} }), { name: 'ValidationError' });
    assert.equal(platform.documents.get('notes', 'n1').revision, 1);
    platform.documents.create('notes', { id: 'x1', data: { title: 'Milk' } });
    assert.throws(() => platform.documents.delete('notes', 'x1'), { name: 'ValidationError' });
    assert.equal(platform.documents.get('notes', 'x1').revision, 1);
    platform.documents.delete('notes', 'n1');
    // What expires does so all the same, and its event counts as refused.
    const before = platform.schemas.refused.find(({ topic }) => topic === 'sync.notes.deleted').count;
    platform.documents.create('notes', { id: 'x2', data: { title: 'Milk' }, expiresAt: Date.now() - 1 });
    assert.throws(() => platform.documents.get('notes', 'x2'), { name: 'NotFoundError' });
    assert.equal(platform.schemas.refused.find(({ topic }) => topic === 'sync.notes.deleted').count, before + 1);
  });
});

test('the validator is loaded with the first schema, not at the start', () => {
  const program = `
    import { createRequire } from 'node:module';
    import { startLocalPlatform } from './local-platform/src/index.js';
    const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => /[\\\\/]ajv[\\\\/]/.test(path));
    const platform = await startLocalPlatform();
    platform.topics.create({ name: 'a', description: 'b', owner: 'c' });
    platform.publish({ topic: 'a' });
    const before = isLoaded();
    platform.schemas.register('a', { schema: { type: 'object' } });
    console.log(before, isLoaded());
    await platform.close();`;
  const cwd = join(import.meta.dirname, '..', '..', '..');
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { cwd, encoding: 'utf8' });
  assert.equal(printed, 'false true\n');
});

describe('the seed', () => {
  test('has topics with schemas and the active version', async (t) => {
    const platform = await startPlatform(t, {
      seed: {
        topics: [
          { ...TOPIC, activeSchemaVersion: 2 },
          { name: 'plain', description: 'No schema', owner: 'me' },
        ],
        schemas: { [TOPIC.name]: [{ schema: SCHEMA }, { schema: WIDER }] },
      },
    });
    assert.deepEqual(
      platform.topics.list().map(({ name, activeSchemaVersion }) => [name, activeSchemaVersion]),
      [
        [TOPIC.name, 2],
        ['plain', null],
      ],
    );
    platform.publish({ topic: TOPIC.name, payload: { orderId: 1, note: null } });
    assert.throws(() => platform.publish({ topic: TOPIC.name, payload: {} }), { name: 'ValidationError' });
  });

  test('is refused with the place of what is wrong', async (t) => {
    for (const [seed, message] of [
      [{ topics: {} }, /options\.seed\.topics: expected topics such as/],
      [{ topics: [{ name: 'A' }] }, /options\.seed\.topics\[0\]: name: expected lowercase/],
      [
        { topics: [{ ...TOPIC, activeSchemaVersion: 1 }] },
        /options\.seed\.topics\[0\]: activeSchemaVersion: There is no version 1/,
      ],
      [{ schemas: { a: {} } }, /options\.seed\.schemas: expected versions by topic/],
      [{ schemas: { a: [{ schema: {} }] } }, /options\.seed\.schemas\.a\[0\]: There is no topic 'a'/],
      [
        { topics: [TOPIC], schemas: { [TOPIC.name]: [{ schema: { typ: 1 } }] } },
        /\[0\]: schema\/typ: .* Did you mean 'type'/,
      ],
    ]) {
      await assert.rejects(startPlatform(t, { seed }), message, JSON.stringify(seed));
    }
  });
});
