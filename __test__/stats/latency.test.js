/** `stats: { latency: true }`: round trips, the server's clock and the age of events. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
// Loaded before the first client connects, as it is in the bundle for Node.
import '../../lib/engines/javascript/session/meter/meter.js';
import { setImmediate } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

const LATENCY = { stats: { latency: true } };
const HOUR = 3_600_000;
/** Longer than anything takes here. */
const MINUTE = 60_000;

/** Resolves with the figures when they have a member. */
async function figuresWith(client, name) {
  while (client.stats()[name] === undefined) await setImmediate();
  return client.stats();
}

/** A distribution that makes sense. */
function assertSensible({ count, sum, p50, p99, max, buckets }) {
  assert.ok(count > 0 && sum >= max && p50 <= p99 && p99 <= max, JSON.stringify({ count, sum, p50, p99, max }));
  assert.equal(buckets.length, 21);
  for (const [at, { le, count: atMost }] of buckets.entries()) {
    assert.equal(le, 0.128 * 2 ** at);
    assert.ok(atMost <= count && atMost >= (buckets[at - 1]?.count ?? 0));
  }
  assert.equal(buckets.find(({ le }) => le >= max)?.count, count);
}

for (const transport of /** @type {const} */ (['websocket', 'polling']))
  test(`over ${transport}, a server on the same machine is seconds old at most, and its clock is right`, async (t) => {
    const platform = await startPlatform(t);
    const { client, seen } = observe(t, {
      url: platform.url,
      token: platform.token(),
      transports: [transport],
      ...LATENCY,
    });
    client.subscribe({ topic: 't' });
    await platform.subscribed('t');
    platform.publish({ topic: 't' });
    await seen('event');
    await figuresWith(client, 'clockOffset');
    const { roundTrip, clockOffset, eventAge } = await figuresWith(client, 'eventAge');
    assertSensible(roundTrip);
    assertSensible(eventAge);
    assert.ok(eventAge.max < MINUTE && roundTrip.max < MINUTE);
    assert.ok(Math.abs(clockOffset.offset) <= clockOffset.error, JSON.stringify(clockOffset));
    assert.ok(clockOffset.error < MINUTE);
  });

for (const behind of [HOUR, -HOUR])
  test(`a server whose clock is ${-behind / HOUR} hours ahead: the age of its events is corrected`, async (t) => {
    const unix = () => Date.now() - behind;
    const server = await startScriptedServer(t, {
      answer: (verb, { subscriptionId, topic }) =>
        verb === 'subscribe' ? { subscriptionId, topic, timestamp: unix() } : undefined,
    });
    const { client, seen } = observe(t, { url: server.url, token: 'a.b.c', ...LATENCY });
    client.subscribe({ topic: 't' });
    const { clockOffset } = await figuresWith(client, 'clockOffset');
    assert.ok(Math.abs(clockOffset.offset + behind) <= clockOffset.error, JSON.stringify(clockOffset));
    const sent = unix();
    server.send({ id: '1', topic: 't', source: 'database', type: 'x', payload: {}, metadata: { timestamp: sent } });
    await seen('event');
    const { eventAge } = client.stats();
    assertSensible(eventAge);
    assert.ok(eventAge.max <= unix() - sent + 1 + clockOffset.error + 1, `${eventAge.max}`);
  });

test('without a timestamp in answers, the age is measured by the clock of this machine', async (t) => {
  const server = await startScriptedServer(t, {
    answer: (verb, { subscriptionId, topic }) => (verb === 'subscribe' ? { subscriptionId, topic } : undefined),
  });
  const { client, seen } = observe(t, { url: server.url, token: 'a.b.c', ...LATENCY });
  client.subscribe({ topic: 't' });
  await figuresWith(client, 'roundTrip');
  server.send({
    id: '1',
    topic: 't',
    source: 'x',
    type: 'x',
    payload: {},
    metadata: { timestamp: Date.now() - MINUTE },
  });
  await seen('event');
  const { clockOffset, eventAge } = client.stats();
  assert.equal(clockOffset, undefined);
  assertSensible(eventAge);
  assert.ok(eventAge.max >= MINUTE - 2 && eventAge.max < 2 * MINUTE, `${eventAge.max}`);
});

test('on /ws, the answer to the ping of the application tells the time', async (t) => {
  // It answers no ping frames, so the client sends a message that it does answer.
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws', autoPong: false });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (text) => {
      if (JSON.parse(text).type === 'ping') socket.send(JSON.stringify({ type: 'pong', timestamp: Date.now() + HOUR }));
    });
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const heartbeat = { interval: 100, timeout: 200 };
  const { client } = observe(t, { url, token: 'a.b.c', protocol: 'ws', heartbeat, ...LATENCY });
  const { roundTrip, clockOffset } = await figuresWith(client, 'clockOffset');
  assertSensible(roundTrip);
  assert.ok(Math.abs(clockOffset.offset - HOUR) <= clockOffset.error, JSON.stringify(clockOffset));
});

test('an event without a timestamp, or with another unit, has no age', async (t) => {
  const platform = await startPlatform(t);
  const { client, seen } = observe(t, { url: platform.url, token: platform.token(), ...LATENCY });
  client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  platform.publish({ topic: 't', metadata: { timestamp: 1_700_000_000 } });
  await seen('event');
  assert.equal(client.stats().eventAge, undefined);
});

test('without the option, nothing is measured', async (t) => {
  const platform = await startPlatform(t);
  const { client, seen } = observe(t, { url: platform.url, token: platform.token() });
  client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  platform.publish({ topic: 't' });
  await seen('event');
  const measured = ['roundTrip', 'clockOffset', 'eventAge', 'topics', 'otherTopics'];
  assert.deepEqual(
    Object.keys(client.stats()).filter((name) => measured.includes(name)),
    [],
  );
});
