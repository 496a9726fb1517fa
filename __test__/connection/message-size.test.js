/**
 * How large a message of the server may be: `maxMessageBytes`, on both wires and both transports.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

import { observe } from '../support/observed-client.js';

const LIMIT = 10_000;
const event = (id, payload) => ({ id, topic: 'a', source: 'database', type: 'x', payload, metadata: { timestamp: 1 } });

async function listen(t, server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** A Socket.IO server, its latest socket, and a client that is subscribed to topic `a`. */
async function connect(t, options) {
  const server = http.createServer();
  const io = new Server(server, { destroyUpgrade: false });
  t.after(() => io.close());
  const url = await listen(t, server);
  const connected = once(io, 'connection');
  const observed = observe(t, { url, token: 'the.token', maxMessageBytes: LIMIT, ...options });
  observed.client.subscribe({ topic: 'a' });
  const [socket] = await connected;
  await observed.reached('connected');
  return { io, socket, ...observed };
}

/** The same over `/ws`, where `socket.emit` sends an event. */
async function connectPlain(t) {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server, path: '/ws' });
  const connected = once(sockets, 'connection');
  const observed = observe(t, {
    url: await listen(t, server),
    token: 'the.token',
    protocol: 'ws',
    maxMessageBytes: LIMIT,
  });
  observed.client.subscribe({ topic: 'a' });
  const [link] = await connected;
  await observed.reached('connected');
  t.after(() => {
    for (const client of sockets.clients) client.terminate();
  });
  const emit = (_, data) => link.send(JSON.stringify({ type: 'event', topic: data.topic, data }));
  return { socket: { emit }, ...observed };
}

const wires = {
  'Socket.IO over a WebSocket': (t) => connect(t, { transports: ['websocket'] }),
  'Socket.IO over long-polling': (t) => connect(t, { transports: ['polling'] }),
  'the plain WebSocket': connectPlain,
};
for (const [name, start] of Object.entries(wires)) {
  test(`a message within maxMessageBytes is delivered, a larger one is named: ${name}`, async (t) => {
    const { socket, seen, reached, errors } = await start(t);
    socket.emit('event', event('1', { text: 'x'.repeat(LIMIT - 500) }));
    await seen('event', ({ id }) => id === '1');
    assert.deepEqual(errors(), []);
    socket.emit('event', event('2', { text: 'x'.repeat(LIMIT) }));
    const error = await seen('error');
    assert.equal(error.code, 'MESSAGE_TOO_LARGE');
    assert.match(error.message, /above the limit of 10000 bytes \(maxMessageBytes\)/);
    assert.match(error.remediation, /options\.maxMessageBytes/);
    await reached('connected', 2);
  });
}

for (const transport of ['websocket', 'polling']) {
  test(`maxMessageBytes holds for the attachments of an event together: ${transport}`, async (t) => {
    const { socket, seen, reached } = await connect(t, { transports: [transport] });
    const halves = (size) => ({ one: Buffer.alloc(size / 2, 1), other: Buffer.alloc(size / 2, 2) });
    socket.emit('event', event('1', halves(LIMIT)));
    assert.deepEqual((await seen('event', ({ id }) => id === '1')).payload.other, Buffer.alloc(LIMIT / 2, 2));
    socket.emit('event', event('2', halves(LIMIT + 2)));
    const error = await seen('error');
    assert.equal(error.code, 'MESSAGE_TOO_LARGE');
    assert.match(error.message, /attachments of one packet exceed 10000 bytes \(maxMessageBytes\)/);
    socket.emit('event', event('3', {}));
    await seen('event', ({ id }) => id === '3');
    await reached('connected', 1);
  });
}

test('a limit that is raised lets larger messages through', async (t) => {
  const size = 17 * 1024 * 1024;
  const { socket, seen } = await connect(t, { maxMessageBytes: size + 1000 });
  socket.emit('event', event('1', { text: 'x'.repeat(size) }));
  assert.equal((await seen('event')).payload.text.length, size);
});

test('events that gathered while a poll was under way are delivered, however many bytes they are together', async (t) => {
  const { socket, seen, events, errors } = await connect(t, { transports: ['polling'] });
  for (let n = 1; n <= 40; n++) socket.emit('event', event(`${n}`, { text: 'x'.repeat(LIMIT / 2) }));
  await seen('event', ({ id }) => id === '40');
  assert.deepEqual(
    events().map(({ id }) => Number(id)),
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
  assert.deepEqual(errors(), []);
});
