/** `events()`: a loop subscribes, keeps order, is bounded, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { RealtimeClient } from '../../lib/index.js';
import { engine } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

const NOWHERE = 'http://127.0.0.1:1';

async function open(t, options) {
  const platform = await startPlatform(t);
  const observed = observe(t, { url: platform.url, token: platform.token(), ...options });
  const publish = (...numbers) => {
    for (const n of numbers) platform.publish({ topic: 'a', payload: { n } });
  };
  return { platform, publish, ...observed };
}

const range = (count) => Array.from({ length: count }, (_, n) => n);

/** Nothing of a loop is left. */
function assertGone(client, signal) {
  assert.equal(client.stats().subscriptions, 0);
  assert.equal(client.listenerCount('event:a'), 0);
  if (signal) assert.deepEqual(getEventListeners(signal, 'abort'), []);
}

for (const protocol of ['socket.io', 'ws'])
  test(`a loop subscribes, keeps the order, and unsubscribes when it is left, over ${protocol}`, async (t) => {
    const { platform, client, publish } = await open(t, { protocol });
    const { signal } = new AbortController();
    const events = client.events({ topic: 'a', signal });
    await platform.subscribed('a');
    publish(...range(50));
    const numbers = [];
    for await (const { payload } of events) {
      numbers.push(payload.n);
      if (payload.n === 49) break;
    }
    assert.deepEqual(numbers, range(50));
    assertGone(client, signal);
    assert.equal((await events.next()).done, true);
  });

test('a loop gets the events of its own filter', async (t) => {
  const { platform, client, publish } = await open(t);
  client.subscribe({ topic: 'a' });
  const events = client.events({ topic: 'a', filter: { n: { in: [3, 5] } } });
  await platform.subscribed('a', 2);
  publish(...range(7));
  assert.deepEqual([(await events.next()).value.payload, (await events.next()).value.payload], [{ n: 3 }, { n: 5 }]);
  await events.return();
  assert.equal(client.stats().subscriptions, 1);
});

test('two loops of one topic each get all events', async (t) => {
  const { platform, client, publish } = await open(t);
  const loops = [client.events({ topic: 'a' }), client.events({ topic: 'a' })];
  await platform.subscribed('a', 2);
  publish(1, 2);
  for (const events of loops) {
    const [one, two] = [await events.next(), await events.next()];
    assert.deepEqual([one.value.payload.n, two.value.payload.n], [1, 2]);
    await events.return();
  }
  assertGone(client);
});

for (const [how, leave] of Object.entries({
  break: async (events) => {
    for await (const _ of events) break;
  },
  'an error in the loop': async (events) => {
    const run = async () => {
      for await (const _ of events) throw new Error('from the loop');
    };
    await assert.rejects(run(), /from the loop/);
  },
  'return()': (events) => events.return(),
  'throw()': (events) => assert.rejects(events.throw(new Error('thrown')), /thrown/),
  'the end of `await using`': (events) => events[Symbol.asyncDispose](),
  'abort()': async (events, { controller }) => {
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(events.next(), { code: 'ABORTED', cause: reason });
  },
}))
  test(`nothing is left of a loop that ends by ${how}`, async (t) => {
    const { platform, client, publish } = await open(t);
    const controller = new AbortController();
    const events = client.events({ topic: 'a', signal: controller.signal });
    await platform.subscribed('a');
    publish(1, 2);
    await client.waitFor('event:a', { where: ({ payload }) => payload.n === 2 });
    await leave(events, { controller });
    assertGone(client, controller.signal);
    assert.deepEqual(await events.next(), { value: undefined, done: true });
  });

test('destroy() ends a loop, with what waits', async (t) => {
  const { platform, client, publish } = await open(t);
  const { signal } = new AbortController();
  const [events, late] = [client.events({ topic: 'a', signal }), client.events({ topic: 'a', signal })];
  await platform.subscribed('a', 2);
  publish(1, 2, 3);
  await client.waitFor('event:a', { where: ({ payload }) => payload.n === 3 });
  const numbers = [];
  for await (const { payload } of events) {
    numbers.push(payload.n);
    client.destroy();
  }
  assert.deepEqual(numbers, [1]);
  assert.equal((await late.next()).done, true);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('a signal that is aborted opens no loop', async (t) => {
  const { client } = await open(t);
  const events = client.events({ topic: 'a', signal: AbortSignal.abort('no') });
  await assert.rejects(events.next(), { code: 'ABORTED', cause: 'no' });
  assertGone(client);
});

test('wrong options reject the first next(), and nothing is left', async (t) => {
  const { client } = await open(t);
  for (const options of [
    undefined,
    'a',
    {},
    { topic: 'a', buffer: 0 },
    { topic: 'a', signal: 1 },
    { topic: 'a', filter: 1 },
  ])
    await assert.rejects(client.events(options).next(), { code: 'INVALID_ARGUMENT' }, JSON.stringify(options));
  assertGone(client);
});

test('a loop throws what the server refuses', async (t) => {
  const answer = (verb) => (verb === 'subscribe' ? { error: 'SubscribeDenied', message: 'Not for you.' } : undefined);
  const server = await startScriptedServer(t, { answer });
  const { client } = observe(t, { url: server.url, token: 'token' });
  const { signal } = new AbortController();
  const events = client.events({ topic: 'a', signal });
  await assert.rejects(events.next(), { code: 'SUBSCRIBE_DENIED', message: /Not for you/ });
  assertGone(client, signal);
});

test('a loop goes on after disconnect() and connect()', async (t) => {
  const { platform, client, publish, reached } = await open(t);
  const events = client.events({ topic: 'a' });
  await platform.subscribed('a');
  publish(1);
  assert.equal((await events.next()).value.payload.n, 1);
  const next = events.next();
  client.disconnect();
  await reached('disconnected', 1);
  client.connect();
  await platform.subscribed('a');
  publish(2);
  assert.equal((await next).value.payload.n, 2);
  await events.return();
});

test('a loop throws when the client gives up, after the events that wait', async (t) => {
  const { platform, client, publish, seen } = await open(t, { reconnectionAttempts: 1 });
  const events = client.events({ topic: 'a' });
  await platform.subscribed('a');
  publish(1, 2);
  await client.waitFor('event:a', { where: ({ payload }) => payload.n === 2 });
  await platform.faults.goAway();
  await seen('error', ({ code }) => code === 'RECONNECT_FAILED');
  const numbers = [];
  const run = async () => {
    for await (const { payload } of events) numbers.push(payload.n);
  };
  await assert.rejects(run(), { code: 'RECONNECT_FAILED' });
  assert.deepEqual(numbers, [1, 2]);
  assertGone(client);
});

test('a loop of a client that is not connected waits', async (t) => {
  const client = new RealtimeClient({ url: NOWHERE, token: 'token', autoConnect: false });
  t.after(() => client.destroy());
  const events = client.events({ topic: 'a' });
  const next = events.next();
  await setImmediate();
  assert.equal(client.stats().subscriptions, 1);
  await events.return();
  assert.equal((await next).done, true);
  assertGone(client);
});

for (const overflow of ['drop-oldest', 'drop-newest', 'latest'])
  test(`${overflow}: a slow loop is bounded; what it misses is counted and reported as a gap`, async (t) => {
    const { platform, client, publish, gaps, seen } = await open(t, { inbox: { overflow } });
    const start = Date.now();
    const events = client.events({ topic: 'a', buffer: 20 });
    const id = await platform.subscribed('a');
    assert.ok(id !== null);
    publish(...range(500));
    await client.waitFor('event:a', { where: ({ payload }) => payload.n === 499 });
    const numbers = [];
    const more = async () => numbers.push((await events.next()).value.payload.n);
    await more();
    const isReported = () => gaps().length > 0;
    while (!isReported()) await more();
    const [{ since, until, reason, dropped, subscriptions, channels }] = gaps();
    assert.deepEqual(
      [reason, subscriptions, channels],
      ['slow consumer', [{ subscriptionId: 'sub_1', topic: 'a' }], []],
    );
    assert.equal(client.stats().droppedOverflow, dropped);
    // What remains in the buffer was not dropped.
    publish(500);
    await seen('event', ({ payload }) => payload.n === 500);
    while (numbers.at(-1) !== 500) await more();
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    assert.equal(numbers.length + dropped, 501);
    assert.ok(since >= start - 5000 && since <= until && until <= Date.now(), `${since} ${until}`);
    const missing = range(501).filter((n) => !numbers.includes(n));
    if (overflow === 'drop-newest') assert.deepEqual(numbers, [...range(20), 500]);
    else
      assert.ok(
        missing.every((n) => n < 499),
        'the newest are kept',
      );
    await events.return();
  });

test('disconnect: a slow loop stops the reading, and misses nothing that no gap reports', async (t) => {
  const { platform, client, publish, gaps, errors, seen } = await open(t);
  const events = client.events({ topic: 'a', buffer: 20 });
  await platform.subscribed('a');
  publish(...range(20));
  await client.waitFor('event:a', { where: ({ payload }) => payload.n === 19 });
  assert.equal(client.stats().inboxEvents, 20, 'events of a full loop count as waiting');
  if (engine === 'javascript') await seen('error', ({ code }) => code === 'SLOW_CONSUMER');
  publish(...range(200).slice(20));
  const numbers = [];
  const take = async (count) => {
    while (numbers.length < count) numbers.push((await events.next()).value.payload.n);
  };
  await take(20);
  // The connection stands, or there is a new one.
  if (engine === 'native') await take(200);
  else await seen('gap', ({ subscriptions }) => subscriptions.length === 1);
  assert.deepEqual(numbers, range(numbers.length), 'in order, and none is missing before a gap');
  if (engine === 'native') assert.deepEqual([errors(), gaps()], [[], []]);
  await client.ready();
  assert.equal(client.stats().droppedOverflow, 0);
  await events.return();
  assert.equal(client.stats().inboxEvents, 0);
});

test('disconnect: while a loop is full, nothing arrives that was published later', async (t) => {
  if (engine === 'javascript') return t.skip('It ends the connection instead.');
  const { platform, client, publish } = await open(t);
  const events = client.events({ topic: 'a', buffer: 2 });
  client.subscribe({ topic: 'b' });
  await Promise.all([platform.subscribed('a'), platform.subscribed('b')]);
  publish(1, 2);
  await client.waitFor('event:a', { where: ({ payload }) => payload.n === 2 });
  let arrived = false;
  client.on('event:b', () => {
    arrived = true;
  });
  // The engine hears of the full loop before it reads on.
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  platform.publish({ topic: 'b', payload: {} });
  for (let turn = 0; turn < 200; turn++) await setImmediate();
  assert.equal(arrived, false);
  const b = client.waitFor('event:b');
  assert.deepEqual([(await events.next()).value.payload.n, (await events.next()).value.payload.n], [1, 2]);
  await b;
  await events.return();
});
