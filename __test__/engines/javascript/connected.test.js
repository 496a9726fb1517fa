/** The JavaScript engine on Node, through the wall, against the local platform. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../../support/local-platform.js';
import { observe } from '../../support/observed-client.js';
import { start } from '../../support/program.js';

const WAYS = [
  { protocol: 'socket.io', transports: ['websocket'] },
  { protocol: 'socket.io', transports: ['polling'] },
  { protocol: 'ws', transports: ['websocket'] },
];

/** A source of signals, and the client that listens to it. */
async function connect(t, platform, options) {
  let signal = (/** @type {string} */ _) => {};
  const lifecycle = {
    subscribe(handler) {
      signal = handler;
      return () => {};
    },
  };
  const token = platform.token({ permissions: ['service'] });
  const observed = observe(t, { url: platform.url, token, engine: 'javascript', lifecycle, ...options });
  observed.client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  return { ...observed, page: (name) => signal(name) };
}

for (const way of WAYS) {
  const name = `${way.protocol} over ${way.transports}`;

  test(`${name}: connects, delivers in order, and joins channels`, async (t) => {
    const platform = await startPlatform(t);
    const { client, seen, events, errors } = await connect(t, platform, way);
    assert.equal(client.engine, 'javascript');
    assert.equal((await client.socketClient.joinChannel('room')).channel, 'room');
    for (let n = 0; n < 1000; n += 1) platform.publish({ topic: 't', payload: { n } });
    await seen('event', ({ payload }) => payload.n === 999);
    assert.deepEqual(
      events().map(({ payload }) => payload.n),
      Array.from({ length: 1000 }, (_, n) => n),
    );
    assert.equal(client.stats().transport, way.transports[0]);
    assert.deepEqual(errors(), []);
  });

  test(`${name}: a page that is put away leaves no ghost, and is back with a gap`, async (t) => {
    const platform = await startPlatform(t);
    const watcher = await connect(t, platform, { protocol: way.protocol });
    const [{ id: own }] = platform.connections;
    /** The other one has joined or left. */
    const presence = (wanted) =>
      new Promise((resolve) => {
        watcher.client.socketClient.on('presence', ({ type, socketId }) => {
          if (type === wanted && socketId !== own) resolve(socketId);
        });
      });
    await watcher.client.socketClient.joinChannel('room');
    const { client, page, reached, seen } = await connect(t, platform, way);
    const joined = presence('join');
    await client.socketClient.joinChannel('room');
    const socketId = await joined;
    const left = presence('leave');
    page('suspend');
    assert.equal(await left, socketId);
    assert.equal((await reached('reconnecting')).reason, 'page suspended');
    platform.publish({ topic: 't', payload: { n: 'missed' } });
    page('restore');
    await reached('connected', 2);
    assert.equal((await seen('gap')).reason, 'page suspended');
    await platform.subscribed('t');
    platform.publish({ topic: 't', payload: { n: 'after' } });
    await seen('event', ({ payload: { n } }) => n === 'after');
  });

  test(`${name}: an unreferenced client lets the process exit, and so does one that has ended`, async (t) => {
    const platform = await startPlatform(t);
    const options = { url: platform.url, token: platform.token(), engine: 'javascript', ...way };
    // A request that is under way holds the process, and long-polling always has one.
    const ends = way.transports[0] === 'polling' ? ['disconnect', 'destroy'] : ['disconnect', 'destroy', 'unref'];
    for (const end of ends) {
      const program = start(
        t,
        (RealtimeClient, given, method) => {
          const client = new RealtimeClient(given);
          client.on('connection', ({ state }) => {
            if (state === 'connected') client[method]();
          });
        },
        [options, end],
      );
      assert.deepEqual(await program.ended, { code: 0, signal: null, stdout: [], stderr: '' }, end);
    }
  });
}
