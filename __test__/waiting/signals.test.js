/** Signals and timeouts: what they end, and that nothing of them is left. */

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

const listeners = (signal) => getEventListeners(signal, 'abort').length;

function idle(t) {
  const client = new RealtimeClient({ url: 'http://127.0.0.1:1', token: 'token', autoConnect: false });
  t.after(() => client.destroy());
  return client;
}

async function open(t, options) {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  return { platform, ...observe(t, { url: platform.url, token, ...options }) };
}

/** Warnings of the process during a test. */
function warnings(t) {
  const seen = [];
  const note = (warning) => seen.push(warning);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  return seen;
}

test('a signal removes listeners, all that share it, without a warning of a leak', async (t) => {
  const client = idle(t);
  const seen = warnings(t);
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [];
  for (let n = 0; n < 30; n++) {
    client.on('event', () => calls.push(n), { signal });
    client.once('event:a', () => calls.push(n), { signal });
    client.addListener('gap', () => calls.push(n), { signal });
    client.socketClient.on('message:lobby', () => calls.push(n), { signal });
  }
  assert.equal(listeners(signal), 1);
  const counts = () => [
    ...['event', 'event:a', 'gap'].map((name) => client.listenerCount(name)),
    client.socketClient.listenerCount('message:lobby'),
  ];
  assert.deepEqual(counts(), [30, 30, 30, 30]);
  controller.abort();
  assert.deepEqual([counts(), listeners(signal)], [[0, 0, 0, 0], 0]);
  await new Promise(setImmediate);
  assert.deepEqual(seen, []);
});

test('a listener that is removed or was called leaves nothing on its signal', async (t) => {
  const { client } = await open(t, { autoConnect: false });
  const { signal } = new AbortController();
  const handler = () => {};
  client.on('gap', handler, { signal });
  client.off('gap', handler);
  assert.equal(listeners(signal), 0);
  const called = new Promise((resolve) => client.once('connection', resolve, { signal }));
  assert.equal(listeners(signal), 1);
  client.connect();
  await called;
  assert.equal(listeners(signal), 0);
  client.on('gap', handler, { signal });
  client.socketClient.on('presence', handler, { signal });
  client.destroy();
  assert.equal(listeners(signal), 0);
});

test('a signal removes its own listener, not another one of the same function', (t) => {
  const client = idle(t);
  const controller = new AbortController();
  const handler = () => {};
  client.on('gap', handler, { signal: controller.signal });
  client.on('gap', handler);
  controller.abort();
  assert.equal(client.listenerCount('gap', handler), 1);
  client.off('gap', handler);
  assert.equal(client.listenerCount('gap'), 0);
});

test('a signal that is aborted adds no listener', (t) => {
  const client = idle(t);
  client
    .on('event', assert.fail, { signal: AbortSignal.abort() })
    .once('event', assert.fail, { signal: AbortSignal.abort() });
  assert.equal(client.listenerCount('event'), 0);
});

test('options that are not a bag with a signal are refused', (t) => {
  const client = idle(t);
  for (const options of [true, 'signal', { signal: 'no' }, { signal: {} }])
    assert.throws(() => client.on('event', () => {}, options), { code: 'INVALID_ARGUMENT' });
  assert.equal(client.listenerCount('event'), 0);
});

test('a signal ends a subscription, with its handler', async (t) => {
  const { platform, client } = await open(t);
  const controller = new AbortController();
  const { signal } = controller;
  const id = client.subscribe({ topic: 'a', signal }, () => {});
  client.subscribe({ topic: 'b', signal });
  await Promise.all([platform.subscribed('a'), platform.subscribed('b')]);
  controller.abort();
  assert.deepEqual([client.stats().subscriptions, client.listenerCount('event:a'), listeners(signal)], [0, 0, 0]);
  await assert.rejects(client.subscribed(id), { code: 'INVALID_ARGUMENT' });
});

test('unsubscribe() and destroy() leave nothing on the signal of a subscription', (t) => {
  const client = idle(t);
  const { signal } = new AbortController();
  client.unsubscribe(client.subscribe({ topic: 'a', signal }, () => {}));
  assert.equal(listeners(signal), 0);
  client.subscribe({ topic: 'a', signal });
  client.destroy();
  assert.equal(listeners(signal), 0);
});

test('a signal that is aborted subscribes to nothing', (t) => {
  const client = idle(t);
  const reason = new Error('late');
  assert.throws(() => client.subscribe({ topic: 'a', signal: AbortSignal.abort(reason) }), {
    code: 'ABORTED',
    cause: reason,
  });
  assert.equal(client.stats().subscriptions, 0);
});

test('a signal ends each wait, and nothing is left on it', async (t) => {
  const { client } = await open(t);
  await client.ready();
  const server = await startScriptedServer(t);
  const other = observe(t, { url: server.url, token: 'token' }).client;
  const id = other.subscribe({ topic: 'mute' });
  const connecting = idle(t);
  connecting.connect();
  for (const wait of [
    (signal) => connecting.ready({ signal }),
    (signal) => other.subscribed(id, { signal }),
    (signal) => client.waitFor('event', { signal }),
  ]) {
    const controller = new AbortController();
    const promise = wait(controller.signal);
    const reason = new Error('enough');
    // The wait begins in this turn.
    await new Promise(setImmediate);
    controller.abort(reason);
    await assert.rejects(promise, { code: 'ABORTED', cause: reason });
    assert.equal(listeners(controller.signal), 0);
    await assert.rejects(wait(AbortSignal.abort(reason)), { code: 'ABORTED', cause: reason });
  }
});

test('a wait that ends otherwise leaves nothing on its signal', async (t) => {
  const { platform, client } = await open(t);
  const { signal } = new AbortController();
  await client.ready({ signal });
  const id = client.subscribe({ topic: 'a' });
  await client.subscribed(id, { signal });
  const event = client.waitFor('event:a', { signal });
  platform.publish({ topic: 'a', payload: {} });
  await event;
  assert.equal(listeners(signal), 0);
  const gone = assert.rejects(client.waitFor('event:a', { signal }), { code: 'CLIENT_DESTROYED' });
  client.destroy();
  await gone;
  assert.equal(listeners(signal), 0);
});

test('a signal ends the wait for a message that is sent', async (t) => {
  const server = await startScriptedServer(t);
  const { client, errors } = observe(t, { url: server.url, token: 'token' });
  await client.ready();
  const controller = new AbortController();
  const { signal } = controller;
  const waits = [
    client.socketClient.publish('lobby', 'greeting', {}, { signal }),
    client.socketClient.directMessage('socket', 'greeting', {}, { signal }),
  ];
  client.socketClient.publish('lobby', 'forgotten', {}, { signal });
  await server.received('channel:publish', 2);
  controller.abort();
  for (const wait of waits) await assert.rejects(wait, { code: 'ABORTED', uncertain: true });
  assert.equal(listeners(signal), 0);
  const late = client.socketClient.publish('lobby', 'late', {}, { signal });
  await assert.rejects(late, ({ code, uncertain }) => code === 'ABORTED' && uncertain === undefined);
  client.socketClient.publish('lobby', 'late', {}, { signal });
  await new Promise(setImmediate);
  assert.equal(server.asked('channel:publish').length, 2);
  assert.deepEqual(errors(), [], 'who aborts a call that is not awaited need not hear of it');
});

test('a message that is answered leaves nothing on its signal', async (t) => {
  const { client } = await open(t);
  const { signal } = new AbortController();
  await client.socketClient.publish('lobby', 'greeting', {}, { signal });
  assert.equal(listeners(signal), 0);
});

test('a signal leaves a channel that was joined', async (t) => {
  const server = await startScriptedServer(t);
  const { client } = observe(t, { url: server.url, token: 'token' });
  const controller = new AbortController();
  const { signal } = controller;
  await client.socketClient.joinChannel('lobby', { signal });
  controller.abort();
  await server.received('channel:leave');
  assert.deepEqual([server.asked('channel:leave')[0].body.channel, listeners(signal)], ['lobby', 0]);
  const refused = client.socketClient.joinChannel('lobby', { signal });
  await assert.rejects(refused, { code: 'ABORTED', channel: 'lobby' });
  assert.equal(server.asked('channel:join').length, 1);
});

test('a signal ends a join that waits for its answer', async (t) => {
  const server = await startScriptedServer(t, { answer: (verb) => (verb === 'channel:join' ? null : undefined) });
  const { client } = observe(t, { url: server.url, token: 'token' });
  const controller = new AbortController();
  const join = client.socketClient.joinChannel('lobby', { signal: controller.signal });
  await server.received('channel:join');
  controller.abort('enough');
  await assert.rejects(join, { code: 'ABORTED', channel: 'lobby', cause: 'enough' });
  await server.received('channel:leave');
  assert.equal(listeners(controller.signal), 0);
});

test('leaveChannel() and destroy() leave nothing on the signal of a channel', async (t) => {
  const { client } = await open(t);
  const { signal } = new AbortController();
  await client.socketClient.joinChannel('lobby', { signal });
  await client.socketClient.leaveChannel('lobby');
  assert.equal(listeners(signal), 0);
  await client.socketClient.joinChannel('lobby', { signal });
  client.destroy();
  assert.equal(listeners(signal), 0);
});
