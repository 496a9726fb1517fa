/**
 * HTTP long-polling against the official `socket.io` server, directly and behind proxies that know
 * no WebSockets.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';
import { parseOptions } from '../../lib/options/client.js';

import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startReverseProxy, upgrades } from '../support/reverse-proxy.js';

const event = (id, payload = {}) => ({
  id: `${id}`,
  topic: 'a',
  source: 'database',
  type: 'x',
  payload,
  metadata: { timestamp: 1 },
});
const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

async function serve(t, options) {
  const server = http.createServer();
  const io = new Server(server, options);
  // At the end, sessions of clients that are gone are not waited for.
  io.engine?.on('connection', ({ transport }) => Object.assign(transport, { closeTimeout: 50 }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  return { io, server, url: `http://127.0.0.1:${server.address().port}` };
}

/** A client that is connected by way of `url`, subscribed to topic `a`, and the server's socket. */
async function connect(t, io, url, options) {
  const connected = once(io, 'connection');
  const observed = observe(t, { url, token: 'the.token', ...options });
  observed.client.subscribe({ topic: 'a' });
  const [socket] = await connected;
  await observed.reached('connected');
  return { socket, ...observed };
}

/** The event after which the connection is on a WebSocket. */
const upgraded = (socket) => (socket.conn.transport.name === 'websocket' ? undefined : once(socket.conn, 'upgrade'));

test('polling alone: events, acks and binary both ways, no WebSocket', async (t) => {
  const { io, url } = await serve(t);
  const { socket, client, seen, events, errors } = await connect(t, io, url, { transports: ['polling'] });
  assert.equal(socket.conn.transport.name, 'polling');
  assert.equal(socket.handshake.headers.authorization, 'Bearer the.token');
  assert.equal(socket.handshake.url.includes('the.token'), false);
  for (let n = 1; n <= 500; n++) socket.emit('event', event(n, { n, data: Buffer.from([0, n % 256]) }));
  await seen('event', ({ id }) => id === '500');
  assert.deepEqual(
    events().map(({ id, payload }) => [id, payload.data[1]]),
    numbers(1, 500).map((id) => [id, id % 256]),
  );

  socket.on('channel:publish', ({ data }, ack) => ack({ id: `got ${data.bytes?.toString() ?? data.n}` }));
  socket.on('channel:join', ({ channel }, ack) => ack({ channel, memberCount: 1 }));
  await client.socketClient.joinChannel('c');
  const receipts = await Promise.all([
    client.socketClient.publish('c', 'e', { bytes: Buffer.from('binary') }),
    ...numbers(1, 100).map((n) => client.socketClient.publish('c', 'e', { n })),
  ]);
  assert.deepEqual(
    receipts.map(({ id }) => id),
    ['got binary', ...numbers(1, 100).map((n) => `got ${n}`)],
  );
  assert.equal(client.stats().transport, 'polling');
  assert.equal(socket.conn.transport.name, 'polling');
  assert.deepEqual(errors(), []);
});

test('large payloads go through, in requests the server accepts', async (t) => {
  const { io, url } = await serve(t, { maxHttpBufferSize: 100_000 });
  const { socket, client, seen } = await connect(t, io, url, { transports: ['polling'] });
  const large = 'ü'.repeat(4_000_000);
  socket.emit('event', event(1, { large }));
  assert.equal((await seen('event')).payload.large, large);

  socket.on('channel:join', ({ channel }, ack) => ack({ channel, memberCount: 1 }));
  socket.on('channel:publish', ({ data }, ack) => ack({ id: `${data.text.length}` }));
  await client.socketClient.joinChannel('c');
  const text = 'x'.repeat(60_000);
  const receipts = await Promise.all(numbers(1, 10).map(() => client.socketClient.publish('c', 'e', { text })));
  assert.deepEqual(
    receipts.map(({ id }) => id),
    Array(10).fill('60000'),
  );
});

test('a payload above the limit ends the connection with an error, and it comes back', async (t) => {
  const { io, url } = await serve(t);
  const { socket, seen, reached } = await connect(t, io, url, { transports: ['polling'] });
  socket.emit('event', event(1, { text: 'x'.repeat(17 * 1024 * 1024) }));
  assert.equal((await seen('error')).code, 'MESSAGE_TOO_LARGE');
  await reached('connected', 2);
});

const refusals = {
  'answers 400': upgrades.refuse(400),
  'answers 403 with a page of its own': upgrades.refuse(403, '<html>Forbidden</html>'),
  'answers 404': upgrades.refuse(404),
  'answers 426': upgrades.refuse(426),
  'answers 502': upgrades.refuse(502),
  'answers 200 without an upgrade': upgrades.refuse(200, 'welcome'),
  'cuts the connection': upgrades.cut,
};
for (const [name, upgrade] of Object.entries(refusals)) {
  test(`a proxy that ${name} to the upgrade: long-polling takes over within the attempt`, async (t) => {
    const { io, url } = await serve(t);
    const proxy = await startReverseProxy(t, url, upgrade);
    const { socket, client, seen, errors, states } = await connect(t, io, proxy.url);
    socket.emit('event', event(1));
    await seen('event');
    assert.equal(client.stats().transport, 'polling');
    assert.deepEqual(states(), ['connecting', 'connected']);
    assert.deepEqual(errors(), []);
    assert.deepEqual(
      proxy.requests.slice(0, 2).map(({ kind }) => kind),
      ['GET upgrade', 'GET polling'],
    );
  });
}

for (const name of ['swallow', 'mute']) {
  test(`a proxy that gives no answer over a WebSocket (${name}): long-polling takes over within the attempt`, async (t) => {
    const { io, url } = await serve(t);
    const proxy = await startReverseProxy(t, url, upgrades[name]);
    const { reached, states, client } = observe(t, { url: proxy.url, token: 'the.token' });
    await reached('connected');
    assert.equal(client.stats().transport, 'polling');
    assert.deepEqual(states(), ['connecting', 'connected']);
    assert.ok(io);
  });
}

test('an attempt that timed out on a WebSocket is followed by one with long-polling', async (t) => {
  const { url } = await serve(t);
  const proxy = await startReverseProxy(t, url, upgrades.swallow);
  const { reached, seen } = observe(t, { url: proxy.url, token: 'the.token', connectTimeout: 500 });
  assert.equal((await seen('error')).code, 'TIMEOUT');
  await reached('connected');
});

test('what the server has to say about the upgrade is its answer: no polling', async (t) => {
  const { url } = await serve(t);
  const platformError = JSON.stringify({ error: 'ForbiddenError', message: 'not you' });
  for (const [upgrade, code, status] of [
    [upgrades.refuse(401), 'AUTH_FAILED', 401],
    [upgrades.refuse(403, platformError), 'AUTH_FAILED', 403],
    [upgrades.refuse(429), 'UPGRADE_REFUSED', 429],
    [upgrades.refuse(503), 'UPGRADE_REFUSED', 503],
  ]) {
    const proxy = await startReverseProxy(t, url, upgrade);
    const { seen } = observe(t, { url: proxy.url, token: 'the.token', reconnection: false });
    const error = await seen('error');
    assert.deepEqual([error.code, error.status], [code, status]);
    assert.deepEqual(
      proxy.requests.map(({ kind }) => kind),
      ['GET upgrade'],
    );
  }
});

test('where both transports are refused, the refusal that may pass counts', async (t) => {
  const { io, url } = await serve(t, { transports: ['websocket'] });
  const proxy = await startReverseProxy(t, url, upgrades.refuse(502));
  const { seen, reached } = observe(t, { url: proxy.url, token: 'the.token' });
  assert.equal((await seen('error')).status, 502);
  proxy.upgrade = upgrades.pass;
  const [socket] = await once(io, 'connection');
  await reached('connected');
  assert.equal(socket.conn.transport.name, 'websocket');
});

test('a session moves to a WebSocket: nothing is lost, doubled or overtaken', async (t) => {
  const { io, url } = await serve(t);
  let upgradesSeen = 0;
  const proxy = await startReverseProxy(t, url, (...call) => {
    upgradesSeen += 1;
    (upgradesSeen === 1 ? upgrades.refuse(400) : upgrades.pass)(...call);
  });
  const published = [];
  io.on('connection', (socket) => {
    socket.on('channel:join', ({ channel }, ack) => ack({ channel, memberCount: 1 }));
    socket.on('channel:publish', ({ data }, ack) => {
      published.push(data.n);
      ack({ id: `${data.n}` });
    });
    let n = 0;
    let after = 0;
    // A stream all through the upgrade, and for a while after it.
    const flow = () => {
      for (let burst = 0; burst < 20; burst++) socket.emit('event', event(++n));
      if (socket.conn.transport.name === 'websocket') after += 1;
      if (after < 20) setTimeout(flow, 2);
      else socket.emit('event', event('last', { n }));
    };
    flow();
  });
  const { socket, client, seen, events, errors } = await connect(t, io, proxy.url);
  await client.socketClient.joinChannel('c');
  const receipts = [];
  for (let after = 0; after < 50; after += socket.conn.transport.name === 'websocket') {
    receipts.push(client.socketClient.publish('c', 'e', { n: receipts.length + 1 }));
    await new Promise(setImmediate);
  }
  await Promise.all(receipts);
  const last = await seen('event', ({ id }) => id === 'last');
  assert.deepEqual(published, numbers(1, receipts.length).map(Number));
  assert.ok(last.payload.n > 400);
  assert.deepEqual(
    events().map(({ id }) => id),
    [...numbers(1, last.payload.n), 'last'],
  );
  assert.equal(client.stats().droppedRepeats, 0);
  assert.equal(client.stats().transport, 'websocket');
  assert.deepEqual(errors(), []);
});

test('a reconnect begins with what worked: long-polling, and after an upgrade a WebSocket', async (t) => {
  const { io, url } = await serve(t);
  const proxy = await startReverseProxy(t, url, upgrades.refuse(502));
  const { socket, reached } = await connect(t, io, proxy.url);
  const seenSoFar = proxy.requests.length;
  const again = once(io, 'connection');
  socket.conn.close();
  await reached('connected', 2);
  // Probes of the first session may still come in; the handshakes tell how a session was opened.
  const handshakes = () => proxy.requests.slice(seenSoFar).filter((request) => !request.url.includes('sid='));
  assert.deepEqual(
    handshakes().map(({ kind }) => kind),
    ['GET polling'],
  );
  assert.equal((await again)[0].conn.transport.name, 'polling');
});

test('a long-polling session that the server forgot is opened again', async (t) => {
  const { io, url } = await serve(t);
  const { socket, client, reached, seen } = await connect(t, io, url, { transports: ['polling'] });
  const again = once(io, 'connection');
  // Without a word to the client, as after a restart.
  delete io.engine.clients[socket.conn.id];
  t.after(() => socket.conn.close(true)); // The server no longer knows that it has to.
  socket.emit('event', event(1)); // Ends the poll, if one is open.
  assert.equal((await reached('reconnecting')).reason, 'long-polling was answered with HTTP 400: Session ID unknown');
  const [next] = await again;
  await reached('connected', 2);
  next.emit('event', event(2));
  await seen('event', ({ id }) => id === '2');
  assert.equal(client.stats().reconnects, 1);
});

test('a server that goes away during a poll is noticed at once', async (t) => {
  const { io, url } = await serve(t);
  const proxy = await startReverseProxy(t, url, upgrades.refuse(400));
  const { reached } = await connect(t, io, proxy.url, { transports: ['polling'] });
  proxy.dropAll();
  assert.match((await reached('reconnecting')).reason, /closed the connection|ECONNRESET/);
  await reached('connected', 2);
});

test('disconnect() ends the session at the server; a server that ends it is not called again', async (t) => {
  const { io, url } = await serve(t);
  const { socket, client } = await connect(t, io, url, { transports: ['polling'] });
  const gone = once(socket, 'disconnect');
  client.disconnect();
  assert.equal((await gone)[0], 'client namespace disconnect');

  const other = await connect(t, io, url, { transports: ['polling'] });
  other.socket.disconnect(true);
  assert.equal((await other.reached('disconnected')).reason, 'server disconnect');
});

test('pings are answered over long-polling', async (t) => {
  const { io, url } = await serve(t, { pingInterval: 50, pingTimeout: 2000 });
  const { socket, states } = await connect(t, io, url, { transports: ['polling'] });
  for (let n = 0; n < 3; n++) await once(socket.conn, 'heartbeat');
  assert.deepEqual(states(), ['connecting', 'connected']);
});

test('our own heartbeat waits for a WebSocket', async (t) => {
  const { io, url } = await serve(t, { pingInterval: 200, pingTimeout: 2000 });
  const polling = await connect(t, io, url, { transports: ['polling'], heartbeat: { interval: 100, timeout: 10 } });
  for (let n = 0; n < 3; n++) await once(polling.socket.conn, 'heartbeat');
  assert.deepEqual(polling.states(), ['connecting', 'connected']);

  let upgradesSeen = 0;
  const proxy = await startReverseProxy(t, url, (...call) => {
    upgradesSeen += 1;
    (upgradesSeen === 1 ? upgrades.refuse(404) : upgrades.pass)(...call);
  });
  const { socket, states } = await connect(t, io, proxy.url, { heartbeat: { interval: 100, timeout: 5000 } });
  await upgraded(socket);
  for (let n = 0; n < 3; n++) await once(socket.conn.transport.socket, 'ping');
  assert.deepEqual(states(), ['connecting', 'connected']);
});

test('requests are made with the newest token', async (t) => {
  const { io, server, url } = await serve(t, { pingInterval: 50, pingTimeout: 2000 });
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const tokens = [];
  const token = () => {
    const exp = Date.now() / 1000 + (tokens.length === 0 ? 2 : 3600);
    tokens.push(`${encode({ alg: 'none' })}.${encode({ n: tokens.length, exp })}.`);
    return tokens.at(-1);
  };
  io.on('connection', (socket) => socket.on('token', (_, ack) => ack({})));
  const { states } = await connect(t, io, url, { token, transports: ['polling'] });
  let request;
  do [request] = await once(server, 'request');
  while (request.headers.authorization === `Bearer ${tokens[0]}`);
  assert.equal(request.headers.authorization, `Bearer ${tokens[1]}`);
  assert.deepEqual(states(), ['connecting', 'connected']);
});

test("a load balancer's cookie comes back with every request, and with the upgrade", async (t) => {
  const { io, url } = await serve(t);
  let upgradesSeen = 0;
  const proxy = await startReverseProxy(t, url, (...call) => {
    upgradesSeen += 1;
    (upgradesSeen === 1 ? upgrades.refuse(404) : upgrades.pass)(...call);
  });
  proxy.headers = ({ headers }) =>
    headers.cookie?.includes('node=') ? {} : { 'set-cookie': 'node=a; Path=/; HttpOnly' };
  const { socket, client, seen } = await connect(t, io, proxy.url, { headers: { Cookie: 'own=1' } });
  await upgraded(socket);
  socket.emit('event', event(1));
  await seen('event');
  assert.equal(client.stats().transport, 'websocket');
  const [first, handshake, ...rest] = proxy.requests;
  assert.deepEqual([first.cookie, handshake.cookie], ['own=1', 'own=1']);
  assert.ok(rest.length >= 2);
  for (const { cookie } of rest) assert.equal(cookie, 'own=1; node=a');
});

test('refuseUpgrades of the local platform: long-polling still works, and moves on when upgrades pass', async (t) => {
  const platform = await startPlatform(t);
  platform.faults.refuseUpgrades({ status: 400, times: 1 });
  const { client, seen, errors } = observe(t, { url: platform.url, token: platform.token() });
  client.subscribe({ topic: 'session.status' });
  await platform.subscribed('session.status');
  platform.publish({ topic: 'session.status', payload: { n: 1 } });
  assert.equal((await seen('event')).payload.n, 1);
  for (let n = 2; client.stats().transport !== 'websocket'; n++) {
    platform.publish({ topic: 'session.status', payload: { n } });
    await seen('event', ({ payload }) => payload.n === n);
  }
  assert.deepEqual(errors(), []);
});

test('transports and protocol must fit', () => {
  const parse = (options) => parseOptions({ url: 'http://localhost', token: 't', ...options }).config.transports;
  assert.deepEqual(parse({}), ['websocket', 'polling']);
  assert.deepEqual(parse({ protocol: 'ws' }), ['websocket']);
  for (const transports of [['websocket', 'polling'], ['polling'], ['websocket']])
    assert.deepEqual(parse({ transports }), transports);
  for (const [options, words] of [
    [{ transports: [] }, /options\.transports: expected \['websocket', 'polling'\]/],
    [{ transports: 'polling' }, /got 'polling'/],
    [{ transports: ['polling', 'websocket'] }, /options\.transports/],
    [{ transports: ['webtransport'] }, /options\.transports/],
    [{ transports: ['polling'], protocol: 'ws' }, /\['websocket'\] with protocol 'ws'/],
  ])
    assert.throws(() => parse(options), words);
});
