/**
 * Live documents over real connections: nothing is missed, nothing comes twice, and each knows
 * whose change it was.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { describe, test } from 'node:test';
import { WebSocketServer } from 'ws';

import { LiveDocument, RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { start } from '../support/program.js';

/** A platform, a connected client that watches, and another one that writes. */
async function open(t, options = {}) {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const observed = observe(t, { url: platform.url, token, ...options });
  const writer = new RealtimeClient({ url: platform.url, token, autoConnect: false });
  t.after(() => writer.destroy());
  if (options.autoConnect !== false) await observed.reached('connected');
  return { platform, ...observed, sync: observed.client.sync, other: writer.sync };
}

/** All that a live document tells, and promises for what is to come. */
function record(live) {
  const told = [];
  for (const name of ['change', 'delete']) live.on(name, (change) => told.push({ name, ...change }));
  return {
    told,
    /** Resolves when it has reached this revision. */
    async reached(revision) {
      while (live.revision < revision)
        await new Promise((resolve) => live.once('change', resolve).once('delete', resolve));
    },
    summary: () =>
      told.map(({ name, revision, isLocal }) => `${name === 'delete' ? '-' : '+'}${revision}${isLocal ? 'L' : ''}`),
  };
}

for (const protocol of ['socket.io', 'ws']) {
  for (const returnMode of ['full', 'diff', 'both']) {
    test(`follows a document over ${protocol}, return mode ${returnMode}`, async (t) => {
      const { sync, other } = await open(t, { protocol });
      await other.create('notes', { title: 'a', tags: [] }, 'n1');
      const live = sync.watch('notes', 'n1', { returnMode });
      assert.ok(live instanceof LiveDocument);
      assert.deepEqual(
        [live.service, live.id, live.data, live.revision, live.deleted],
        ['notes', 'n1', undefined, 0, false],
      );
      const { told, reached, summary } = record(live);
      await live.ready();
      assert.deepEqual([live.data, live.revision], [{ title: 'a', tags: [] }, 1]);
      const handedOut = live.data;

      await other.merge('notes', 'n1', { title: 'b', more: { x: 1 } });
      await other.mutate('notes', 'n1', [{ op: 'push', path: '/tags', value: 'new' }]);
      await other.replace('notes', 'n1', { title: 'c', tags: ['new'] });
      await reached(4);
      assert.deepEqual(live.data, { title: 'c', tags: ['new'] });
      assert.deepEqual(handedOut, { title: 'a', tags: [] });

      await sync.mutate('notes', 'n1', [{ op: 'increment', path: '/n' }]);
      assert.deepEqual([live.data.n, live.revision], [1, 5]);

      await other.delete('notes', 'n1');
      await reached(6);
      assert.deepEqual([live.data, live.revision, live.deleted], [undefined, 6, true]);
      await other.create('notes', 'again', 'n1');
      await reached(7);
      assert.deepEqual([live.data, live.revision, live.deleted], ['again', 7, false]);

      assert.deepEqual(summary(), ['+1', '+2', '+3', '+4', '+5L', '-6', '+7']);
      assert.ok(told.every(({ skipped, deleted, name }) => skipped === 0 && deleted === (name === 'delete')));
      const [, , pushed] = told;
      assert.deepEqual(pushed.data, { title: 'b', more: { x: 1 }, tags: ['new'] });
      const shown = returnMode === 'full' ? undefined : [{ op: 'push', path: '/tags', value: 'new' }];
      assert.deepEqual(pushed.diff, shown);
    });
  }
}

test('a missing document comes alive when it is created, and belongs to nobody else', async (t) => {
  const { sync, other } = await open(t);
  const live = sync.watch('notes', 'n1', { returnMode: 'diff' });
  await live.ready();
  assert.deepEqual([live.data, live.revision, live.deleted], [undefined, 0, false]);
  const { reached } = record(live);
  await other.create('notes', { not: 'mine' }, 'n2');
  await other.create('other', { not: 'mine' }, 'n1');
  await other.create('notes', { mine: true }, 'n1');
  await reached(1);
  assert.deepEqual(live.data, { mine: true });
});

test('own writes are local, those of others are not, whatever the order in which they arrive', async (t) => {
  const { sync, other } = await open(t);
  await other.create('notes', { own: 0, others: 0 }, 'n1');
  const live = sync.watch('notes', 'n1', { returnMode: 'both' });
  await live.ready();
  const { told, reached } = record(live);
  const own = new Set();
  const write = async (who, path) => {
    for (let n = 0; n < 20; n++) {
      const { revision } = await who.mutate('notes', 'n1', [{ op: 'increment', path }]);
      if (who === sync) {
        own.add(revision);
        assert.ok(live.revision >= revision, 'what was written can be read');
      }
    }
  };
  await Promise.all([write(sync, '/own'), write(other, '/others'), write(sync, '/own')]);
  await reached(61);
  assert.deepEqual(live.data, { own: 40, others: 20 });
  for (const { revision, isLocal } of told) assert.equal(isLocal, own.has(revision), `revision ${revision}`);
  const shown = told.reduce((sum, { skipped }) => sum + skipped + 1, 0);
  assert.equal(shown, 60, 'each revision was shown or counted');
});

test('what a write resolved with is not shared with the live document', async (t) => {
  const { sync } = await open(t);
  await sync.create('notes', { list: [1] }, 'n1');
  const live = sync.watch('notes', 'n1');
  await live.ready();
  const { data } = await sync.merge('notes', 'n1', { list: [2] });
  data.list.push('mine');
  assert.deepEqual(live.data, { list: [2] });
});

describe('what happens while the connection is gone', () => {
  for (const returnMode of ['full', 'diff', 'both']) {
    test(`is read when it is back, return mode ${returnMode}`, async (t) => {
      const { platform, sync, other, reached: state } = await open(t, { reconnectionAttempts: Infinity });
      await other.create('notes', { n: 0 }, 'changed');
      await other.create('notes', { n: 0 }, 'deleted');
      await other.create('notes', { n: 0 }, 'same');
      const lives = ['changed', 'deleted', 'same', 'none'].map((id) => sync.watch('notes', id, { returnMode }));
      await Promise.all(lives.map((live) => live.ready()));
      const [changed, deleted, same, none] = lives;
      const { reached } = record(changed);
      const all = lives.map((live) => record(live));
      platform.faults.refuseUpgrades();
      await platform.faults.dropAll();
      await state('reconnecting');
      for (let n = 1; n <= 3; n++) await other.mutate('notes', 'changed', [{ op: 'increment', path: '/n' }]);
      await other.delete('notes', 'deleted');
      const gone = once(deleted, 'delete');
      assert.equal(changed.revision, 1);
      platform.faults.acceptUpgrades();
      await reached(4);
      await gone;
      assert.deepEqual([changed.data, deleted.data, deleted.deleted], [{ n: 3 }, undefined, true]);
      await other.mutate('notes', 'changed', [{ op: 'increment', path: '/n' }]);
      await other.create('notes', { n: 9 }, 'deleted');
      await reached(5);
      await all[1].reached(3);
      assert.deepEqual([changed.data, deleted.data], [{ n: 4 }, { n: 9 }]);
      assert.deepEqual([same.revision, none.revision], [1, 0]);
      assert.deepEqual(all[0].summary(), ['+4', '+5']);
      assert.deepEqual([all[0].told[0].skipped, all[0].told[1].skipped], [2, 0]);
      assert.deepEqual(all[1].summary(), ['-1', '+3']);
      assert.deepEqual([...all[2].told, ...all[3].told], []);
    });
  }
});

test('a service that no topic can be named after is not watched', async (t) => {
  const { client, sync } = await open(t, { autoConnect: false });
  for (const service of ['s'.repeat(244), 'a\nb'])
    assert.throws(() => sync.watch(service, 'n1'), { code: 'INVALID_ARGUMENT' });
  sync.watch('s'.repeat(243), 'n1').close();
  assert.equal(client.stats().subscriptions, 0);
});

test('without a connection a document is read once, and followed from the connection on', async (t) => {
  const { client, sync, other } = await open(t, { autoConnect: false });
  await other.create('notes', { n: 1 }, 'n1');
  const live = sync.watch('notes', 'n1');
  await live.ready();
  assert.equal(live.revision, 1);
  const { reached } = record(live);
  await other.merge('notes', 'n1', { n: 2 });
  client.connect();
  await reached(2);
  await other.merge('notes', 'n1', { n: 3 });
  await reached(3);
  assert.deepEqual(live.data, { n: 3 });
});

const confirm = ({ subscriptionId, topic }) => ({ type: 'subscribed', subscriptionId, topic });

/**
 * A server that does as the test says, and a client that is connected to it.
 *
 * @param {import('node:test').TestContext} t
 * @param {() => { status: number, body: object }} answer to a read
 * @param {(frame: object) => object | undefined} [confirmation] of a subscription
 */
async function script(t, answer, confirmation = confirm) {
  const server = http.createServer((_, response) => {
    const { status, body } = answer();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const sockets = new WebSocketServer({ server, path: '/ws' });
  sockets.on('connection', (socket) => {
    socket.on('message', (text) => {
      const frame = JSON.parse(text);
      const reply = frame.type === 'subscribe' && confirmation(frame);
      if (reply) socket.send(JSON.stringify(reply));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = observe(t, { url: `http://127.0.0.1:${server.address().port}`, token: 't', protocol: 'ws' });
  t.after(() => {
    client.client.destroy();
    sockets.close();
    server.closeAllConnections();
    server.close();
  });
  await client.reached('connected');
  const send = (revision, payload, topic = 'sync.notes.updated') => {
    const event = {
      id: `e${Math.random()}`,
      topic,
      source: 'sync',
      type: 'document.updated',
      metadata: { timestamp: 1, revision },
    };
    const data = { ...event, payload: { service: 'notes', id: 'n1', ...payload } };
    for (const socket of sockets.clients) socket.send(JSON.stringify({ type: 'event', topic, data }));
  };
  return { ...client, send };
}

const document = (revision) => ({
  service: 'notes',
  id: 'n1',
  revision,
  data: { revision },
  createdAt: 1,
  updatedAt: 1,
});

test('a server that does not confirm subscriptions is read from after a while', async (t) => {
  let reads = 0;
  const read = () => ({ status: 200, body: document(++reads) });
  const { client } = await script(t, read, () => undefined);
  const live = client.sync.watch('notes', 'n1');
  const before = performance.now();
  await live.ready();
  assert.ok(performance.now() - before > 1500);
  assert.deepEqual([live.revision, reads], [1, 1]);
});

test('a revision that is missed is read, once for all events that come meanwhile', async (t) => {
  let present = 1;
  let reads = 0;
  const { client, send, seen } = await script(t, () => {
    reads += 1;
    return { status: 200, body: document(present) };
  });
  const live = client.sync.watch('notes', 'n1', { returnMode: 'diff' });
  const { reached, summary } = record(live);
  await live.ready();
  const diff = (value) => ({ diff: [{ op: 'set', path: '/revision', value }] });
  present = 6;
  for (const revision of [2, 4, 5, 6]) send(revision, diff(revision));
  await reached(6);
  send(3, diff(3));
  send(undefined, {});
  send(7, diff(7));
  send(7, diff(8));
  await reached(7);
  client.on('event:end', () => {});
  client.subscribe({ topic: 'end' });
  send(0, {}, 'end');
  await seen('event', ({ topic }) => topic === 'end');
  assert.deepEqual(summary(), ['+1', '+2', '+6', '+7']);
  assert.deepEqual(live.data, { revision: 7 });
  assert.ok(reads >= 2 && reads <= 4, `${reads} reads`);
});

test('events that are nonsense harm nothing', async (t) => {
  const { client, send } = await script(t, () => ({ status: 200, body: document(1) }));
  const live = client.sync.watch('notes', 'n1', { returnMode: 'both' });
  const { reached } = record(live);
  await live.ready();
  for (const revision of [null, -1, '2', 1.5, {}]) send(revision, { data: 'wrong' });
  send(2, { diff: 'wrong' });
  send(2, { diff: [null] });
  send(2, { diff: [{ op: 'set' }] });
  send(2, { data: { right: true } });
  await reached(2);
  assert.deepEqual(live.data, { right: true });
});

test('a failed read is reported, and retried if a retry can help', async (t) => {
  const answers = [
    { status: 500, body: { error: 'Oops', message: 'x' } },
    { status: 500, body: { error: 'Oops', message: 'x' } },
    { status: 200, body: document(5) },
  ];
  const { client, seen } = await script(t, () => (answers.length > 1 ? answers.shift() : answers[0]));
  const live = client.sync.watch('notes', 'n1');
  await assert.rejects(live.ready(), { code: 'SERVER_ERROR', status: 500 });
  assert.equal((await seen('error')).code, 'SERVER_ERROR', 'the second one, for which nobody waited');
  const { reached } = record(live);
  await reached(5);
  await live.ready();
});

test('a refused subscription is an error of the live document, or else of its client', async (t) => {
  const refuse = ({ subscriptionId }) => ({
    type: 'error',
    error: 'Forbidden',
    message: 'not for you',
    subscriptionId,
  });
  const { client, errors, seen } = await script(
    t,
    () => ({ status: 403, body: { error: 'Forbidden', message: 'x' } }),
    refuse,
  );
  const unheard = client.sync.watch('notes', 'n1');
  await assert.rejects(unheard.ready(), { code: 'FORBIDDEN' });
  await seen('error', ({ code }) => code === 'SUBSCRIBE_DENIED', 2);
  const live = client.sync.watch('notes', 'n2');
  const observed = [];
  live.on('error', ({ code }) => observed.push(code));
  await assert.rejects(live.ready(), { code: 'FORBIDDEN' });
  assert.deepEqual(observed, ['SUBSCRIBE_DENIED', 'SUBSCRIBE_DENIED']);
  assert.equal(errors().length, 2);
});

test('close() ends everything: subscriptions, events, loops, waiting', async (t) => {
  const { platform, client, sync, other } = await open(t);
  const live = sync.watch('notes', 'n1');
  const kept = sync.watch('notes', 'n1');
  await Promise.all([live.ready(), kept.ready()]);
  const { told } = record(live);
  const { reached } = record(kept);
  const loop = (async () => {
    const seen = [];
    for await (const { revision } of live) seen.push(revision);
    return seen;
  })();
  await other.create('notes', {}, 'n1');
  await reached(1);
  live.close();
  live.close();
  const late = sync.watch('notes', 'n1');
  const waiting = assert.rejects(late.ready(), { code: 'ABORTED', message: /closed/ });
  late.close();
  await waiting;
  await assert.rejects(live.ready(), { code: 'ABORTED' });
  await other.merge('notes', 'n1', { n: 1 });
  await reached(2);
  assert.deepEqual(await loop, [1]);
  assert.deepEqual([told.length, live.revision, kept.revision], [1, 1, 2]);
  for await (const change of live) assert.fail(change);
  assert.equal(client.stats().subscriptions, 2);
  kept[Symbol.dispose]();
  await platform.until(({ connections: [connection] }) => connection?.subscriptions.length === 0);
});

test('destroy() of the client closes its live documents', async (t) => {
  const { client, sync } = await open(t);
  const live = sync.watch('notes', 'n1');
  const next = live[Symbol.asyncIterator]().next();
  const waiting = assert.rejects(live.ready(), { code: 'ABORTED' });
  client.destroy();
  await waiting;
  assert.deepEqual(await next, { value: undefined, done: true });
  live.close();
});

test('a loop sees changes and deletions, and may be left', async (t) => {
  const { sync } = await open(t);
  const live = sync.watch('notes', 'n1');
  await live.ready();
  const seen = [];
  const loop = (async () => {
    for await (const { revision, deleted, data } of live) {
      seen.push([revision, deleted, data]);
      if (deleted) break;
    }
  })();
  await sync.create('notes', 1, 'n1');
  await sync.replace('notes', 'n1', 2);
  await sync.delete('notes', 'n1');
  await sync.create('notes', 4, 'n1');
  await loop;
  assert.deepEqual(seen, [
    [1, false, 1],
    [2, false, 2],
    [3, true, undefined],
  ]);
  assert.equal(live.revision, 4);
});

test('many documents of one service', async (t) => {
  const { sync, other } = await open(t);
  const lives = Array.from({ length: 200 }, (_, n) => sync.watch('notes', `n${n}`));
  await Promise.all(lives.map((live) => live.ready()));
  const records = lives.map(record);
  await other.create('notes', {}, 'n150');
  await records[150].reached(1);
  assert.deepEqual(
    records.flatMap(({ told }, n) => (told.length > 0 ? [n] : [])),
    [150],
  );
  for (const live of lives) live.close();
});

test('a listener that throws stops no other, and console.log shows the document', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    async (RealtimeClient, url, token) => {
      process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
      const client = new RealtimeClient({ url, token });
      const live = client.sync.watch('notes', 'n1');
      const second = client.sync.watch('notes', 'n1');
      await Promise.all([live.ready(), second.ready()]);
      live.on('change', () => {
        throw new Error('mine');
      });
      live.on('change', () => console.log('the next listener'));
      second.on('change', () => console.log('the next document'));
      await client.sync.create('notes', { n: 1 }, 'n1');
      console.log(live);
      client.destroy();
    },
    [platform.url, platform.token({ permissions: ['service'] })],
  );
  const { stdout, code } = await program.ended;
  assert.equal(code, 0);
  for (const line of ['uncaught mine', 'the next listener', 'the next document', '  data: { n: 1 }'])
    assert.ok(stdout.includes(line), `${line}: ${stdout.join('\n')}`);
});
