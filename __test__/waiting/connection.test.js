/** `ready`, `subscribed` and `waitFor`: what ends each wait, and with what. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RealtimeClient, RealtimeError } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1';

/** A client that is not connected. */
function idle(t, options) {
  const client = new RealtimeClient({ url: NOWHERE, token: 'token', autoConnect: false, ...options });
  t.after(() => client.destroy());
  return client;
}

/** The error of a promise that has to reject. */
async function errorOf(promise) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${value}`),
    (error) => error,
  );
  assert.ok(error instanceof RealtimeError, `${error?.stack}`);
  return error;
}

async function open(t, options) {
  const platform = await startPlatform(t);
  return { platform, ...observe(t, { url: platform.url, token: platform.token(), ...options }) };
}

test('ready() resolves when the client is connected, and at once if it is', async (t) => {
  const { client } = await open(t, { autoConnect: false });
  client.connect();
  assert.equal(await client.ready(), undefined);
  assert.equal(client.state, 'connected');
  await client.ready({ timeout: 1 });
});

test('ready() waits for the connection after a reconnect', async (t) => {
  const { platform, client, reached } = await open(t);
  await client.ready();
  await platform.faults.dropAll();
  await reached('reconnecting', 1);
  await client.ready();
  assert.equal(client.state, 'connected');
});

test('ready() rejects when the client is not connecting, and says what to do', async (t) => {
  const { code, message } = await errorOf(idle(t).ready());
  assert.deepEqual(
    [code, message],
    ['NETWORK_ERROR', 'RealtimeClient.ready(): The client is not connecting. Call connect() first.'],
  );
});

test('ready() rejects with the reason why the client gives up', async (t) => {
  const { client, errors } = observe(t, { url: NOWHERE, token: 'token', reconnectionAttempts: 1 });
  const error = await errorOf(client.ready());
  assert.equal(error.code, 'RECONNECT_FAILED');
  assert.deepEqual(
    errors().map(({ code }) => code),
    ['NETWORK_ERROR', 'NETWORK_ERROR', 'RECONNECT_FAILED'],
  );
});

test('a wait that takes too long shows why there is no connection', async (t) => {
  const { client, reached } = observe(t, {
    url: NOWHERE,
    token: 'token',
    reconnectionDelay: 60_000,
    reconnectionDelayMax: 60_000,
  });
  const early = errorOf(client.ready({ timeout: 60_000 }));
  await reached('reconnecting', 1);
  const { code, cause, message } = await errorOf(client.ready({ timeout: 1 }));
  assert.deepEqual([code, cause?.code], ['TIMEOUT', 'NETWORK_ERROR']);
  assert.match(message, /^RealtimeClient\.ready\(\): Connecting took longer than 1 ms\. /);
  client.destroy();
  assert.equal((await early).code, 'CLIENT_DESTROYED');
});

test('ready() rejects with AUTH_FAILED when the token is refused', async (t) => {
  const { client } = await open(t, { token: 'refused' });
  assert.equal((await errorOf(client.ready())).code, 'AUTH_FAILED');
});

test('disconnect() ends a wait for the connection, and a connect() after it does not', async (t) => {
  const { client, reached } = await open(t, { autoConnect: false });
  client.connect();
  const ended = errorOf(client.ready());
  await reached('connecting', 1);
  client.disconnect();
  assert.equal((await ended).code, 'ABORTED');
  client.connect();
  client.disconnect();
  client.connect();
  await client.ready();
  assert.equal(client.state, 'connected');
});

test('destroy() ends all waits', async (t) => {
  const { client } = await open(t);
  const id = client.subscribe({ topic: 'a' });
  const news = [client.waitFor('event:a'), client.waitFor('gap'), client.waitFor('error')];
  const waits = [client.ready(), client.subscribed(id), ...news].map(errorOf);
  client.destroy();
  for (const wait of waits) assert.equal((await wait).code, 'CLIENT_DESTROYED');
  for (const late of [client.ready(), client.subscribed(id), client.waitFor('event')])
    assert.equal((await errorOf(late)).code, 'CLIENT_DESTROYED');
  assert.throws(() => client.events({ topic: 'a' }), { code: 'CLIENT_DESTROYED' });
});

test('subscribed() resolves when the server has the subscription: events reach it from then on', async (t) => {
  const { platform, client } = await open(t);
  for (const topic of ['a', 'b']) {
    const id = client.subscribe({ topic });
    await client.subscribed(id);
    const event = client.waitFor(`event:${topic}`);
    platform.publish({ topic, payload: { topic } });
    assert.deepEqual((await event).payload, { topic });
    await client.subscribed(id);
  }
});

test('subscribed() means the current connection', async (t) => {
  const { platform, client, reached } = await open(t);
  const id = client.subscribe({ topic: 'a' });
  await client.subscribed(id);
  await platform.faults.dropAll();
  await reached('reconnecting', 1);
  await client.subscribed(id);
  assert.equal(client.state, 'connected');
  await platform.faults.dropAll();
  await reached('connected', 3);
  await client.subscribed(id);
  client.disconnect();
  assert.equal((await errorOf(client.subscribed(id))).code, 'NETWORK_ERROR');
});

/** Refuses `denied`, confirms `a`, and answers nothing else. */
const answer = (verb, { subscriptionId, topic }) => {
  if (verb !== 'subscribe') return undefined;
  if (topic === 'denied') return { error: 'SubscribeDenied', message: 'Not for you.' };
  return topic === 'a' ? { subscriptionId, topic } : null;
};

test('subscribed() rejects with SUBSCRIBE_DENIED, also when it is called after the refusal', async (t) => {
  const server = await startScriptedServer(t, { answer });
  const { client, seen } = observe(t, { url: server.url, token: 'token' });
  const id = client.subscribe({ topic: 'denied' });
  const early = await errorOf(client.subscribed(id));
  await seen('error', ({ code }) => code === 'SUBSCRIBE_DENIED');
  const late = await errorOf(client.subscribed(id));
  for (const error of [early, late])
    assert.deepEqual(
      [error.code, error.subscriptionId, /Not for you/.test(error.message)],
      ['SUBSCRIBE_DENIED', id, true],
    );
  client.unsubscribe(id);
  assert.equal((await errorOf(client.subscribed(id))).code, 'INVALID_ARGUMENT');
});

test('unsubscribe() ends a wait for the confirmation', async (t) => {
  const server = await startScriptedServer(t, { answer });
  const { client } = observe(t, { url: server.url, token: 'token' });
  const [id, other] = [client.subscribe({ topic: 'mute' }), client.subscribe({ topic: 'a' })];
  const ended = errorOf(client.subscribed(id));
  await client.subscribed(other);
  client.unsubscribe(id);
  const { code, message } = await ended;
  assert.equal(code, 'ABORTED');
  assert.match(message, /^RealtimeClient\.subscribed\(\): 'sub_1' was ended by unsubscribe\(\)\./);
});

test('wrong arguments reject', async (t) => {
  const client = idle(t);
  for (const call of [
    () => client.ready({ timeout: 0 }),
    () => client.ready({ signal: 'no signal' }),
    () => client.ready(1000),
    () => client.subscribed(7),
    () => client.subscribed('sub_7'),
    () => client.waitFor('conection'),
    () => client.waitFor('event', { where: 'n > 1' }),
  ])
    assert.equal((await errorOf(call())).code, 'INVALID_ARGUMENT', String(call));
  assert.equal(client.listenerCount('event'), 0);
});

test('waitFor() resolves with the first one that `where` accepts', async (t) => {
  const { platform, client } = await open(t);
  await client.subscribed(client.subscribe({ topic: 'a' }));
  const wanted = client.waitFor('event:a', { where: ({ payload }) => payload.n === 2 });
  const first = client.waitFor('event');
  for (const n of [0, 1, 2, 2]) platform.publish({ topic: 'a', payload: { n } });
  assert.deepEqual([(await first).payload, (await wanted).payload], [{ n: 0 }, { n: 2 }]);
  assert.deepEqual([client.listenerCount('event'), client.listenerCount('event:a')], [1, 0], 'that of the test');
});

test('a `where` that throws rejects', async (t) => {
  const { client } = await open(t);
  const problem = new Error('from where');
  const wait = client.waitFor('connection', {
    where: () => {
      throw problem;
    },
  });
  await assert.rejects(wait, problem);
  assert.equal(client.listenerCount('connection'), 1, 'that of the test');
});

test('a wait for an event ends with the connection; news of the client may come later', async (t) => {
  const { client } = await open(t);
  await client.ready();
  const event = errorOf(client.waitFor('event:a'));
  const disconnected = client.waitFor('connection', { where: ({ state }) => state === 'disconnected' });
  const connected = client.waitFor('connection', { where: ({ state }) => state === 'connected' });
  client.disconnect();
  assert.equal((await disconnected).reason, 'client disconnect');
  assert.equal((await event).code, 'ABORTED');
  client.connect();
  assert.equal((await connected).state, 'connected');
});

test('waitFor() may begin before connect(), and ends with the reason why the client gives up', async (t) => {
  const client = idle(t, { reconnectionAttempts: 0 });
  const errors = client.waitFor('error');
  const wait = errorOf(client.waitFor('event'));
  client.connect();
  assert.equal((await errors).code, 'NETWORK_ERROR');
  assert.equal((await wait).code, 'RECONNECT_FAILED');
});

test('without reconnection, a wait ends with what has ended the connection', async (t) => {
  const { platform, client } = await open(t, { reconnection: false });
  await client.ready();
  const wait = errorOf(client.waitFor('event'));
  await platform.faults.dropAll();
  const { code, message } = await wait;
  assert.equal(code, 'NETWORK_ERROR', message);
});
