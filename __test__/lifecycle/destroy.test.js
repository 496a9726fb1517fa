/**
 * `destroy()` at every moment there is: in each state, and from inside each handler. Nothing is
 * called after it.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';

const EVENTS = ['event', 'event:a', 'connection', 'error'];
const MESSAGES = ['message', 'direct', 'presence'];

/** A client whose every handler reports to `called`, and whether it is destroyed. */
function watch(t, options) {
  const client = new RealtimeClient({ reconnectionDelay: 10, ...options });
  t.after(() => client.destroy());
  const late = [];
  let destroyed = false;
  const waiting = [];
  const called = (name, data) => {
    if (destroyed) late.push(name);
    for (const check of [...waiting]) check(name, data);
  };
  for (const name of EVENTS) client.on(name, (data) => called(name, data));
  for (const name of MESSAGES) client.socketClient.on(name, (data) => called(name, data));
  /** Destroys the client inside of the handler that is called next with such data. */
  const destroyInside = (name, condition = () => true) =>
    new Promise((resolve) => {
      waiting.push((each, data) => {
        if (each !== name || destroyed || !condition(data)) return;
        client.destroy();
        destroyed = true;
        resolve();
      });
    });
  const reached = (state) =>
    new Promise((resolve) => {
      waiting.push((name, data) => name === 'connection' && data.state === state && resolve());
      if (client.state === state) resolve();
    });
  const destroy = () => {
    client.destroy();
    destroyed = true;
  };
  return { client, late, destroy, destroyInside, reached };
}

/**
 * What is still to come would come with the next batches, before the answer to another client's
 * request.
 */
async function gone({ client, late }, platform) {
  await platform?.until(({ connections }) => connections.length === 0);
  await new Promise(setImmediate);
  assert.deepEqual(late, []);
  assert.equal(client.state, 'disconnected');
  assert.throws(() => client.connect(), { code: 'CLIENT_DESTROYED' });
  client.destroy(); // once more does nothing
}

for (const protocol of ['socket.io', 'ws']) {
  test(`destroyed in each state, over ${protocol}`, async (t) => {
    const platform = await startPlatform(t);
    const options = { url: platform.url, token: platform.token(), protocol };

    const idle = watch(t, { ...options, autoConnect: false });
    idle.destroy();
    await gone(idle, platform);

    const connecting = watch(t, options);
    connecting.destroy();
    await gone(connecting, platform);

    const connected = watch(t, options);
    await connected.reached('connected');
    connected.destroy();
    await gone(connected, platform);

    const reconnecting = watch(t, { ...options, reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
    await reconnecting.reached('connected');
    await platform.faults.dropAll();
    await reconnecting.reached('reconnecting');
    reconnecting.destroy();
    await gone(reconnecting, platform);

    const disconnecting = watch(t, options);
    await disconnecting.reached('connected');
    disconnecting.client.disconnect();
    disconnecting.destroy();
    await gone(disconnecting, platform);
  });

  test(`destroyed while the server is silent at each step, over ${protocol}`, async (t) => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const dialled = once(server, 'connection');
    const silent = watch(t, { url: `http://127.0.0.1:${server.address().port}`, token: 't', protocol });
    const [socket] = await dialled;
    const closed = once(socket.on('error', () => {}).resume(), 'close');
    silent.destroy();
    await closed;
    await gone(silent);
  });

  test(`destroyed inside of each handler, over ${protocol}`, async (t) => {
    const platform = await startPlatform(t);
    const options = { url: platform.url, token: platform.token({ permissions: ['service'] }), protocol };
    const other = watch(t, options);
    await other.reached('connected');
    const { socketClient } = other.client;
    await socketClient.joinChannel('room');

    const causes = {
      event: () => platform.publish({ topic: 'a' }),
      'event:a': () => platform.publish({ topic: 'a' }),
      message: () => socketClient.publish('room', 'm', {}),
      direct: ({ client }) => socketClient.directMessage(client.socketClient.id, 'm', {}),
      presence: () => socketClient.leaveChannel('room').then(() => socketClient.joinChannel('room')),
    };
    for (const [name, cause] of Object.entries(causes)) {
      const watched = watch(t, options);
      await watched.reached('connected');
      watched.client.subscribe({ topic: 'a' });
      await watched.client.socketClient.joinChannel('room');
      await platform.subscribed('a');
      const destroyed = watched.destroyInside(name);
      // Twice, so that something is left that must not be delivered.
      await Promise.all([cause(watched), cause(watched)].map((done) => Promise.resolve(done).catch(() => {})));
      await destroyed;
      await platform.until(({ connections }) => connections.length === 1);
      await gone(watched);
    }

    other.destroy();
    const failing = watch(t, options);
    await failing.reached('connected');
    const destroyed = failing.destroyInside('error');
    platform.faults.refuseUpgrades();
    await platform.faults.dropAll();
    await destroyed;
    platform.faults.acceptUpgrades();
    await gone(failing, platform);

    for (const state of ['connecting', 'connected', 'reconnecting', 'disconnected']) {
      const watched = watch(t, { ...options, reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
      const destroyed = watched.destroyInside('connection', (change) => change.state === state);
      if (state === 'reconnecting' || state === 'disconnected') await watched.reached('connected');
      if (state === 'reconnecting') await platform.faults.dropAll();
      if (state === 'disconnected') watched.client.disconnect();
      await destroyed;
      await gone(watched, platform);
    }
  });

  test(`destroyed with calls under way: each is rejected, over ${protocol}`, async (t) => {
    const platform = await startPlatform(t);
    const watched = watch(t, { url: platform.url, token: platform.token({ permissions: ['service'] }), protocol });
    await watched.reached('connected');
    platform.faults.stopAnsweringPings();
    const { socketClient } = watched.client;
    const calls = [
      socketClient.joinChannel('room'),
      socketClient.publish('room', 'm', {}),
      socketClient.publish('room', 'm', {}, { retry: true }),
      socketClient.leaveChannel('room'),
    ];
    watched.destroy();
    const ends = await Promise.allSettled(calls);
    assert.deepEqual(
      ends.map(({ reason }) => reason?.code),
      calls.map(() => 'CLIENT_DESTROYED'),
    );
    await gone(watched);
  });
}
