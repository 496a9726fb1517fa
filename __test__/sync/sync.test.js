/** The documents of `client.sync`, method by method, against the local platform. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { RealtimeClient, RealtimeError } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';

/** What a promise rejects with. */
const failure = (promise) =>
  promise.then(
    (value) => assert.fail(`resolved to ${JSON.stringify(value)}`),
    (error) => error,
  );

const refused = (code, message = /./) => {
  return (error) => error instanceof RealtimeError && error.code === code && message.test(error.message);
};

/** The documents of a platform, for somebody who may write them. No connection is needed. */
async function open(t, { permissions = ['service'], ...options } = {}) {
  const platform = await startPlatform(t, options);
  const client = new RealtimeClient({ url: platform.url, token: platform.token({ permissions }), autoConnect: false });
  t.after(() => client.destroy());
  return { platform, client, sync: client.sync };
}

test('the life of a document', async (t) => {
  const { sync } = await open(t);
  const created = await sync.create('notes', { title: 'a', tags: ['x'], meta: { n: 1 } }, 'n1');
  const { createdAt } = created;
  assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
  assert.deepEqual(created, {
    service: 'notes',
    id: 'n1',
    revision: 1,
    data: { title: 'a', tags: ['x'], meta: { n: 1 } },
    createdAt,
    updatedAt: createdAt,
  });
  assert.deepEqual(await sync.get('notes', 'n1'), created);
  assert.deepEqual(structuredClone(created), created);

  const merged = await sync.merge('notes', 'n1', { meta: { m: null }, tags: [] });
  assert.deepEqual(merged.data, { title: 'a', tags: [], meta: { n: 1, m: null } });
  const mutated = await sync.mutate('notes', 'n1', [
    { op: 'set', path: '/a~1b', value: { '~': 0 } },
    { op: 'increment', path: '/a~1b/~0' },
    { op: 'increment', path: '/meta/n', value: -0.5 },
    { op: 'push', path: '/tags', value: 'y' },
    { op: 'remove', path: '/meta/m' },
  ]);
  assert.deepEqual(mutated.data, { title: 'a', tags: ['y'], meta: { n: 0.5 }, 'a/b': { '~': 1 } });
  const replaced = await sync.replace('notes', 'n1', ['anything']);
  assert.deepEqual(
    [merged, mutated, replaced].map(({ revision }) => revision),
    [2, 3, 4],
  );
  assert.deepEqual(replaced.data, ['anything']);

  const deleted = await sync.delete('notes', 'n1');
  assert.deepEqual([deleted.revision, deleted.deleted], [5, true]);
  await assert.rejects(sync.get('notes', 'n1'), refused('NOT_FOUND'));
  assert.equal((await sync.create('notes', {}, 'n1')).revision, 6);
});

test('an id is made by the server where none is given, and an existing one is not overwritten', async (t) => {
  const { sync } = await open(t);
  const { id, expiresAt } = await sync.create('notes', {}, undefined, { expiresAt: Date.now() + 60_000 });
  assert.ok(expiresAt > Date.now());
  const error = await failure(sync.create('notes', {}, id));
  assert.deepEqual([error.code, error.status, error.method], ['ALREADY_EXISTS', 409, 'POST']);
  assert.equal((await sync.get('notes', id)).revision, 1);
});

test('a write for another revision is a conflict that shows the present document', async (t) => {
  const { sync } = await open(t);
  await sync.create('notes', { n: 1 }, 'n1');
  const present = await sync.merge('notes', 'n1', { n: 2 }, 1);
  for (const write of [
    () => sync.replace('notes', 'n1', {}, 1),
    () => sync.merge('notes', 'n1', {}, 1),
    () => sync.mutate('notes', 'n1', [{ op: 'remove', path: '/n' }], 3),
    () => sync.delete('notes', 'n1', 1),
  ]) {
    const error = await failure(write());
    assert.deepEqual([error.code, error.status, error.retryable], ['REVISION_CONFLICT', 409, false]);
    assert.equal(error.currentRevision, 2);
    assert.deepEqual(error.document, present);
  }
  assert.equal((await sync.delete('notes', 'n1', 2)).revision, 3);
});

test('a missing document, a missing permission, a wrong token', async (t) => {
  const { platform, sync } = await open(t);
  for (const call of [
    () => sync.get('notes', 'none'),
    () => sync.replace('notes', 'none', {}),
    () => sync.merge('notes', 'none', {}),
    () => sync.mutate('notes', 'none', [{ op: 'remove', path: '/n' }]),
    () => sync.delete('notes', 'none'),
    () => sync.update('notes', 'none', () => ({})),
  ]) {
    const error = await failure(call());
    assert.deepEqual([error.code, error.status], ['NOT_FOUND', 404]);
    assert.equal(error.path.replace('/mutate', '').replace('/merge', ''), '/api/sync/notes/documents/none');
  }
  await sync.create('notes', {}, 'n1');
  const token = platform.token({ permissions: ['client'] });
  const reader = new RealtimeClient({ url: platform.url, token, autoConnect: false });
  t.after(() => reader.destroy());
  assert.equal((await reader.sync.get('notes', 'n1')).revision, 1);
  await assert.rejects(reader.sync.merge('notes', 'n1', {}), refused('FORBIDDEN'));
  const stranger = new RealtimeClient({ url: platform.url, token: 'a.b.c', autoConnect: false });
  t.after(() => stranger.destroy());
  const error = await failure(stranger.sync.get('notes', 'n1'));
  assert.deepEqual([error.code, error.status], ['AUTH_FAILED', 401]);
  assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /a\.b\.c/);
});

test('a service and an id may hold any character', async (t) => {
  const { sync } = await open(t);
  const names = [
    'a/b',
    '/',
    '../x',
    '...',
    'a?b#c',
    '100%',
    '%2e',
    'a b+c',
    "it's!(*)",
    'ä€🎉',
    '\\',
    ':@&=',
    '__proto__',
  ];
  for (const name of names) {
    const created = await sync.create(name, { name }, name);
    assert.deepEqual([created.service, created.id], [name, name]);
    assert.deepEqual(await sync.get(name, name), created);
  }
  await assert.rejects(sync.get('a', 'b/c'), refused('NOT_FOUND'));
});

test('names that cannot be addressed are refused before anything is sent', async (t) => {
  const { sync } = await open(t);
  for (const name of ['', '.', '..', '\ud800', 'a'.repeat(257), 'ä'.repeat(129), 5, undefined, null]) {
    await assert.rejects(sync.get(name, 'x'), refused('INVALID_ARGUMENT', /^SyncClient\.get\(\): service: expected/));
    await assert.rejects(sync.get('x', name), refused('INVALID_ARGUMENT', /^SyncClient\.get\(\): id: expected/));
    if (name !== undefined)
      await assert.rejects(sync.create('x', {}, name), refused('INVALID_ARGUMENT', /^SyncClient\.create\(\): id: /));
    assert.throws(() => sync.list(name), refused('INVALID_ARGUMENT'));
    assert.throws(() => sync.watch('x', name), refused('INVALID_ARGUMENT'));
  }
  await sync.create('x', {}, 'a'.repeat(128));
});

test('odd data arrives as it was sent', async (t) => {
  const { sync } = await open(t, { maxPayload: 4_000_000 });
  const texts = [
    '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"":{"":[]},"toString":null,"hasOwnProperty":1}',
    `{"edge":[${2 ** 53 - 1},${-(2 ** 53)},${2 ** 53 + 2},5e-324,1.7976931348623157e308,0.1]}`,
    '{"lone":["\\ud800","\\udfff\\ud800"],"pair":"🎉","\\udc00":1,"zero":"\\u0000","separators":"\\u2028\\u2029"}',
    JSON.stringify({ large: 'ü'.repeat(500_000), list: Array.from({ length: 10_000 }, (_, n) => ({ n })) }),
    '"just a text"',
    'null',
    '[[[]]]',
    JSON.stringify(Array.from({ length: 90 }).reduce((inner) => ({ inner }), {})),
  ];
  for (const text of texts) {
    const data = JSON.parse(text);
    const { id } = await sync.create('odd', data);
    const { data: read } = await sync.get('odd', id);
    assert.deepStrictEqual(read, data);
    assert.equal(JSON.stringify(read), JSON.stringify(data));
  }
  assert.equal({}.polluted, undefined);
});

test('members that are undefined are left out, and toJSON is honoured', async (t) => {
  const { sync } = await open(t);
  class Point {
    x = 1;
  }
  const data = {
    gone: undefined,
    date: new Date(0),
    point: new Point(),
    url: new URL('http://a/'),
    bare: Object.create(null),
  };
  const expected = { date: '1970-01-01T00:00:00.000Z', point: { x: 1 }, url: 'http://a/', bare: {} };
  assert.deepEqual((await sync.create('notes', data)).data, expected);
});

test('what JSON cannot hold is refused, with its place', async (t) => {
  const { sync } = await open(t);
  const loop = { list: [] };
  loop.list.push({ loop });
  const deep = Array.from({ length: 600 }).reduce((inner) => [inner], 0);
  for (const [data, message] of [
    [undefined, /^data: expected a JSON value, got undefined/],
    [{ a: [1, Number.NaN] }, /^data\.a\[1\]: expected a JSON value, got NaN/],
    [{ a: -Infinity }, /^data\.a: .* got -Infinity/],
    [{ 'odd key': [undefined] }, /^data\["odd key"\]\[0\]: .* got undefined/],
    [Array(1), /^data\[0\]: .* got undefined/],
    [{ n: 1n }, /^data\.n: .* got a bigint/],
    [{ f() {} }, /^data\.f: .* got a function/],
    [{ s: Symbol('s') }, /^data\.s: .* got a symbol/],
    [{ m: new Map() }, /^data\.m: .* got an instance of Map/],
    [new Set(), /^data: .* got an instance of Set/],
    [{ b: Buffer.from('x') }, /^data\.b: .* got an instance of Buffer/],
    [{ b: new Uint8Array(1) }, /^data\.b: .* got an instance of Uint8Array/],
    [{ e: new Error('x') }, /^data\.e: .* got an instance of Error/],
    [{ n: Object(1) }, /^data\.n: .* got an instance of Number/],
    [loop, /^data\.list\[0\]\.loop: .* got a reference back to data\./],
    [deep, /^data: expected at most 512 levels/],
  ]) {
    const of = (method) => new RegExp(`^SyncClient\\.${method}\\(\\): ${message.source.slice(1)}`);
    await assert.rejects(sync.create('notes', data), refused('INVALID_ARGUMENT', of('create')));
    await assert.rejects(sync.merge('notes', 'n1', data), refused('INVALID_ARGUMENT', of('merge')));
  }
});

test('mutations are checked before they are sent', async (t) => {
  const { sync } = await open(t);
  for (const [mutations, message] of [
    [[], /^SyncClient\.mutate\(\): mutations: expected an array/],
    [{}, /^SyncClient\.mutate\(\): mutations: expected an array/],
    [[null], /^SyncClient\.mutate\(\): mutations\[0\]: expected \{ op/],
    [[{ op: 'add', path: '' }], /^SyncClient\.mutate\(\): mutations\[0\]\.op: expected 'set' or .*, got 'add'/],
    [
      [{ op: 'remove', path: '/a' }, { op: 'remove' }],
      /^SyncClient\.mutate\(\): mutations\[1\]\.path: expected a JSON Pointer/,
    ],
    [[{ op: 'remove', path: 'a' }], /^SyncClient\.mutate\(\): mutations\[0\]\.path/],
    [[{ op: 'remove', path: '/~2' }], /^SyncClient\.mutate\(\): mutations\[0\]\.path/],
    [[{ op: 'remove', path: '/~' }], /^SyncClient\.mutate\(\): mutations\[0\]\.path/],
    [[{ op: 'remove', path: '/a', value: 1 }], /^SyncClient\.mutate\(\): mutations\[0\]\.value: expected nothing/],
    [
      [{ op: 'set', path: '/a' }],
      /^SyncClient\.mutate\(\): mutations\[0\]\.value: expected a JSON value, got undefined/,
    ],
    [[{ op: 'push', path: '/a', value: [Number.NaN] }], /^SyncClient\.mutate\(\): mutations\[0\]\.value\[0\]/],
    [
      [{ op: 'increment', path: '/a', value: '1' }],
      /^SyncClient\.mutate\(\): mutations\[0\]\.value: expected a finite number/,
    ],
  ])
    await assert.rejects(sync.mutate('notes', 'n1', mutations), refused('INVALID_ARGUMENT', message));
  const error = await failure(
    sync.create('notes', {}, 'n1').then(() => sync.mutate('notes', 'n1', [{ op: 'remove', path: '/a' }])),
  );
  assert.deepEqual([error.code, error.status], ['INVALID_ARGUMENT', 400]);
});

test('wrong arguments and options are named', async (t) => {
  const { sync } = await open(t);
  for (const [call, message] of [
    [() => sync.replace('notes', 'n1', {}, -1), /^SyncClient\.replace\(\): expectedRevision: expected an integer/],
    [() => sync.replace('notes', 'n1', {}, 1.5), /^SyncClient\.replace\(\): expectedRevision/],
    [() => sync.merge('notes', 'n1', {}, { timeout: 0 }), /^SyncClient\.merge\(\): options\.timeout/],
    [
      () => sync.merge('notes', 'n1', {}, { expectedRevision: -1 }),
      /^SyncClient\.merge\(\): options\.expectedRevision/,
    ],
    [() => sync.merge('notes', 'n1', {}, null), /^SyncClient\.merge\(\): expectedRevision: expected an integer/],
    [() => sync.create('notes', {}, { id: '' }), /^SyncClient\.create\(\): options\.id: expected a string/],
    [() => sync.get('notes', 'n1', 5), /^SyncClient\.get\(\): options: expected an object/],
    [() => sync.get('notes', 'n1', { timeout: 0 }), /^SyncClient\.get\(\): options\.timeout/],
    [() => sync.get('notes', 'n1', { timeout: Infinity }), /^SyncClient\.get\(\): options\.timeout/],
    [() => sync.get('notes', 'n1', { signal: {} }), /^SyncClient\.get\(\): options\.signal: expected an AbortSignal/],
    [() => sync.delete('notes', 'n1', 1, { idempotencyKey: '' }), /^SyncClient\.delete\(\): options\.idempotencyKey/],
    [() => sync.create('notes', {}, 'n1', { expiresAt: new Date() }), /^SyncClient\.create\(\): options\.expiresAt/],
    [() => sync.update('notes', 'n1', {}), /^SyncClient\.update\(\): change: expected a function/],
    [() => sync.update('notes', 'n1', () => {}, { attempts: 0 }), /^SyncClient\.update\(\): options\.attempts/],
  ])
    await assert.rejects(call(), refused('INVALID_ARGUMENT', message));
  assert.throws(
    () => sync.list('notes', { limit: 0 }),
    refused('INVALID_ARGUMENT', /^SyncClient\.list\(\): options\.limit/),
  );
  assert.throws(() => sync.watch('notes', 'n1', { returnMode: 'all' }), refused('INVALID_ARGUMENT', /returnMode/));
  const warned = once(process, 'warning');
  await sync.create('notes', {}, 'n1', { idempotencykey: 'x' });
  assert.match(
    (await warned)[0].message,
    /SyncClient\.create\(\): options\.idempotencykey .* Did you mean 'idempotencyKey'\?/,
  );
});

test('a write with an idempotency key is done once', async (t) => {
  const { sync } = await open(t);
  const options = { idempotencyKey: 'key-1' };
  const [first, second] = [
    await sync.create('notes', {}, undefined, options),
    await sync.create('notes', {}, undefined, options),
  ];
  assert.deepEqual(second, first);
  await sync.mutate('notes', first.id, [{ op: 'set', path: '/n', value: 1 }], undefined, options);
  const again = await sync.mutate('notes', first.id, [{ op: 'set', path: '/n', value: 1 }], undefined, options);
  assert.equal(again.revision, 2);
});

test('options may take the place of the argument before them', async (t) => {
  const { sync } = await open(t);
  const { id, expiresAt } = await sync.create('notes', { n: 0 }, { id: 'n1', expiresAt: 4_102_444_800_000 });
  assert.deepEqual([id, expiresAt], ['n1', 4_102_444_800_000]);
  const other = { expectedRevision: 7 };
  const conflict = refused('REVISION_CONFLICT');
  await assert.rejects(sync.replace('notes', 'n1', {}, other), conflict);
  await assert.rejects(sync.merge('notes', 'n1', {}, other), conflict);
  await assert.rejects(sync.mutate('notes', 'n1', [{ op: 'increment', path: '/n' }], other), conflict);
  await assert.rejects(sync.delete('notes', 'n1', other), conflict);
  const { revision } = await sync.merge('notes', 'n1', { n: 5 }, { expectedRevision: 1, idempotencyKey: 'once' });
  assert.equal(revision, 2);
  assert.deepEqual(await sync.merge('notes', 'n1', { n: 5 }, { idempotencyKey: 'other' }).then(({ data }) => data), {
    n: 5,
  });
  // An argument counts more than the option of its name.
  await sync.merge('notes', 'n1', {}, 3, other);
  await sync.delete('notes', 'n1', {});
});

test('the documents of a service, one by one and page by page', async (t) => {
  const { sync } = await open(t);
  const ids = ['a', 'b', 'c', 'd', 'e'];
  for (const id of ids) await sync.create('notes', { id }, id);
  const list = sync.list('notes', { limit: 2 });
  for (let round = 0; round < 2; round++) {
    const found = [];
    for await (const { id, data } of list) found.push([id, data.id]);
    assert.deepEqual(
      found,
      ids.map((id) => [id, id]),
    );
  }
  const pages = [];
  for await (const page of list.pages()) pages.push(page);
  assert.deepEqual(
    pages.map(({ documents }) => documents.length),
    [2, 2, 1],
  );
  assert.deepEqual(
    pages.map((page) => 'cursor' in page),
    [true, true, false],
  );
  const rest = [];
  for await (const { id } of sync.list('notes', { cursor: pages[0].cursor })) rest.push(id);
  assert.deepEqual(rest, ['c', 'd', 'e']);
  for await (const document of sync.list('none')) assert.fail(document.id);
});

test('a destroyed client refuses', async (t) => {
  const { client, sync } = await open(t);
  client.destroy();
  await assert.rejects(sync.get('notes', 'n1'), refused('CLIENT_DESTROYED'));
  assert.throws(() => sync.watch('notes', 'n1'), refused('CLIENT_DESTROYED'));
});
