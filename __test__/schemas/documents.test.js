/** Documents whose data is checked with schemas. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

import { RealtimeClient } from '../../lib/index.js';
import { document, failure, serve } from '../support/document-server.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

/** The same schema in each library, which adds one to `n`. */
const LIBRARIES = {
  zod: z.object({ n: z.number().transform((n) => n + 1) }),
  valibot: v.object({
    n: v.pipe(
      v.number(),
      v.transform((n) => n + 1),
    ),
  }),
  arktype: type({ n: type('number').pipe((n) => n + 1) }),
  'zod, asynchronously': z.object({ n: z.number().transform(async (n) => n + 1) }),
};

/** A platform, a connected client that watches, and another one that writes. */
async function open(t) {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const observed = observe(t, { url: platform.url, token });
  const writer = new RealtimeClient({ url: platform.url, token, autoConnect: false });
  t.after(() => writer.destroy());
  await observed.reached('connected');
  return { platform, ...observed, sync: observed.client.sync, other: writer.sync };
}

/** Everything that a live document reports. */
function record(live) {
  const log = [];
  const waiting = new Set();
  for (const name of ['change', 'delete', 'error'])
    live.on(name, (report) => {
      log.push(name === 'error' ? report : { name, ...report });
      for (const check of waiting) check();
    });
  /** Resolves when `total` reports are there. */
  const count = (total) =>
    new Promise((resolve) => {
      const check = () => {
        if (log.length < total) return;
        waiting.delete(check);
        resolve(log);
      };
      waiting.add(check);
      check();
    });
  return { log, count };
}

for (const [library, schema] of Object.entries(LIBRARIES)) {
  test(`get() with ${library}: the document has the output`, async (t) => {
    const { sync } = await serve(t, [{}]);
    assert.deepEqual(await sync.get('notes', 'n1', { schema }), { ...document, data: { n: 2 } });
    assert.deepEqual(await sync.get('notes', 'n1'), document);
  });

  test(`get() with ${library}: what does not fit rejects`, async (t) => {
    const { sync, client } = await serve(t, [{ body: { ...document, data: { n: 'one' } } }]);
    const error = await failure(sync.get('notes', 'n1', { schema }));
    const { code, method, path, status, issues } = error;
    assert.deepEqual([code, method, path], ['PAYLOAD_INVALID', 'GET', '/api/sync/notes/documents/n1']);
    assert.deepEqual([status, issues.map((each) => each.path)], [undefined, [['n']]]);
    assert.match(error.message, /^Document 'n1' does not fit its schema: n: /);
    assert.equal(client.stats().droppedInvalid, 0, 'the caller knows');
  });

  test(`watch() with ${library}: what does not fit is an error, and the last good data stays`, async (t) => {
    const { client, sync, other, errors } = await open(t);
    await other.create('notes', { n: 1 }, 'n1');
    const live = sync.watch('notes', 'n1', { schema });
    const { count } = record(live);
    await live.ready();
    assert.deepEqual([live.data, live.revision], [{ n: 2 }, 1]);
    await other.replace('notes', 'n1', { n: 'two' });
    await other.replace('notes', 'n1', { n: 'three' });
    const [, second, third] = await count(3);
    assert.deepEqual([second.code, third.code], ['PAYLOAD_INVALID', 'PAYLOAD_INVALID']);
    assert.match(second.message, /^Revision 2 of document 'n1' in 'notes' does not fit its schema: n: /);
    assert.deepEqual([live.data, live.revision, live.deleted], [{ n: 2 }, 1, false]);
    await live.ready();
    await other.replace('notes', 'n1', { n: 4 });
    await other.delete('notes', 'n1');
    const [first, , , fourth, fifth] = await count(5);
    const base = { isLocal: false, skipped: 0, deleted: false };
    assert.deepEqual(first, { name: 'change', ...base, data: { n: 2 }, revision: 1 });
    assert.deepEqual(fourth, { name: 'change', ...base, data: { n: 5 }, revision: 4, skipped: 2 });
    assert.deepEqual(fifth, { name: 'delete', ...base, data: undefined, revision: 5, deleted: true });
    assert.deepEqual([live.data, live.revision, live.deleted], [undefined, 5, true]);
    assert.deepEqual([client.stats().droppedInvalid, errors()], [2, []]);
    live.close();
  });
}

test('list() checks each document, and throws at the first that does not fit', async (t) => {
  const page = (...data) => ({
    body: { documents: data.map((n, at) => ({ ...document, id: `n${at}`, data: { n } })) },
  });
  const { sync } = await serve(t, [page(1, 2, 'three', 4)]);
  const schema = LIBRARIES.zod;
  const read = [];
  const error = await failure(
    (async () => {
      for await (const { id, data } of sync.list('notes', { schema })) read.push([id, data.n]);
    })(),
  );
  assert.deepEqual(read, [
    ['n0', 2],
    ['n1', 3],
  ]);
  assert.deepEqual([error.code, error.path], ['PAYLOAD_INVALID', '/api/sync/notes/documents']);
  assert.match(error.message, /^Document 'n2' does not fit its schema: n: /);
  assert.equal((await failure(sync.list('notes', { schema }).pages().next())).code, 'PAYLOAD_INVALID');
  for await (const { documents } of sync.list('notes').pages()) assert.equal(documents.length, 4);

  const { sync: good } = await serve(t, [page(1, 2)]);
  for await (const { documents } of good.list('notes', { schema }).pages())
    assert.deepEqual(
      documents.map(({ data }) => data),
      [{ n: 2 }, { n: 3 }],
    );
});

test('a check ends with its call: signal, timeout, destroy()', async (t) => {
  const { sync, client } = await serve(t, [{}]);
  let asked = () => {};
  const schema = z.object({}).refine(() => {
    asked();
    return new Promise(() => {});
  });
  const begun = () =>
    new Promise((resolve) => {
      asked = resolve;
    });
  const controller = new AbortController();
  const isBegun = begun();
  const aborted = failure(sync.get('notes', 'n1', { schema, signal: controller.signal }));
  await isBegun;
  controller.abort('enough');
  assert.deepEqual([(await aborted).code, (await aborted).cause], ['ABORTED', 'enough']);
  // The answer is there long before.
  assert.equal((await failure(sync.get('notes', 'n1', { schema, timeout: 500 }))).code, 'TIMEOUT');
  const isBegunAgain = begun();
  const destroyed = failure(sync.get('notes', 'n1', { schema }));
  await isBegunAgain;
  client.destroy();
  assert.equal((await destroyed).code, 'CLIENT_DESTROYED');
});

test('a schema that fails rejects with its cause, without secrets', async (t) => {
  const { sync } = await serve(t, [{}]);
  const schema = z.object({}).refine(() => {
    throw new Error('with secret-token');
  });
  const error = await failure(sync.get('notes', 'n1', { schema }));
  assert.deepEqual([error.code, error.cause.message, error.issues], ['PAYLOAD_INVALID', 'Error: with [token]', []]);
});

test('ready() rejects while no revision has fitted, and the first that fits skips nothing', async (t) => {
  const { sync, other, errors, seen } = await open(t);
  await other.create('notes', { n: 'one' }, 'n1');
  const live = sync.watch('notes', 'n1', { schema: LIBRARIES.zod, returnMode: 'both' });
  const rejected = await failure(live.ready());
  assert.equal(rejected.code, 'PAYLOAD_INVALID');
  assert.equal(await failure(live.ready()), rejected);
  // Without a listener of the live document, the client reports it.
  await seen('error');
  assert.deepEqual([errors(), live.data, live.revision], [[rejected], undefined, 0]);
  const changed = once(live, 'change');
  await other.replace('notes', 'n1', { n: 2 });
  const [change] = await changed;
  const expected = { data: { n: 3 }, revision: 2, deleted: false, isLocal: false, skipped: 0 };
  assert.deepEqual(change, expected);
  await live.ready();
});

test('a document that does not exist is ready', async (t) => {
  const { sync, other } = await open(t);
  const live = sync.watch('notes', 'n1', { schema: LIBRARIES.zod });
  await live.ready();
  assert.deepEqual([live.data, live.revision], [undefined, 0]);
  const changed = once(live, 'change');
  await other.create('notes', { n: 1 }, 'n1');
  assert.deepEqual((await changed)[0].data, { n: 2 });
});

test('changes that come during a check follow it in their order, and none after close()', async (t) => {
  const { sync, other } = await open(t);
  const checks = [];
  const schema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => new Promise((resolve) => checks.push([value, resolve])),
    },
  };
  /** The next check has begun. */
  const begun = async (count) => {
    while (checks.length < count) await new Promise(setImmediate);
    return checks[count - 1];
  };
  await other.create('notes', { n: 1 }, 'n1');
  const live = sync.watch('notes', 'n1', { schema });
  const plain = sync.watch('notes', 'n1');
  const { log, count } = record(live);
  const isReady = live.ready();
  const [, first] = await begun(1);
  await other.merge('notes', 'n1', { n: 2 });
  await other.merge('notes', 'n1', { n: 3 });
  while (plain.revision < 3) await once(plain, 'change');
  assert.deepEqual([log, live.revision, checks.length], [[], 0, 1]);
  first({ value: 'one' });
  await isReady;
  assert.equal(live.data, 'one');
  (await begun(2))[1]({ value: 'two' });
  const [, last] = await begun(3);
  await count(2);
  const pending = live.ready();
  await pending;
  live.close();
  last({ value: 'three' });
  await new Promise(setImmediate);
  assert.deepEqual(
    log.map(({ data, revision, skipped }) => [data, revision, skipped]),
    [
      ['one', 1, 0],
      ['two', 2, 0],
    ],
  );
});

test('ready() rejects when the document is closed during its first check', async (t) => {
  const { sync, other } = await open(t);
  await other.create('notes', { n: 1 }, 'n1');
  let asked = () => {};
  const isAsked = new Promise((resolve) => {
    asked = resolve;
  });
  const schema = z.object({}).refine(() => {
    asked();
    return new Promise(() => {});
  });
  const live = sync.watch('notes', 'n1', { schema });
  const rejected = failure(live.ready());
  await isAsked;
  live.close();
  assert.equal((await rejected).code, 'ABORTED');
});

test('a loop over a live document gets what fits, and this client knows its own writes', async (t) => {
  const { sync, other } = await open(t);
  const live = sync.watch('notes', 'n1', { schema: LIBRARIES.valibot });
  live.on('error', () => {});
  const changes = live[Symbol.asyncIterator]();
  await live.ready();
  await sync.create('notes', { n: 1 }, 'n1');
  await other.merge('notes', 'n1', { n: 'two' });
  await sync.merge('notes', 'n1', { n: 3 });
  const [first, second] = [(await changes.next()).value, (await changes.next()).value];
  assert.deepEqual([first.data, first.isLocal, first.skipped], [{ n: 2 }, true, 0]);
  assert.deepEqual([second.data, second.isLocal, second.skipped], [{ n: 4 }, true, 1]);
});

test('a schema for the topic of a watched document does not change what the document reads', async (t) => {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const picky = z
    .object({ id: z.string(), data: z.object({ n: z.number() }) })
    .transform(({ id, data }) => ({ id, short: data.n }));
  const observed = observe(t, { url: platform.url, token, schemas: { 'sync.notes.updated': picky } });
  await observed.reached('connected');
  const { client, events, errors } = observed;
  client.subscribe({ topic: 'sync.notes.updated' });
  const live = client.sync.watch('notes', 'n1');
  const { count } = record(live);
  await live.ready();
  const writer = new RealtimeClient({ url: platform.url, token, autoConnect: false });
  t.after(() => writer.destroy());
  await writer.sync.create('notes', { n: 1 }, 'n1');
  await writer.sync.merge('notes', 'n1', { n: 'two' });
  await writer.sync.merge('notes', 'n1', { n: 3 });
  const log = await count(3);
  assert.deepEqual(
    log.map(({ revision, data, skipped }) => [revision, data.n, skipped]),
    [
      [1, 1, 0],
      [2, 'two', 0],
      [3, 3, 0],
    ],
  );
  await observed.seen('event', ({ payload }) => payload.short === 3);
  assert.ok(events().every(({ payload }) => Object.keys(payload).join() === 'id,short'));
  assert.deepEqual(
    errors().map(({ code, topic, issues }) => [code, topic, issues[0].path]),
    [['PAYLOAD_INVALID', 'sync.notes.updated', ['data', 'n']]],
  );
});

test('what is no schema is refused', async (t) => {
  const { sync } = await serve(t, [{}]);
  const refusal = (method) => ({
    code: 'INVALID_ARGUMENT',
    message: `SyncClient.${method}(): options.schema: expected a Standard Schema, such as one of zod, valibot or arktype, got an object.`,
  });
  await assert.rejects(sync.get('notes', 'n1', { schema: {} }), refusal('get'));
  assert.throws(() => sync.watch('notes', 'n1', { schema: {} }), refusal('watch'));
  assert.throws(() => sync.list('notes', { schema: {} }), refusal('list'));
});
