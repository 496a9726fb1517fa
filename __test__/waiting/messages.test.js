/** `socketClient.messages()`: a loop over the messages of a channel. */

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

async function open(t, options) {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const observed = observe(t, { url: platform.url, token, ...options });
  const sender = observe(t, { url: platform.url, token }).client.socketClient;
  return { platform, sender, ...observed, socketClient: observed.client.socketClient };
}

/** A client of a server that answers as the test says. */
async function openScripted(t, answer) {
  const server = await startScriptedServer(t, { answer });
  const observed = observe(t, { url: server.url, token: 'token' });
  return { server, ...observed, socketClient: observed.client.socketClient };
}

for (const protocol of ['socket.io', 'ws'])
  test(`a loop joins the channel, keeps the order, and leaves it when it is left, over ${protocol}`, async (t) => {
    const { platform, sender, socketClient } = await open(t, { protocol });
    const { signal } = new AbortController();
    const messages = socketClient.messages('lobby', { signal });
    await platform.joined('lobby');
    for (let n = 0; n < 20; n++) await sender.publish('lobby', 'number', { n });
    const numbers = [];
    for await (const { channel, event, data } of messages) {
      assert.deepEqual([channel, event], ['lobby', 'number']);
      numbers.push(data.n);
      if (data.n === 19) break;
    }
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, n) => n),
    );
    assert.equal(socketClient.listenerCount('message:lobby'), 0);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

test('the last loop leaves the channel', async (t) => {
  const { server, socketClient } = await openScripted(t);
  const loops = [socketClient.messages('lobby'), socketClient.messages('lobby')];
  await server.received('channel:join');
  await loops[0].return();
  await socketClient.joinChannel('other');
  assert.deepEqual(
    server.asked('channel:join').map(({ body }) => body.channel),
    ['lobby', 'other'],
  );
  assert.equal(server.asked('channel:leave').length, 0);
  await loops[1].return();
  await server.received('channel:leave');
});

for (const when of ['before', 'during'])
  test(`a channel that the user joined ${when} the loop stays joined`, async (t) => {
    const { server, socketClient } = await openScripted(t);
    if (when === 'before') await socketClient.joinChannel('lobby');
    const messages = socketClient.messages('lobby');
    await server.received('channel:join');
    if (when === 'during') await socketClient.joinChannel('lobby');
    await messages.return();
    // A later request shows that none came before it.
    await socketClient.joinChannel('other');
    assert.equal(server.asked('channel:leave').length, 0);
  });

test('leaveChannel() ends a loop, after what waits', async (t) => {
  const { server, socketClient } = await openScripted(t);
  const messages = socketClient.messages('lobby');
  await server.received('channel:join');
  const arrived = new Promise((resolve) =>
    socketClient.on('message:lobby', ({ event }) => event === 'two' && resolve()),
  );
  for (const type of ['one', 'two'])
    server.send({ id: type, topic: 'lobby', source: 'socket', type, payload: {}, metadata: { timestamp: 1 } });
  await arrived;
  await socketClient.leaveChannel('lobby');
  const names = [];
  for await (const { event } of messages) names.push(event);
  assert.deepEqual(names, ['one', 'two']);
  assert.equal(server.asked('channel:leave').length, 1);
});

test('a loop throws CHANNEL_DENIED', async (t) => {
  const { socketClient, errors } = await openScripted(t, (verb) =>
    verb === 'channel:join' ? { error: 'ChannelDenied', message: 'Not for you.' } : undefined,
  );
  const { signal } = new AbortController();
  await assert.rejects(socketClient.messages('lobby', { signal }).next(), {
    code: 'CHANNEL_DENIED',
    channel: 'lobby',
    message: /Not for you/,
  });
  assert.deepEqual([getEventListeners(signal, 'abort'), socketClient.listenerCount('message:lobby')], [[], 0]);
  assert.deepEqual(errors(), [], 'the loop has thrown it');
});

test('a loop ends by its signal, and by destroy()', async (t) => {
  const { server, client, socketClient } = await openScripted(t);
  const controller = new AbortController();
  const messages = socketClient.messages('lobby', { signal: controller.signal });
  const other = socketClient.messages('other');
  await server.received('channel:join', 2);
  const next = messages.next();
  controller.abort('enough');
  await assert.rejects(next, { code: 'ABORTED', cause: 'enough' });
  await server.received('channel:leave');
  const last = other.next();
  client.destroy();
  assert.equal((await last).done, true);
});

test('a slow loop is bounded: a gap names the channel', async (t) => {
  const { platform, sender, client, socketClient, gaps } = await open(t, { inbox: { overflow: 'drop-oldest' } });
  const messages = socketClient.messages('lobby', { buffer: 5 });
  await platform.joined('lobby');
  const arrived = new Promise((resolve) => socketClient.on('message:lobby', ({ data }) => data.n === 29 && resolve()));
  for (let n = 0; n < 30; n++) await sender.publish('lobby', 'number', { n });
  await arrived;
  const numbers = [];
  for (let n = 0; n < 5; n++) numbers.push((await messages.next()).value.data.n);
  assert.deepEqual(numbers, [25, 26, 27, 28, 29]);
  const [{ dropped, subscriptions, channels }] = gaps();
  assert.deepEqual([dropped, subscriptions, channels], [25, [], ['lobby']]);
  assert.equal(client.stats().droppedOverflow, 25);
});

test('wrong arguments', async (t) => {
  const { socketClient } = await openScripted(t);
  assert.throws(() => socketClient.messages('direct'), { code: 'INVALID_ARGUMENT' });
  await assert.rejects(socketClient.messages('lobby', { buffer: 0 }).next(), { code: 'INVALID_ARGUMENT' });
});
