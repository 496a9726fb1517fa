/**
 * Connection State Recovery of the official server: what was published while there was no
 * connection, and what ended.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';

import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

const losses = {
  'the connection is cut': ({ faults }) => faults.dropAll(),
  'the server is gone for a while': async ({ faults }) => {
    await faults.goAway();
    return () => faults.comeBack();
  },
};
for (const [name, lose] of Object.entries(losses)) {
  test(`nothing is missed when ${name} and the session is recovered`, async (t) => {
    const platform = await startPlatform(t, { recovery: 60_000 });
    const { client, reached, seen, events } = observe(t, { url: platform.url, token: platform.token() });
    client.subscribe({ topic: 'a' });
    await platform.subscribed('a');
    platform.publish({ topic: 'a', payload: { n: 0 } });
    await seen('event');
    for (const round of [1, 2, 3]) {
      const restore = await lose(platform);
      platform.publish({ topic: 'a', payload: { n: 2 * round - 1 } });
      if (typeof restore === 'function') await restore();
      await reached('connected', round + 1);
      platform.publish({ topic: 'a', payload: { n: 2 * round } });
      await seen('event', ({ payload }) => payload.n === 2 * round);
    }
    assert.deepEqual(
      events().map(({ payload }) => payload.n),
      [0, 1, 2, 3, 4, 5, 6],
    );
  });
}

test('nothing is missed that is published while the session is being recovered', async (t) => {
  const platform = await startPlatform(t, { recovery: 60_000 });
  const { client, reached, seen, events } = observe(t, { url: platform.url, token: platform.token() });
  client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  let published = 0;
  const publish = () => platform.publish({ topic: 'a', payload: { n: published++ } });
  publish();
  await seen('event');
  let publishing = setImmediate(function again() {
    publish();
    publishing = setImmediate(again);
  });
  for (const round of [2, 3, 4, 5]) {
    await platform.faults.dropAll();
    assert.equal((await reached('connected', round)).recovered, true);
  }
  clearImmediate(publishing);
  publish();
  await seen('event', ({ payload }) => payload.n === published - 1);
  assert.deepEqual(
    events().map(({ payload }) => payload.n),
    Array.from({ length: published }, (_, n) => n),
  );
});

/**
 * The client gets past a message that it refuses: one error, a new session, a gap, and what comes
 * then.
 */
async function getsPast(platform, { reached, seen, events, errors }, code) {
  const { recovered } = await reached('connected', 2);
  assert.equal(recovered, false);
  const { subscriptions } = await seen('gap');
  assert.deepEqual(subscriptions, [{ subscriptionId: 'sub_1', topic: 'a' }]);
  platform.publish({ topic: 'a', payload: { n: 'afterwards' } });
  await seen('event', ({ payload }) => payload.n === 'afterwards');
  assert.deepEqual(
    errors()
      .filter((error) => error.code !== 'NETWORK_ERROR')
      .map((error) => error.code),
    [code],
  );
  assert.deepEqual(
    events().map(({ payload }) => payload.n),
    ['before', 'afterwards'],
  );
}

for (const transport of ['websocket', 'polling']) {
  test(`${transport}: an event above the limit does not come back by recovery`, async (t) => {
    const platform = await startPlatform(t, { recovery: 60_000 });
    const options = { url: platform.url, token: platform.token(), transports: [transport] };
    const observed = observe(t, options);
    observed.client.subscribe({ topic: 'a' });
    await platform.subscribed('a');
    platform.publish({ topic: 'a', payload: { n: 'before' } });
    await observed.seen('event');
    platform.publish({ topic: 'a', payload: { n: 'x'.repeat(17 << 20) } });
    await getsPast(platform, observed, 'MESSAGE_TOO_LARGE');
  });

  test(`${transport}: nor does one that a recovered session begins with`, async (t) => {
    const platform = await startPlatform(t, { recovery: 60_000 });
    const lasting = { transports: [transport], reconnectionAttempts: Infinity };
    const options = { url: platform.url, token: platform.token(), ...lasting };
    const observed = observe(t, options);
    observed.client.subscribe({ topic: 'a' });
    await platform.subscribed('a');
    platform.publish({ topic: 'a', payload: { n: 'before' } });
    await observed.seen('event');
    await platform.faults.goAway();
    await observed.reached('reconnecting');
    platform.publish({ topic: 'a', payload: { n: 'x'.repeat(17 << 20) } });
    await platform.faults.comeBack();
    await getsPast(platform, observed, 'MESSAGE_TOO_LARGE');
  });
}

test('a frame that violates the protocol is not part of the next session', async (t) => {
  const server = http.createServer();
  const io = new Server(server, { connectionStateRecovery: {} });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  const recovered = [];
  io.on('connection', (socket) => {
    recovered.push(socket.recovered);
    socket.on('subscribe', (request, ack) => ack(request));
    // From here on it could be recovered.
    socket.emit('event', { id: `${recovered.length}`, topic: 'a', payload: {} });
  });
  const url = `http://127.0.0.1:${server.address().port}`;
  const { client, reached, seen, errors } = observe(t, { url, token: 'none' });
  client.subscribe({ topic: 'a' });
  await seen('event');
  const [{ conn }] = io.of('/').sockets.values();
  // A text frame that is not UTF-8.
  conn.transport.socket._socket.write(Buffer.from([0x81, 0x02, 0xc3, 0x28]));
  await reached('connected', 2);
  await seen('gap');
  assert.deepEqual(
    errors().map(({ code }) => code),
    ['PROTOCOL_ERROR'],
  );
  assert.deepEqual(recovered, [false, false]);
});

test('what was ended while there was no connection does not come back with the session', async (t) => {
  const platform = await startPlatform(t, { recovery: 60_000 });
  const { client, reached, seen, errors } = observe(t, { url: platform.url, token: platform.token() });
  client.subscribe({ topic: 'a' });
  client.subscribe({ topic: 'b' });
  await client.socketClient.joinChannel('room');
  await platform.subscribed('b');
  // Only a session that has had an event can be recovered.
  platform.publish({ topic: 'a' });
  await seen('event');
  await platform.faults.goAway();
  await reached('reconnecting');
  client.unsubscribe('sub_1');
  await client.socketClient.leaveChannel('room');
  await platform.faults.comeBack();
  await reached('connected', 2);
  await platform.until(
    ({ connections: [connection] }) => connection?.subscriptions.length === 1 && connection.channels.length === 0,
  );
  assert.equal(platform.connections[0].subscriptions[0].topic, 'b');
  platform.publish({ topic: 'b' });
  await seen('event', ({ topic }) => topic === 'b');
  assert.deepEqual(
    errors().filter(({ code }) => code !== 'NETWORK_ERROR'),
    [],
  );
});
