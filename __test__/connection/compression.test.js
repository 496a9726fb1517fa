/**
 * `compression: true`: permessage-deflate with the official `socket.io` server and with `ws`, in both
 * directions, on all ways to a WebSocket.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { test } from 'node:test';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

import { cert, key } from '../support/certificate.js';
import { engine, nativeTest } from '../support/engine.js';
import { observe } from '../support/observed-client.js';

const EVENTS = 60;
const SMALL = { threshold: 0 };
/** Around 300 bytes, with values that are new each time. */
const eventOf = (n) => ({
  id: `evt_${String(n * 7919).padStart(12, '0')}`,
  topic: 'session.status',
  source: 'database',
  type: 'database.update',
  payload: {
    sessionId: `ses_${n * 104_729}`,
    campusId: n,
    status: n % 2 ? 'active' : 'scheduled',
    note: 'é'.repeat(9),
  },
  metadata: { timestamp: 1_767_225_600_000 + n * 977, table: 'sessions', operation: 'update' },
});
/** A filter that makes the request to subscribe larger than the threshold. */
const FILTER = { campusId: { in: Array.from({ length: 800 }, (_, n) => n) } };
const FILTER_BYTES = JSON.stringify(FILTER).length;
const REQUEST = { topic: 'session.status', filter: FILTER };

/** The sockets of a server, and how many bytes have passed them. */
async function listen(t, server, scheme = 'http') {
  const sockets = new Set();
  server.on(scheme === 'https' ? 'secureConnection' : 'connection', (socket) =>
    sockets.add(socket.on('error', () => {})),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const sum = (name) => [...sockets].reduce((total, socket) => total + socket[name], 0);
  return {
    url: `${scheme}://127.0.0.1:${server.address().port}`,
    written: () => sum('bytesWritten'),
    read: () => sum('bytesRead'),
  };
}

/** The official server, and a client that has subscribed: `emit` sends an event to it. */
async function startSocketIo(t, deflate, options, server = http.createServer(), scheme = 'http') {
  const io = new Server({ perMessageDeflate: deflate });
  const wire = await listen(t, server, scheme);
  io.attach(server);
  t.after(() => io.close());
  const requested = new Promise((resolve) => {
    io.on('connection', (socket) => socket.on('subscribe', (request) => resolve({ socket, request })));
  });
  const observed = observe(t, { url: wire.url, token: 'the.token', ...options });
  observed.client.subscribe(REQUEST);
  const { socket, request } = await requested;
  return { ...observed, ...wire, socket, request, emit: (event) => socket.emit('event', event) };
}

/** The same over `/ws`. */
async function startPlain(t, deflate, options) {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server, path: '/ws', perMessageDeflate: deflate });
  const wire = await listen(t, server);
  const requested = new Promise((resolve) => {
    sockets.on('connection', (socket, { headers }) => {
      socket.on('message', (data) => {
        const request = JSON.parse(data);
        if (request.type === 'subscribe') resolve({ socket, request, headers });
      });
    });
  });
  const observed = observe(t, { url: wire.url, token: 'the.token', protocol: 'ws', ...options });
  observed.client.subscribe(REQUEST);
  const { socket, request, headers } = await requested;
  const emit = (event) => socket.send(JSON.stringify({ type: 'event', topic: event.topic, data: event }));
  return { ...observed, ...wire, socket, request, headers, emit };
}

/**
 * Sends the events; all arrive as they were sent. Returns the bytes on the wire for each of theirs.
 */
async function receiveAll({ emit, written, events, errors, seen }) {
  const before = written();
  const sent = Array.from({ length: EVENTS }, (_, n) => eventOf(n + 1));
  for (const event of sent) emit(event);
  await seen('event', ({ id }) => id === sent.at(-1).id);
  assert.deepEqual(events(), sent);
  assert.deepEqual(errors(), []);
  return (written() - before) / sent.reduce((total, event) => total + JSON.stringify(event).length, 0);
}

/** Lets the first WebSockets fail, so that the client begins with long-polling. */
function withoutFirstUpgrades() {
  const server = http.createServer();
  const { emit } = server;
  let refused = 0;
  server.emit = (name, ...given) => {
    if (name === 'upgrade' && given[0].url.includes('sid=') === false && refused++ < 9) {
      given[1].end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return true;
    }
    return emit.call(server, name, ...given);
  };
  return server;
}

const WAYS = {
  'Socket.IO': (t, deflate, options) => startSocketIo(t, deflate, { transports: ['websocket'], ...options }),
  'Socket.IO, after long-polling': async (t, deflate, options) => {
    const started = await startSocketIo(t, deflate, options, withoutFirstUpgrades());
    if (started.socket.conn.transport.name !== 'websocket') await once(started.socket.conn, 'upgrade');
    return started;
  },
  'the plain WebSocket': startPlain,
};

for (const [name, start] of Object.entries(WAYS)) {
  test(`events and requests are compressed: ${name}`, async (t) => {
    const started = await start(t, SMALL, { compression: true });
    assert.deepEqual(started.request.filter, FILTER);
    if (!name.includes('polling'))
      assert.ok(started.read() < FILTER_BYTES * 0.75, `${started.read()} of ${FILTER_BYTES}`);
    const share = await receiveAll(started);
    assert.ok(share < 0.4, `${share} of the bytes`);
  });

  test(`a server that declines compression gets none, which is no error: ${name}`, async (t) => {
    const started = await start(t, false, { compression: true });
    assert.deepEqual(started.request.filter, FILTER);
    assert.ok((await receiveAll(started)) > 1);
  });
}

nativeTest('tls')('events are compressed within TLS', async (t) => {
  const options = { transports: ['websocket'], tls: { ca: cert }, compression: true };
  const started = await startSocketIo(t, SMALL, options, https.createServer({ cert, key }), 'https');
  assert.deepEqual(started.request.filter, FILTER);
  assert.ok((await receiveAll(started)) < 1);
});

const AGREEMENTS = {
  'resets after each message': [{ serverNoContextTakeover: true, clientNoContextTakeover: true }, 0.9],
  'small windows of the server': [{ serverMaxWindowBits: 9, clientMaxWindowBits: 9 }, 0.8],
  'small windows of the client': [{}, 0.6, { maxWindowBits: 10 }],
  'a window that no compressor has': [{ clientMaxWindowBits: 8 }, 0.4],
};
for (const [name, [deflate, most, compression = true]] of Object.entries(AGREEMENTS)) {
  test(`a connection with ${name}`, async (t) => {
    const started = await startPlain(t, { ...SMALL, ...deflate }, { compression });
    assert.deepEqual(started.request.filter, FILTER);
    const share = await receiveAll(started);
    assert.ok(share < most, `${share} of the bytes`);
  });
}

test('compression is offered only if the option says so', async (t) => {
  const offered = async (compression) =>
    (await startPlain(t, SMALL, { compression })).headers['sec-websocket-extensions']?.split('; ').sort();
  // Node's own WebSocket offers what it wants.
  if (engine === 'native' || globalThis.WebSocket === undefined) {
    assert.equal(await offered(undefined), undefined);
    assert.equal(await offered(false), undefined);
    assert.deepEqual(await offered(true), ['client_max_window_bits', 'permessage-deflate']);
    const windows = ['client_max_window_bits=11', 'permessage-deflate', 'server_max_window_bits=11'];
    assert.deepEqual(await offered({ maxWindowBits: 11 }), windows);
  }
});

test('a message below the threshold is sent as it is', async (t) => {
  const { read, request } = await startPlain(t, SMALL, { compression: { threshold: FILTER_BYTES * 2 } });
  assert.deepEqual(request.filter, FILTER);
  assert.ok(read() > FILTER_BYTES, `${read()}`);
});

test('a message that inflates beyond maxMessageBytes ends the connection like any other large one', async (t) => {
  const { emit, written, seen, reached } = await startPlain(t, SMALL, { compression: true, maxMessageBytes: 100_000 });
  const before = written();
  emit({ ...eventOf(1), payload: { text: 'x'.repeat(90_000) } });
  await seen('event');
  emit({ ...eventOf(2), payload: { text: 'x'.repeat(20_000_000) } });
  const error = await seen('error');
  assert.equal(error.code, 'MESSAGE_TOO_LARGE');
  assert.match(error.message, /a message above the limit of 100000 bytes \(maxMessageBytes\)/);
  assert.ok(written() - before < 100_000, `${written() - before} bytes`);
  await reached('connected', 2);
});

test('compressed data that cannot be inflated ends the connection, and the client reconnects', async (t) => {
  const { socket, seen, reached } = await startPlain(t, SMALL, { compression: true });
  // A text frame with the bit of compression, and a block of the reserved type.
  socket._socket.write(Buffer.from([0xc1, 2, 0x06, 0x00]));
  const error = await seen('error');
  assert.equal(error.code, 'PROTOCOL_ERROR');
  if (engine === 'native') assert.match(error.message, /a compressed message that cannot be inflated/);
  await reached('connected', 2);
});

const WRONG = {
  'an unknown parameter': 'permessage-deflate; x=1',
  'a window out of range': 'permessage-deflate; server_max_window_bits=16',
  'a parameter twice': 'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
  'another extension': 'x-webkit-deflate-frame',
};
for (const [name, extensions] of Object.entries(WRONG)) {
  test(`an answer with ${name} is refused`, async (t) => {
    const server = net.createServer((socket) => {
      socket.once('data', (request) => {
        const [, key] = /sec-websocket-key: (.*)\r/i.exec(request);
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
        const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
        socket.write(`${head}Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Extensions: ${extensions}\r\n\r\n`);
      });
    });
    const { url } = await listen(t, server);
    const { seen } = observe(t, { url, token: 'the.token', protocol: 'ws', compression: true });
    const error = await seen('error');
    assert.equal(error.code, 'PROTOCOL_ERROR');
    if (engine === 'native') assert.match(error.message, /extension|permessage-deflate/);
  });
}
