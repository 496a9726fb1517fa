/** Handlers of subscriptions: each gets the events of its own subscription. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

async function open(t, options) {
  const platform = await startPlatform(t);
  const observed = observe(t, { url: platform.url, token: platform.token(), ...options });
  const published = [];
  /** Publishes, and waits until the handlers have run. */
  const deliver = async (topic, ...payloads) => {
    for (const payload of payloads) published.push(platform.publish({ topic, payload }).id);
    await observed.seen('event', ({ id }) => id === published.at(-1));
  };
  return { platform, deliver, ...observed };
}

for (const protocol of ['socket.io', 'ws'])
  test(`a handler gets the events of its topic and its filter, over ${protocol}`, async (t) => {
    const { platform, client, deliver } = await open(t, { protocol });
    const got = { all: [], some: [], path: [], other: [] };
    client.subscribe({ topic: 'a' }, ({ payload }) => got.all.push(payload.n));
    client.subscribe({ topic: 'a', filter: { n: { in: [2, 4] }, even: true } }, ({ payload }) =>
      got.some.push(payload.n),
    );
    client.subscribe({ topic: 'a', filter: { 'deep.n': 3 } }, ({ payload }) => got.path.push(payload.n));
    client.subscribe({ topic: 'b' }, ({ payload }) => got.other.push(payload.n));
    await Promise.all([platform.subscribed('a', 3), platform.subscribed('b')]);
    const payloads = [1, 2, 3, 4, 5].map((n) => ({ n, even: n % 2 === 0, deep: { n } }));
    await deliver('a', ...payloads, { n: '2', even: true }, { even: true });
    await deliver('b', { n: 6 });
    assert.deepEqual(got, { all: [1, 2, 3, 4, 5, '2', undefined], some: [2, 4], path: [3], other: [6] });
  });

test('`this` of a handler is the client, and listeners of the topic get the events as well', async (t) => {
  const { platform, client, deliver } = await open(t);
  const calls = [];
  client.on('event:a', () => calls.push('listener'));
  client.subscribe({ topic: 'a' }, function () {
    calls.push(this === client);
  });
  assert.equal(client.listenerCount('event:a'), 2);
  await platform.subscribed('a');
  await deliver('a', {});
  assert.deepEqual(calls, ['listener', true]);
});

test('after unsubscribe() a handler is not called, though another subscription wants the event', async (t) => {
  const { platform, client, deliver } = await open(t);
  const calls = [];
  const first = client.subscribe({ topic: 'a' }, ({ payload }) => {
    calls.push(['first', payload.n]);
    if (payload.n === 1) client.unsubscribe(second);
  });
  const second = client.subscribe({ topic: 'a' }, ({ payload }) => calls.push(['second', payload.n]));
  await platform.subscribed('a', 2);
  await deliver('a', { n: 0 }, { n: 1 }, { n: 2 });
  client.unsubscribe(first);
  client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  await deliver('a', { n: 3 });
  assert.deepEqual(calls, [
    ['first', 0],
    ['second', 0],
    ['first', 1],
    ['first', 2],
  ]);
  assert.equal(client.listenerCount('event:a'), 0);
});

test('a handler follows its subscription over a reconnect', async (t) => {
  const { platform, client, deliver, reached } = await open(t);
  const numbers = [];
  const id = client.subscribe({ topic: 'a' }, ({ payload }) => numbers.push(payload.n));
  await client.subscribed(id);
  await deliver('a', { n: 1 });
  await platform.faults.dropAll();
  await reached('connected', 2);
  await client.subscribed(id);
  await deliver('a', { n: 2 });
  assert.deepEqual(numbers, [1, 2]);
});

test('a handler of a pattern gets what the pattern may match', async (t) => {
  const server = await startScriptedServer(t);
  const { client, seen } = observe(t, { url: server.url, token: 'token' });
  const topics = [];
  client.subscribe({ topic: 'order.*' }, ({ topic }) => topics.push(topic));
  client.subscribe({ topic: 'b.a' });
  await server.received('subscribe', 2);
  const event = (id, topic) => ({ id, topic, source: 'database', type: 't', payload: {}, metadata: { timestamp: 1 } });
  for (const [at, topic] of ['order.paid', 'b.a', 'orderxpaid', 'order.a.b'].entries())
    server.send(event(`e${at}`, topic));
  await seen('event', ({ id }) => id === 'e3');
  assert.deepEqual(topics, ['order.paid', 'order.a.b']);
});

test('an event whose payload is no object is for a handler without a filter', async (t) => {
  const server = await startScriptedServer(t);
  const { client, seen } = observe(t, { url: server.url, token: 'token' });
  const got = [];
  client.subscribe({ topic: 'a' }, ({ payload }) => got.push(['all', payload]));
  client.subscribe({ topic: 'a', filter: { n: 1 } }, ({ payload }) => got.push(['some', payload]));
  await server.received('subscribe', 2);
  server.send({ id: 'e0', topic: 'a', payload: null });
  server.send({ id: 'e1', topic: 'a', payload: { n: 1 } });
  await seen('event', ({ id }) => id === 'e1');
  assert.deepEqual(got, [
    ['all', null],
    ['all', { n: 1 }],
    ['some', { n: 1 }],
  ]);
});

test('a handler of a refused subscription is gone', async (t) => {
  const answer = (verb) => (verb === 'subscribe' ? { error: 'SubscribeDenied', message: 'no' } : undefined);
  const server = await startScriptedServer(t, { answer });
  const { client, seen } = observe(t, { url: server.url, token: 'token' });
  client.subscribe({ topic: 'a' }, () => assert.fail('called'));
  await seen('error', ({ code }) => code === 'SUBSCRIBE_DENIED');
  assert.equal(client.listenerCount('event:a'), 0);
});

test('a handler that is not a function is refused, and nothing is subscribed', async (t) => {
  const { client } = await open(t);
  for (const handler of ['log', null, {}])
    assert.throws(() => client.subscribe({ topic: 'a' }, handler), {
      code: 'INVALID_ARGUMENT',
      message: /^RealtimeClient\.subscribe\(\): handler: /,
    });
  assert.equal(client.stats().subscriptions, 0);
});

test('documents of the same topic do not disturb a handler', async (t) => {
  const { platform, client } = await open(t);
  const writer = observe(t, { url: platform.url, token: platform.token({ permissions: ['service'] }) }).client;
  await writer.sync.create('notes', { title: 'a' }, 'n1');
  await writer.sync.create('notes', { title: 'b' }, 'n2');
  const live = client.sync.watch('notes', 'n1');
  await live.ready();
  const ids = [];
  const id = client.subscribe({ topic: 'sync.notes.updated', filter: { id: 'n2' } }, ({ payload }) =>
    ids.push(payload.id),
  );
  await client.subscribed(id);
  const changed = client.waitFor('event', { where: ({ payload }) => payload.id === 'n2' });
  await writer.sync.merge('notes', 'n1', { title: 'c' });
  await writer.sync.merge('notes', 'n2', { title: 'd' });
  await changed;
  assert.deepEqual(ids, ['n2']);
  live.close();
});
