/**
 * Collections over real connections: the rows are those of the table, whatever is lost on the way.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { readSnapshot } from '../../lib/collection/snapshot.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

/** A table whose changes the platform publishes, and a client of it. */
async function open(t, options = {}) {
  const platform = await startPlatform(t);
  const observed = observe(t, { url: platform.url, token: platform.token(), ...options });
  await observed.reached('connected');
  const table = new Map();
  const publish = (operation, payload, metadata) =>
    platform.publish({
      topic: 'rows',
      source: 'database',
      type: `database.${operation}`,
      payload,
      metadata: { operation, ...metadata },
    });
  return {
    platform,
    ...observed,
    table,
    publish,
    /** Writes a row. Lost: without an event. */
    put(row, { isLost = false, ...metadata } = {}) {
      const operation = table.has(row.id) ? 'update' : 'insert';
      table.set(row.id, row);
      if (!isLost) publish(operation, row, metadata);
    },
    remove(id, { isLost = false } = {}) {
      table.delete(id);
      if (!isLost) publish('delete', { id });
    },
    snapshot: () => [...table.values()],
  };
}

/** Resolves when the collection is as the table. */
async function settled(collection, table) {
  const wanted = JSON.stringify([...table.values()].sort((a, b) => a.id - b.id));
  while (JSON.stringify([...collection.values()].sort((a, b) => a.id - b.id)) !== wanted)
    await once(collection, 'change');
}

for (const protocol of ['socket.io', 'ws'])
  test(`over ${protocol}: rows, then changes, then those of a gap`, async (t) => {
    const { client, platform, table, put, remove, snapshot } = await open(t, { protocol });
    put({ id: 1, n: 1 });
    put({ id: 2, n: 1 });
    const rows = await client.collection({ topic: 'rows', key: 'id', snapshot });
    assert.deepEqual(
      [...rows],
      [
        [1, { id: 1, n: 1 }],
        [2, { id: 2, n: 1 }],
      ],
    );
    assert.deepEqual([rows.size, rows.get(1), rows.has(3), [...rows.keys()]], [2, { id: 1, n: 1 }, false, [1, 2]]);
    assert.deepEqual([rows.live, rows.closed, rows.topic], [true, false, 'rows']);
    const told = [];
    rows.on('change', (change) => told.push(change));
    put({ id: 1, n: 2 });
    remove(2);
    await settled(rows, table);
    assert.deepEqual(told, [
      { reset: false, changes: [{ type: 'update', key: 1, row: { id: 1, n: 2 }, previous: { id: 1, n: 1 } }] },
      { reset: false, changes: [{ type: 'delete', key: 2, previous: { id: 2, n: 1 } }] },
    ]);
    put({ id: 3, n: 1 }, { isLost: true });
    remove(1, { isLost: true });
    platform.faults.gap({ topics: ['rows'] });
    await settled(rows, table);
    assert.deepEqual(told.at(-1), {
      reset: true,
      changes: [
        { type: 'insert', key: 3, row: { id: 3, n: 1 } },
        { type: 'delete', key: 1, previous: { id: 1, n: 2 } },
      ],
    });
    rows.close();
    await platform.until(({ connections: [{ subscriptions }] }) => subscriptions.length === 0);
    assert.deepEqual([rows.closed, rows.live, rows.size], [true, false, 1]);
  });

test('events during the read come after it, without those that the snapshot has', async (t) => {
  const { client, put, publish } = await open(t);
  const rows = await client.collection({
    topic: 'rows',
    key: 'id',
    async snapshot() {
      publish('insert', { id: 1, n: 'old' }, { commitLsn: '0/A' });
      publish('update', { id: 1, n: 'new' }, { commitLsn: '0/B' });
      publish('insert', { id: 2, n: 'later' }, { commitLsn: '1/0' });
      await once(client, 'event:rows');
      return { lsn: '0/B', rows: [{ id: 1, n: 'new' }] };
    },
  });
  put({ id: 3 }, { commitLsn: '1/1' });
  while (rows.size < 3) await once(rows, 'change');
  assert.deepEqual([...rows.values()], [{ id: 1, n: 'new' }, { id: 2, n: 'later' }, { id: 3 }]);
});

test('a gap during the read voids it', async (t) => {
  const { client, platform, reached, table, put, snapshot } = await open(t, { recovery: false });
  let reads = 0;
  const rows = await client.collection({
    topic: 'rows',
    key: 'id',
    async snapshot() {
      reads += 1;
      const rows = snapshot();
      if (reads > 1) return rows;
      const gap = once(client, 'gap');
      await platform.faults.dropAll();
      put({ id: 1, n: 'while there was no connection' });
      await gap;
      return rows;
    },
  });
  assert.deepEqual([...rows.values()], [...table.values()]);
  assert.equal(reads, 2);
  await reached('connected', 2);
});

test('a failed read is reported and repeated; the rows stay meanwhile', async (t) => {
  const { client, platform, table, put, snapshot } = await open(t);
  const failures = [undefined, new TypeError('no database')];
  put({ id: 1 });
  const rows = await client.collection({
    topic: 'rows',
    key: 'id',
    snapshot() {
      const failure = failures.shift();
      if (failure) throw failure;
      return snapshot();
    },
  });
  put({ id: 2 }, { isLost: true });
  const failed = once(rows, 'error');
  platform.faults.gap();
  assert.deepEqual((await failed)[0].message, 'no database');
  assert.deepEqual([rows.size, rows.live], [1, false]);
  put({ id: 3 });
  await settled(rows, table);
  assert.equal(rows.live, true);
});

test('filter and order are those of the client', async (t) => {
  const { client, put, remove, snapshot } = await open(t);
  for (const [id, n, open] of [
    [1, 5, true],
    [2, 4, true],
    [3, 3, false],
  ])
    put({ id, n, open });
  const rows = await client.collection({
    topic: 'rows',
    key: 'id',
    snapshot,
    filter: { open: true },
    orderBy: (a, b) => a.n - b.n,
  });
  assert.deepEqual([...rows.keys()], [2, 1]);
  put({ id: 3, n: 1, open: true });
  put({ id: 1, n: 5, open: false });
  remove(9);
  while (rows.size !== 2 || !rows.has(3)) await once(rows, 'change');
  assert.deepEqual([...rows.keys()], [3, 2]);
  const seen = [];
  rows.forEach(function (row, key, all) {
    seen.push([row.n, key, all === rows, this]);
  }, 'receiver');
  assert.deepEqual(
    seen.map(([n, key, isRows]) => [n, key, isRows]),
    [
      [1, 3, true],
      [4, 2, true],
    ],
  );
});

test('an event that does not tell its row leads to a read', async (t) => {
  const { client, table, put, publish, snapshot } = await open(t);
  put({ id: 1, text: 'long' });
  const rows = await client.collection({ topic: 'rows', key: 'id', snapshot });
  put({ id: 2, text: 'of a row that was missed' }, { isLost: true });
  publish('update', { id: 2 }, { unchanged: ['text'] });
  await settled(rows, table);
});

test('random writes, lost connections and reported gaps: in the end the rows are those of the table', async (t) => {
  const { client, platform, table, put, remove, snapshot } = await open(t, { recovery: false });
  const rows = await client.collection({ topic: 'rows', key: 'id', snapshot: async () => snapshot() });
  const copy = new Map(rows);
  rows.on('change', ({ changes }) => {
    for (const { type, key, row, previous } of changes) {
      assert.deepEqual(copy.get(key), previous);
      if (type === 'delete') copy.delete(key);
      else copy.set(key, row);
    }
  });
  let state = 7;
  const random = (bound) => {
    state = (state * 48271) % 2147483647;
    return state % bound;
  };
  for (let step = 0; step < 400; step += 1) {
    const id = random(20);
    if (random(4) === 0) remove(id);
    else put({ id, step });
    if (random(60) === 0) await platform.faults.dropAll();
    if (random(60) === 0) {
      put({ id, step, isLost: true }, { isLost: true });
      platform.faults.gap({ topics: ['rows'] });
    }
    if (random(10) === 0) await new Promise(setImmediate);
  }
  await settled(rows, table);
  assert.deepEqual(copy, new Map(rows));
});

test('the mapping of the topic is found, and read with its position', async () => {
  const answers = {
    '/api/database/mappings/topic/rows': [{ id: 'map 1', topic: 'rows' }],
    '/api/database/mappings/map%201/snapshot?format=json': { lsn: '0/9', key: ['id'], rows: [{ id: 7 }] },
    '/api/database/mappings/odd/snapshot?format=json': { rows: [] },
    '/api/database/mappings/topic/none': [],
  };
  const asked = [];
  const request = async (method, path, { expected }) => {
    asked.push(`${method} ${path}`);
    assert.ok(expected.fits(answers[path]), expected.what);
    return answers[path];
  };
  const read = (source) =>
    readSnapshot({ timeout: 1000, rest: () => ({ request }), ...source }, new AbortController().signal);
  assert.deepEqual(await read({ topic: 'rows' }), { rows: [{ id: 7 }], position: 9n, key: ['id'] });
  assert.deepEqual(
    asked.splice(0),
    Object.keys(answers)
      .slice(0, 2)
      .map((path) => `GET ${path}`),
  );
  await assert.rejects(read({ topic: 'none' }), { code: 'NOT_FOUND', message: /'none'/ });
  await assert.rejects(read({ topic: 'rows', snapshot: 'odd' }), /rows and their position/);
});

test('what ends the first read rejects, and leaves no subscription', async (t) => {
  const { client, platform, snapshot } = await open(t);
  const base = { topic: 'rows', key: 'id', snapshot };
  for (const [options, expected] of [
    [undefined, { code: 'INVALID_ARGUMENT', message: /collection\(\): options: expected an object/ }],
    [
      { ...base, topic: 'a.*' },
      { code: 'INVALID_ARGUMENT', message: /options\.topic: expected one topic/ },
    ],
    [
      { ...base, key: undefined },
      { code: 'INVALID_ARGUMENT', message: /options\.key: expected the member/ },
    ],
    [
      { ...base, key: [] },
      { code: 'INVALID_ARGUMENT', message: /options\.key/ },
    ],
    [
      { ...base, orderBy: 'n' },
      { code: 'INVALID_ARGUMENT', message: /options\.orderBy/ },
    ],
    [
      { ...base, filter: { n: { above: 1 } } },
      { code: 'INVALID_ARGUMENT', message: /options\.filter\.n/ },
    ],
    [
      { ...base, snapshot: () => 7 },
      { code: 'INVALID_ARGUMENT', message: /options\.snapshot: expected rows/ },
    ],
    [
      { ...base, snapshot: () => [{ n: 1 }] },
      { code: 'INVALID_ARGUMENT', message: /lacks its key 'id'/ },
    ],
    [{ ...base, snapshot: 'missing' }, { code: 'NOT_FOUND' }],
    [{ ...base, signal: AbortSignal.abort() }, { code: 'ABORTED' }],
  ])
    await assert.rejects(client.collection(options), expected, JSON.stringify(options));
  const abort = new AbortController();
  const aborted = client.collection({ ...base, signal: abort.signal, snapshot: () => abort.abort() ?? [] });
  await assert.rejects(aborted, { code: 'ABORTED' });
  assert.equal(client.stats().subscriptions, 0);
  const rows = await client.collection(base);
  client.destroy();
  assert.deepEqual([rows.closed, platform.connections.length <= 1], [true, true]);
  await assert.rejects(client.collection(base), { code: 'CLIENT_DESTROYED' });
});
