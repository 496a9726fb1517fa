/**
 * The client against the official `socket.io` server: the forms a server may answer in, and what it
 * must not send.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';

import { RealtimeError } from '../../lib/index.js';
import { observe } from '../support/observed-client.js';

const event = (id, members) => ({
  id,
  topic: 'a',
  source: 'socket',
  type: 'x',
  payload: {},
  metadata: { timestamp: 1 },
  ...members,
});

/** A bare Socket.IO server. */
async function serve(t) {
  const server = http.createServer();
  const io = new Server(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  return { io, url: `http://127.0.0.1:${server.address().port}` };
}

/**
 * A server, a client that is connected to it, and the server's socket; `prepare` sees the socket
 * first.
 */
async function connect(t, prepare = () => {}) {
  const { io, url } = await serve(t);
  io.on('connection', prepare);
  const connected = once(io, 'connection');
  const observed = observe(t, { url, token: 'the.token', applicationId: 'app' });
  const [socket] = await connected;
  await observed.reached('connected');
  return { io, socket, ...observed };
}

test('the handshake and the requests are as documented', async (t) => {
  const requests = [];
  const { socket, client } = await connect(t, (each) => each.onAny((...request) => requests.push(request)));
  assert.deepEqual(socket.handshake.auth, { token: 'the.token', applicationId: 'app' });
  assert.equal(socket.handshake.headers.authorization, 'Bearer the.token');
  assert.equal(socket.handshake.url.includes('the.token'), false);
  client.subscribe({ topic: 'a', filter: { n: { in: [1] } }, returnMode: 'both' });
  client.unsubscribe('sub_1');
  await new Promise((resolve) => socket.once('unsubscribe', resolve));
  const [[verb, body, ack], ...rest] = requests;
  assert.deepEqual(
    [verb, body],
    ['subscribe', { topic: 'a', filter: { n: { in: [1] } }, returnMode: 'both', subscriptionId: 'sub_1' }],
  );
  assert.equal(typeof ack, 'function');
  assert.deepEqual(rest, [['unsubscribe', { subscriptionId: 'sub_1' }]]);
});

const answers = {
  'an ack': (socket) => socket.on('subscribe', ({ topic }, ack) => ack({ subscriptionId: 'server_7', topic })),
  "'subscribed'": (socket) =>
    socket.on('subscribe', ({ topic, subscriptionId }) => socket.emit('subscribed', { subscriptionId, topic })),
  nothing: () => {},
};
for (const [name, answer] of Object.entries(answers)) {
  test(`a subscription is live when the server answers with ${name}`, async (t) => {
    const { socket, client, seen, errors } = await connect(t, (socket) => {
      answer(socket);
      socket.on('subscribe', () => socket.emit('event', event('1')));
    });
    client.subscribe({ topic: 'a' });
    assert.deepEqual(await seen('event'), event('1'));
    const ended = new Promise((resolve) => socket.once('unsubscribe', resolve));
    client.unsubscribe('sub_1');
    assert.deepEqual(await ended, { subscriptionId: name === 'an ack' ? 'server_7' : 'sub_1' });
    assert.deepEqual(errors(), []);
  });
}

test('a subscription that ends before the server named it is ended by both names', async (t) => {
  const ended = [];
  const { client, socket } = await connect(t, (socket) => {
    socket.on('subscribe', ({ topic }, ack) => ack({ subscriptionId: 'server_7', topic }));
  });
  client.unsubscribe(client.subscribe({ topic: 'a' }));
  await new Promise((resolve) => {
    socket.on('unsubscribe', ({ subscriptionId }) => ended.push(subscriptionId) === 2 && resolve());
  });
  assert.deepEqual(ended, ['sub_1', 'server_7']);
});

test('a refusal by ack, and one by event, name the subscription', async (t) => {
  const { client, seen } = await connect(t, (socket) => {
    socket.on('subscribe', ({ topic, subscriptionId }, ack) => {
      if (topic === 'a') ack({ error: 'ForbiddenError', message: 'not this one' });
      else socket.emit('error', { error: 'ForbiddenError', message: 'nor that one', subscriptionId });
    });
  });
  client.subscribe({ topic: 'a' });
  client.subscribe({ topic: 'b' });
  for (const [id, reason] of [
    ['sub_1', /not this one/],
    ['sub_2', /nor that one/],
  ]) {
    const error = await seen('error', ({ subscriptionId }) => subscriptionId === id);
    assert.equal(error.code, 'SUBSCRIBE_DENIED');
    assert.match(error.message, reason);
  }
});

test("the server's error is an error", async (t) => {
  const { socket, seen, client } = await connect(t);
  socket.emit('error', { error: 'InternalError', message: 'database is away' });
  const error = await seen('error');
  assert.ok(error instanceof RealtimeError);
  assert.equal(error.code, 'SERVER_ERROR');
  assert.match(error.message, /database is away/);
  assert.equal(client.connected, true);
});

test('binary members arrive as Buffers', async (t) => {
  const { socket, client, seen } = await connect(t);
  client.subscribe({ topic: 'a' });
  const payload = { small: Buffer.from([0, 255]), list: [Buffer.from('ü'), { none: Buffer.alloc(0) }], n: 1 };
  socket.emit('event', event('1', { payload }));
  assert.deepEqual((await seen('event')).payload, payload);
});

test('binary events are as bound to their subscription as others', async (t) => {
  const { socket, client, seen, events } = await connect(t);
  client.subscribe({ topic: 'a', filter: { keep: true } });
  const all = client.subscribe({ topic: 'a' });
  client.once('event', () => client.unsubscribe(all));
  // Together they fill many batches, so that some of them still wait in the engine.
  for (let n = 1; n <= 20; n++) {
    socket.emit('event', event(`${n}`, { payload: { keep: n % 10 === 0, data: Buffer.alloc(40_000, n) } }));
  }
  await seen('event', ({ id }) => id === '20');
  assert.deepEqual(
    events().map(({ id, payload }) => [id, payload.data[0]]),
    [
      ['1', 1],
      ['10', 10],
      ['20', 20],
    ],
  );
});

test('what is not a RealtimeEvent is an error, and the next event arrives', async (t) => {
  const { socket, client, seen, errors } = await connect(t);
  client.subscribe({ topic: 'a' });
  socket.emit('event', 'text');
  socket.emit('event', null);
  socket.emit('event');
  socket.emit('event', event(undefined));
  socket.emit('event', event(''));
  socket.emit('event', event('1', { topic: 7 }));
  socket.emit('event', event('2'));
  assert.equal((await seen('event')).id, '2');
  assert.deepEqual(
    errors().map(({ code }) => code),
    Array(6).fill('INVALID_EVENT'),
  );
  assert.equal(client.connected, true);
});

test('events nobody knows are ignored', async (t) => {
  const { socket, client, seen, errors } = await connect(t);
  client.subscribe({ topic: 'a' });
  socket.emit('news', 1, { a: Buffer.from('b') });
  socket.emit('event', event('1'));
  await seen('event');
  assert.deepEqual(errors(), []);
});

test('a server that ends the session is not called again', async (t) => {
  const { socket, client, reached, states } = await connect(t);
  socket.disconnect();
  assert.equal((await reached('disconnected')).reason, 'server disconnect');
  assert.equal(client.state, 'disconnected');
  assert.deepEqual(states(), ['connecting', 'connected', 'disconnected']);
});

test('a transport the server closes is opened again', async (t) => {
  const { socket, reached, states } = await connect(t);
  socket.conn.close();
  assert.match((await reached('reconnecting')).reason, /^closed by the server/);
  await reached('connected', 2);
  assert.deepEqual(states(), ['connecting', 'connected', 'reconnecting', 'connected']);
});

const refusals = [
  ['a refused token', { message: 'no', data: { code: 'AUTH_FAILED' } }, 'AUTH_FAILED', 'disconnected'],
  ['a refusal of the token in words', { message: 'no such token' }, 'AUTH_FAILED', 'disconnected'],
  ['a refusal without evidence', { message: 'no' }, 'CONNECT_REFUSED', 'reconnecting'],
  ['a refusal for another reason', { message: 'busy', data: { code: 'TOO_MANY' } }, 'CONNECT_REFUSED', 'reconnecting'],
];
for (const [name, { message, data }, code, state] of refusals) {
  test(`${name}: ${code}`, async (t) => {
    const { io, url } = await serve(t);
    io.use((_, next) => next(Object.assign(new Error(message), { data })));
    const { seen, reached } = observe(t, { url, token: 'the.token' });
    const error = await seen('error');
    assert.equal(error.code, code);
    assert.match(error.message, new RegExp(message));
    assert.equal(error.message.includes('the.token'), false);
    assert.match((await reached(state)).reason, new RegExp(message));
  });
}

test('a message over the limit of the connection ends it with an error, and it comes back', async (t) => {
  const { socket, client, seen, reached } = await connect(t);
  client.subscribe({ topic: 'a' });
  socket.emit('event', event('1', { payload: { text: 'x'.repeat(17 * 1024 * 1024) } }));
  assert.equal((await seen('error')).code, 'MESSAGE_TOO_LARGE');
  await reached('connected', 2);
});
