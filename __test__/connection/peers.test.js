/**
 * Servers that speak another version, or something else, and what servers expect of this client.
 * Against real ones.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';
import msgpackParser from 'socket.io-msgpack-parser';
import startSocketIo2 from 'socket.io-v2';
import { WebSocketServer } from 'ws';

import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

const event = (id, members) => ({
  id,
  topic: 'a',
  source: 'socket',
  type: 'x',
  payload: {},
  metadata: { timestamp: 1 },
  ...members,
});

/** A server that `make` puts on an HTTP server. */
async function serve(t, make) {
  const server = http.createServer();
  const io = make(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  return { io, url: `http://127.0.0.1:${server.address().port}` };
}

/** A server and a client that is subscribed to topic `a`, and the server's socket. */
async function connect(t, options) {
  const { io, url } = await serve(t, (server) => new Server(server));
  const connected = once(io, 'connection');
  const observed = observe(t, { url, token: 'the.token', ...options });
  const [socket] = await connected;
  socket.on('subscribe', (body, ack) => ack(body));
  observed.client.subscribe({ topic: 'a' });
  await once(socket, 'subscribe');
  return { io, socket, ...observed };
}

const WAYS = [['websocket'], ['polling'], undefined];

for (const transports of WAYS) {
  test(`a Socket.IO 2 server is named, and never connected to: ${transports ?? 'any transport'}`, async (t) => {
    const { url } = await serve(t, (server) => startSocketIo2(server));
    const { reached, errors, states } = observe(t, { url, token: 'the.token', transports });
    await reached('reconnecting', 2);
    for (const error of errors()) {
      assert.equal(error.code, 'PROTOCOL_ERROR');
      assert.match(error.message, /the server speaks Socket\.IO 2 \(Engine\.IO 3\)/);
    }
    assert.ok(errors().length >= 2 && !states().includes('connected'));
  });

  test(`a server with the msgpack parser is named: ${transports ?? 'any transport'}`, async (t) => {
    const { url } = await serve(t, (server) => new Server(server, { parser: msgpackParser }));
    const { reached, errors, states } = observe(t, { url, token: 'the.token', transports });
    await reached('reconnecting', 2);
    for (const error of errors()) {
      assert.equal(error.code, 'PROTOCOL_ERROR');
      assert.match(error.message, /socket\.io-msgpack-parser/);
    }
    assert.ok(errors().length >= 2 && !states().includes('connected'));
  });
}

test('a server that does not begin with a handshake is left at once', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  for (const first of ['0{"sid":"s"', '0{}', 'hello', '40{"sid":"s"}', Buffer.from('x')]) {
    server.removeAllListeners('connection');
    server.on('connection', (socket) => socket.send(first));
    const { seen, reached } = observe(t, { url, token: 'the.token', transports: ['websocket'] });
    const error = await seen('error');
    assert.equal(error.code, 'PROTOCOL_ERROR', `${first}: ${error.message}`);
    assert.match(error.message, /handshake/);
    await reached('reconnecting');
  }
});

test('a packet with too many attachments is one error, and the next event comes', async (t) => {
  const { socket, seen, errors } = await connect(t);
  socket.emit('event', event('1', { payload: { parts: Array.from({ length: 200 }, () => Buffer.from('x')) } }));
  socket.emit('event', event('2', { payload: { part: Buffer.from('x') } }));
  assert.equal((await seen('event')).id, '2');
  assert.deepEqual(
    errors().map(({ code }) => code),
    ['PROTOCOL_ERROR'],
  );
});

for (const transports of [['websocket'], ['polling']]) {
  test(`an event that the server wants acknowledged is: ${transports}`, async (t) => {
    const { socket, seen, events } = await connect(t, { transports });
    const emit = (...args) => socket.timeout(20_000).emitWithAck(...args);
    const payload = { part: Buffer.from('x') };
    const answers = [
      await emit('event', event('1')),
      await emit('event', event('1')),
      await emit('event', event('2', { topic: 'unwanted' })),
      await emit('event', event('3', { payload })),
      await emit('event', { no: 'event' }),
      await emit('something else', 1, 2, 3),
    ];
    assert.deepEqual(answers, Array(6).fill(undefined));
    await Promise.all(Array.from({ length: 3000 }, (_, n) => emit('event', event(`many ${n}`))));
    await seen('event', ({ id }) => id === 'many 2999');
    const ids = events().map(({ id }) => id);
    assert.deepEqual(ids.slice(0, 3), ['1', '3', 'many 0']);
  });
}

test('a channel that is not confirmed again is reported, and is not taken to be refused', async (t) => {
  let silent = false;
  const answer = () => (silent ? null : undefined);
  const server = await startScriptedServer(t, { answer });
  const { client, reached, seen, errors } = observe(t, { url: server.url, token: 'the.token' });
  await client.socketClient.joinChannel('room');
  silent = true;
  server.drop();
  await reached('connected', 2);
  const error = await seen('error');
  assert.deepEqual([error.code, error.channel, error.retryable], ['SUBSCRIBE_UNCONFIRMED', 'room', true]);
  assert.match(error.message, /the channel 'room'/);
  silent = false;
  server.drop();
  await server.received('channel:join', 3);
  assert.equal(errors().length, 1);
});
