/**
 * The life of one client object: destroying and disposing of it, wrong use, and what it shows of
 * itself.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';

import { RealtimeClient, RealtimeError } from '../../lib/index.js';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

const refused = (code) => (error) => error instanceof RealtimeError && error.code === code;

/** A platform and a client that is connected to it. */
async function connect(t) {
  const platform = await startPlatform(t);
  const observed = observe(t, { url: platform.url, token: platform.token() });
  await observed.reached('connected');
  return { platform, ...observed };
}

test('after destroy() only what cleans up is allowed', async (t) => {
  const { platform, client, events, states } = await connect(t);
  const id = client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  platform.publish({ topic: 'a' });
  client.destroy();
  assert.equal(client.state, 'disconnected');
  for (const use of [
    () => client.connect(),
    () => client.subscribe({ topic: 'a' }),
    () => client.on('event', () => {}),
    () => client.once('event', () => {}),
  ])
    assert.throws(use, refused('CLIENT_DESTROYED'));
  client.destroy();
  client.disconnect();
  client.unsubscribe(id);
  client.off('event', () => {});
  client.ref();
  client.unref();
  await client[Symbol.asyncDispose]();
  assert.equal(client.connected, false);
  assert.equal(client.stats().subscriptions, 0);
  await platform.until(({ connections }) => connections.length === 0);
  assert.deepEqual([events(), states()], [[], ['connecting', 'connected']]);
});

test('destroy() inside a handler: no further handler is called, not even for the same event', async (t) => {
  const { platform, client, seen, events } = await connect(t);
  client.on('event', () => client.destroy());
  client.on('event', () => assert.fail('called after destroy()'));
  client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  platform.publish({ topic: 'a' });
  platform.publish({ topic: 'a' });
  await seen('event');
  await platform.until(({ connections }) => connections.length === 0);
  assert.equal(events().length, 1);
});

test('asyncDispose waits until the listeners have seen the end', async (t) => {
  const { client, states } = await connect(t);
  await client[Symbol.asyncDispose]();
  assert.deepEqual(states(), ['connecting', 'connected', 'disconnected']);
  assert.throws(() => client.connect(), refused('CLIENT_DESTROYED'));

  const unconnected = new RealtimeClient({ url: 'http://localhost', token: 't', autoConnect: false });
  await unconnected[Symbol.asyncDispose]();
  assert.throws(() => unconnected.connect(), refused('CLIENT_DESTROYED'));
});

for (const when of ['at once', 'when it has ended']) {
  test(`asyncDispose ends a client that something connects again ${when}`, async (t) => {
    const { client } = await connect(t);
    client.on('connection', ({ state }) => state === 'disconnected' && client.connect());
    const disposed = client[Symbol.asyncDispose]();
    if (when === 'at once') client.connect();
    await disposed;
    assert.equal(client.state, 'disconnected');
    assert.throws(() => client.connect(), refused('CLIENT_DESTROYED'));
  });
}

test('destroy() lets those go on who wait for the end', async (t) => {
  const { client } = await connect(t);
  const disposed = client[Symbol.asyncDispose]();
  client.destroy();
  await disposed;
});

test('wrong arguments are refused at once', () => {
  const client = new RealtimeClient({ url: 'http://localhost', token: 't', autoConnect: false });
  for (const use of [
    () => new RealtimeClient(),
    () => new RealtimeClient({ url: 'localhost', token: 't' }),
    () => client.subscribe('a'),
    () => client.subscribe({ topic: '' }),
    () => client.unsubscribe(1),
    () => client.on('events', () => {}),
    () => client.off('event'),
    () => client.once('event', {}),
  ])
    assert.throws(use, refused('INVALID_ARGUMENT'));
});

nativeTest('tls')('a certificate that cannot be read is refused at once', () => {
  const tls = { ca: '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----' };
  assert.throws(
    () => new RealtimeClient({ url: 'https://localhost', token: 't', tls }),
    (error) => refused('INVALID_ARGUMENT')(error) && error.message.startsWith('RealtimeClient(): options.tls.ca: '),
  );
});

test('a number of attempts that no engine counts to is as good as without end', () => {
  for (const reconnectionAttempts of [2 ** 32, Number.MAX_SAFE_INTEGER])
    new RealtimeClient({ url: 'http://localhost', token: 't', autoConnect: false, reconnectionAttempts }).destroy();
});

test('what is shown of a client is not its token', () => {
  const client = new RealtimeClient({ url: 'http://localhost:3000', token: 'a.secret.b', autoConnect: false });
  client.subscribe({ topic: 'a' });
  assert.equal(
    inspect(client),
    "RealtimeClient { url: 'http://localhost:3000', state: 'disconnected', subscriptions: 1 }",
  );
  const everything = inspect(client, { showHidden: true, depth: 9, customInspect: false });
  assert.doesNotMatch(everything + JSON.stringify(client), /secret/);
});

test('sync, socketClient, state and connected are read-only', () => {
  const client = new RealtimeClient({ url: 'http://localhost:3000', token: 't', autoConnect: false });
  for (const name of ['sync', 'socketClient', 'state', 'connected']) {
    assert.throws(() => {
      client[name] = undefined;
    }, TypeError);
    assert.notEqual(client[name], undefined);
  }
  assert.equal(client.sync, client.sync);
});
