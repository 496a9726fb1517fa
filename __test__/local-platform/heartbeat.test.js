/**
 * The heartbeat of the local platform's plain WebSocket. A file of its own, since it stops the
 * timers of its process.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';

import { startPlatform } from '../support/local-platform.js';
import { connect } from '../support/platform-client.js';

test('a ping after each interval, and the end of a connection that does not answer', async (t) => {
  const platform = await startPlatform(t, { pingInterval: 40, pingTimeout: 60 });
  const alive = await connect('ws', platform);
  const dead = await connect('ws', platform, { options: { autoPong: false } });
  await once(dead.socket, 'ping');
  assert.equal(await dead.closed, 1006);
  for (let pings = 0; pings < 3; pings += 1) await once(alive.socket, 'ping');
  assert.deepEqual(
    platform.connections.map(({ protocol }) => protocol),
    ['ws'],
  );
  assert.equal(alive.socket.readyState, WebSocket.OPEN);
  alive.close();
  await alive.closed;
});

test('a connection that answers is left alone, by default for 25 s at a time', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const platform = await startPlatform(t);
  const client = await connect('ws', platform, { options: { autoPong: false } });
  let pings = 0;
  client.socket.on('ping', () => {
    pings += 1;
  });
  t.mock.timers.tick(24_999);
  client.socket.send('{"type":"ping"}');
  await once(client.socket, 'message');
  assert.equal(pings, 0);
  t.mock.timers.tick(1);
  await once(client.socket, 'ping');
  client.socket.pong();
  client.socket.send('{"type":"ping"}');
  await once(client.socket, 'message'); // behind the pong
  t.mock.timers.tick(25_000);
  await once(client.socket, 'ping');
  t.mock.timers.tick(19_999);
  client.socket.send('{"type":"ping"}');
  await once(client.socket, 'message');
  t.mock.timers.tick(1);
  assert.equal(await client.closed, 1006);
});
