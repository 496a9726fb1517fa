/**
 * What the local platform tells of its documents: events, cut to the return mode, and diffs that
 * lead from one to the next.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';

const UPDATED = 'sync.s.updated';
const DELETED = 'sync.s.deleted';

/** A client with subscriptions to the updates of service `s`. */
async function listen(platform, protocol, ...subscriptions) {
  const client = await connect(protocol, platform);
  for (const [index, subscription] of subscriptions.entries()) {
    const answer = await client.request('subscribe', {
      topic: UPDATED,
      subscriptionId: `sub_${index}`,
      ...subscription,
    });
    assert.equal(answer.error, undefined, answer.message);
  }
  return client;
}

test('each write and the deletion: one event each, in the order of the revisions', async (t) => {
  const platform = await startPlatform(t);
  const { documents } = platform;
  for (const protocol of PROTOCOLS) {
    const client = await listen(platform, protocol, { returnMode: 'both' }, { topic: DELETED });
    const id = protocol;
    const writes = [
      documents.create('s', { id, data: { n: 1, old: true } }),
      documents.merge('s', id, { data: { n: 2 } }),
      documents.mutate('s', id, { mutations: [{ op: 'remove', path: '/old' }] }),
      documents.replace('s', id, { data: [] }),
      documents.replace('s', id, { data: [] }),
    ];
    const deleted = documents.delete('s', id);
    writes.push(documents.create('s', { id, data: 1 }));
    const diffs = [
      [{ op: 'set', path: '', value: { n: 1, old: true } }],
      [{ op: 'set', path: '/n', value: 2 }],
      [{ op: 'remove', path: '/old' }],
      [{ op: 'set', path: '', value: [] }],
      [],
      undefined,
      [{ op: 'set', path: '', value: 1 }],
    ];
    const ids = new Set();
    for (const [index, diff] of diffs.entries()) {
      const { id: eventId, ...event } = await client.events.next();
      ids.add(eventId);
      const { revision, updatedAt: timestamp, data } = diff ? writes.shift() : deleted;
      const news = diff
        ? { topic: UPDATED, type: 'document.updated', payload: { service: 's', id, data, diff } }
        : { topic: DELETED, type: 'document.deleted', payload: { service: 's', id } };
      assert.deepEqual(event, { source: 'sync', metadata: { timestamp, revision }, ...news });
      assert.equal(revision, index + 1);
    }
    assert.equal(ids.size, diffs.length);
    client.close();
  }
});

const MODES = [
  [[{}], ['data']],
  [[{ returnMode: 'full' }], ['data']],
  [[{ returnMode: 'diff' }], ['diff']],
  [[{ returnMode: 'both' }], ['data', 'diff']],
  [
    [{ returnMode: 'diff' }, { returnMode: 'full' }],
    ['data', 'diff'],
  ],
  [[{ returnMode: 'diff' }, { returnMode: 'full', filter: { id: 'another' } }], ['diff']],
  [
    [
      { returnMode: 'full', filter: { 'data.n': 1 } },
      { returnMode: 'full', filter: { 'data.n': 2 } },
      { returnMode: 'diff', filter: { 'diff.0.op': 'set' } },
    ],
    ['data', 'diff'],
  ],
];
for (const protocol of PROTOCOLS) {
  test(`return modes on ${protocol}: what any of the matching subscriptions asks for, also when repeated`, async (t) => {
    const platform = await startPlatform(t);
    for (const [subscriptions, members] of MODES) {
      const client = await listen(platform, protocol, ...subscriptions);
      const { id } = platform.documents.create('s', { data: { n: 1 } });
      const event = await client.events.next();
      const diff = [{ op: 'set', path: '', value: { n: 1 } }];
      const whole = { service: 's', id, data: { n: 1 }, diff };
      const expected = Object.fromEntries(['service', 'id', ...members].map((member) => [member, whole[member]]));
      assert.deepEqual(event.payload, expected, JSON.stringify(subscriptions));
      assert.deepEqual(platform.faults.repeat()[0].payload, whole);
      assert.deepEqual(await client.events.next(), event);
      client.close();
    }
  });
}

test('a filter that matches no revision hears nothing, and sees the data in any mode', async (t) => {
  const platform = await startPlatform(t);
  const client = await listen(platform, 'ws', { returnMode: 'diff', filter: { 'data.status': 'done' } });
  const { id } = platform.documents.create('s', { data: { status: 'new' } });
  platform.documents.merge('s', id, { data: { status: 'done' } });
  const { payload } = await client.events.next();
  assert.deepEqual(payload, { service: 's', id, diff: [{ op: 'set', path: '/status', value: 'done' }] });
  client.close();
});

test('what others publish is not cut', async (t) => {
  const platform = await startPlatform(t);
  const client = await listen(platform, 'ws', { topic: 't', returnMode: 'diff' });
  const event = platform.publish({ topic: 't', payload: { data: 1 } });
  assert.deepEqual(await client.events.next(), event);
  client.close();
});

test('a refused write publishes nothing', async (t) => {
  const platform = await startPlatform(t);
  const client = await listen(platform, 'ws', {}, { topic: DELETED });
  const { documents } = platform;
  documents.create('s', { id: 'd', data: 1 });
  assert.throws(() => documents.create('s', { id: 'd', data: 2 }));
  assert.throws(() => documents.replace('s', 'd', { data: 2, expectedRevision: 7 }));
  assert.throws(() => documents.mutate('s', 'd', { mutations: [{ op: 'push', path: '', value: 1 }] }));
  assert.throws(() => documents.delete('s', 'd', { expectedRevision: 7 }));
  documents.replace('s', 'd', { data: 3 });
  const revisions = [await client.events.next(), await client.events.next()].map(({ metadata }) => metadata.revision);
  assert.deepEqual(revisions, [1, 2]);
  client.close();
});

const DIFFS = [
  [
    { a: 1, b: { c: 2, d: 3 } },
    { b: { c: 2, d: 4 }, e: 5 },
    [
      ['remove', '/a'],
      ['set', '/b/d', 4],
      ['set', '/e', 5],
    ],
  ],
  [
    { 'a/b': 1, '~1': 1 },
    { 'a/b': 2, '~1': 2 },
    [
      ['set', '/a~1b', 2],
      ['set', '/~01', 2],
    ],
  ],
  [
    [1, 2, 3, 4, 5, 6],
    [1, 2, 9, 4],
    [
      ['set', '/2', 9],
      ['remove', '/5'],
      ['remove', '/4'],
    ],
  ],
  [
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5, 6],
    [
      ['push', '', 5],
      ['push', '', 6],
    ],
  ],
  [[{ a: { b: 1 } }], [{ a: { b: 2 } }], [['set', '/0/a/b', 2]]],
  [{ list: [1, 2, 3, 4] }, { list: [0, 1, 2, 3, 4] }, [['set', '/list', [0, 1, 2, 3, 4]]]],
  [{ a: [] }, { a: {} }, [['set', '/a', {}]]],
  [{ a: 1 }, { a: null }, [['set', '/a', null]]],
];
test('a diff is short: only what changed, and a whole array where most of it moved', async (t) => {
  const platform = await startPlatform(t);
  const client = await listen(platform, 'ws', { returnMode: 'diff' });
  for (const [former, next, expected] of DIFFS) {
    const { id } = platform.documents.create('s', { data: former });
    platform.documents.replace('s', id, { data: next });
    await client.events.next();
    const { payload } = await client.events.next();
    assert.deepEqual(
      payload.diff.map(({ op, path, ...value }) => [op, path, ...Object.values(value)]),
      expected,
    );
  }
  client.close();
});

test('expiry: the document is deleted when its time has come, without anybody asking', async (t) => {
  const warnings = [];
  const warn = (warning) => warnings.push(warning);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  const platform = await startPlatform(t);
  const client = await listen(platform, 'ws', {}, { topic: DELETED });
  const expiresAt = Date.now() + 80;
  const { id } = platform.documents.create('s', { data: 1, expiresAt });
  platform.documents.create('s', { id: 'past', data: 1, expiresAt: 1 });
  platform.documents.create('s', { id: 'later', data: 1, expiresAt: expiresAt + 2 ** 40 });
  const created = [];
  for (let n = 0; n < 3; n++) created.push((await client.events.next()).payload.id);
  assert.deepEqual(created, [id, 'past', 'later']);
  assert.deepEqual((await client.events.next()).payload, { service: 's', id: 'past' });
  const event = await client.events.next();
  assert.deepEqual([event.payload, event.metadata.revision], [{ service: 's', id }, 2]);
  assert.ok(event.metadata.timestamp >= expiresAt);
  assert.deepEqual(warnings, [], 'a timer cannot be that long');
  client.close();
});

test('expiry: an extended one holds; before the timer a list leaves out, and a read deletes', async (t) => {
  const platform = await startPlatform(t);
  const client = await listen(platform, 'ws', { topic: DELETED });
  const { documents } = platform;
  const expiresAt = Date.now() + 50;
  documents.create('s', { id: 'extended', data: 1, expiresAt });
  documents.replace('s', 'extended', { data: 2, expiresAt: expiresAt + 60_000 });
  documents.create('s', { id: 'read', data: 1, expiresAt });
  while (Date.now() < expiresAt); // so that no timer can run
  assert.deepEqual(
    documents.list('s').documents.map(({ id }) => id),
    ['extended'],
  );
  assert.throws(() => documents.get('s', 'read'), { name: 'NotFoundError' });
  assert.equal((await client.events.next()).payload.id, 'read');
  documents.create('s', { id: 'end', data: 1 });
  documents.delete('s', 'end');
  assert.equal((await client.events.next()).payload.id, 'end');
  assert.equal(documents.get('s', 'extended').revision, 2);
  client.close();
});

test('expiry: over a restart too', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-expiry-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const data = join(folder, 'documents.db');
  const first = await startPlatform(t, { data });
  first.documents.create('s', { id: 'd', data: 1, expiresAt: Date.now() + 150 });
  await first.close();
  const second = await startPlatform(t, { data });
  const client = await listen(second, 'ws', { topic: DELETED });
  second.faults.repeat(); // in case it came before the subscription
  const { payload, metadata } = await client.events.next();
  assert.deepEqual([payload.id, metadata.revision], ['d', 2]);
  client.close();
});

/** JSON as text, so that `__proto__` is made by the parser, as on the wire. */
const KEYS = ['', 'a', 'b', '0', '1', '-', '__proto__', 'constructor', 'a/b', 'm~n', '~1', 'é'];
const key = fc.constantFrom(...KEYS);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .oneof(
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string(),
        fc.constantFrom(null, true),
      )
      .map((value) => JSON.stringify(value)),
    fc.array(tie('json'), { maxLength: 5 }).map((elements) => `[${elements}]`),
    fc
      .array(fc.tuple(key, tie('json')), { maxLength: 5 })
      .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`)}}`),
  ),
}));
const value = json.map((text) => JSON.parse(text));
const path = fc.array(key, { maxLength: 3 }).map((keys) => keys.map((one) => `/${escapeKey(one)}`).join(''));
const mutation = fc.record({ op: fc.constantFrom('set', 'set', 'increment', 'remove', 'push'), path, value });
const write = fc.oneof(
  fc.record({ method: fc.constant('replace'), data: value }),
  fc.record({ method: fc.constant('merge'), data: value }),
  fc.record({ method: fc.constant('mutate'), mutations: fc.array(mutation, { maxLength: 3 }) }),
);

const escapeKey = (text) => text.replace(/[~/]/g, (character) => ({ '~': '~0', '/': '~1' })[character]);

/** The same text for the same JSON, whatever the order of its members. */
function canonical(json) {
  if (json === null || typeof json !== 'object') return JSON.stringify(json);
  if (Array.isArray(json)) return `[${json.map(canonical)}]`;
  const members = Object.entries(json).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.sort()}}`;
}

/**
 * A second reading of RFC 6901 and the operations a diff is made of; it works on maps, which have
 * no prototypes to step on.
 */
function applyDiff(json, diff) {
  let tree = toTree(json);
  for (const { op, path, value } of diff) {
    const keys = [...path.matchAll(/\/([^/]*)/g)].map(([, text]) =>
      text.replace(/~[01]/g, (c) => (c === '~1' ? '/' : '~')),
    );
    const step = (node, name) => (Array.isArray(node) ? node[Number(name)] : node.get(name));
    if (op === 'push') {
      keys.reduce(step, tree).push(toTree(value));
    } else if (keys.length === 0) {
      assert.equal(op, 'set');
      tree = toTree(value);
    } else {
      const last = keys.pop();
      const parent = keys.reduce(step, tree);
      const known = Array.isArray(parent) ? Number(last) < parent.length : parent.has(last);
      if (op === 'set' && Array.isArray(parent)) assert.ok(known);
      if (op === 'set')
        Array.isArray(parent) ? parent.splice(Number(last), 1, toTree(value)) : parent.set(last, toTree(value));
      else
        assert.ok(
          op === 'remove' && known && (Array.isArray(parent) ? parent.splice(Number(last), 1) : parent.delete(last)),
        );
    }
  }
  return canonical(fromTree(tree));
}

function toTree(json) {
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(toTree);
  return new Map(Object.entries(json).map(([name, member]) => [name, toTree(member)]));
}

function fromTree(tree) {
  if (Array.isArray(tree)) return tree.map(fromTree);
  if (!(tree instanceof Map)) return tree;
  return Object.fromEntries([...tree].map(([name, member]) => [name, fromTree(member)]));
}

/**
 * Deep merge said another way: the patch where the two differ in kind, else the members of both.
 */
function mergeTrees(target, patch) {
  if (!(target instanceof Map && patch instanceof Map)) return patch;
  const both = [...target.keys(), ...patch.keys()];
  const merged = (name) => (patch.has(name) ? mergeTrees(target.get(name), patch.get(name)) : target.get(name));
  return new Map(both.map((name) => [name, merged(name)]));
}

/** Does the writes; a refusal counts as no write. @returns {object[]} the revisions, whole */
function writeAll(documents, id, first, writes) {
  const revisions = [documents.create('s', { id, data: first })];
  for (const { method, ...body } of writes) {
    try {
      revisions.push(documents[method]('s', id, body));
    } catch (error) {
      assert.equal(error.name, 'ValidationError', error.stack);
    }
    assert.deepEqual(documents.get('s', id), revisions.at(-1));
  }
  return revisions;
}

test('property: each diff turns the former data into the new one; both stores give the same revisions', async (t) => {
  const memory = await startPlatform(t);
  const sqlite = await startPlatform(t, { data: ':memory:' });
  const client = await listen(memory, 'ws', { returnMode: 'both' });
  let runs = 0;
  let writes = 0;
  const property = fc.asyncProperty(value, fc.array(write, { maxLength: 8 }), async (first, sequence) => {
    const id = `run ${++runs}`;
    const revisions = writeAll(memory.documents, id, first, sequence);
    writes += revisions.length;
    const strip = ({ createdAt, updatedAt, ...rest }) => canonical(rest);
    assert.deepEqual(writeAll(sqlite.documents, id, first, sequence).map(strip), revisions.map(strip));
    const mirror = memory.documents.create('mirror', { data: null });
    let former;
    for (const { revision, data } of revisions) {
      const event = await client.events.next();
      assert.deepEqual([event.payload.id, event.metadata.revision], [id, revision]);
      assert.equal(canonical(event.payload.data), canonical(data));
      const { diff: mutations } = event.payload;
      assert.equal(applyDiff(former, mutations), canonical(data));
      assert.equal(canonical(memory.documents.mutate('mirror', mirror.id, { mutations }).data), canonical(data));
      former = data;
    }
  });
  await fc.assert(property, { numRuns: 300 });
  assert.ok(writes > 3 * runs, `only ${writes} writes in ${runs} runs were accepted`);
  client.close();
});

test('property: merge does what its model does', async (t) => {
  const { documents } = await startPlatform(t);
  const property = fc.property(value, value, (target, patch) => {
    const { id } = documents.create('s', { data: target });
    const { data } = documents.merge('s', id, { data: patch });
    assert.equal(canonical(data), canonical(fromTree(mergeTrees(toTree(target), toTree(patch)))));
  });
  fc.assert(property, { numRuns: 500 });
});
