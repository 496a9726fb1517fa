/**
 * The handshake with servers and proxies that word it in their own way: numbers, header lines,
 * interim answers, redirects.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { Server } from 'socket.io';
import { nativeTest } from '../support/engine.js';
import { observe } from '../support/observed-client.js';

const TOKEN = 'the.secret.token';

async function listen(t, server) {
  const sockets = new Set();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** A server of plain WebSockets that sends this head, in which ACCEPT stands for the right key. */
function startRaw(t, head) {
  const server = net.createServer((socket) => {
    socket.once('data', (request) => {
      const [, key] = /sec-websocket-key: (.*)\r/i.exec(request);
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      socket.write(head.replace('ACCEPT', accept));
    });
  });
  return listen(t, server);
}

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n';
const ACCEPT = 'Sec-WebSocket-Accept: ACCEPT\r\n\r\n';
const HINT = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n';

const understood = {
  'Connection in two lines': `${SWITCHING}Connection: keep-alive\r\nCONNECTION: upgrade\r\n${ACCEPT}`,
  'interim answers first': `HTTP/1.1 100 Continue\r\n\r\n${HINT}${HINT}${SWITCHING}Connection: Upgrade\r\n${ACCEPT}`,
  'lines that end in LF': `${SWITCHING}Connection: Upgrade\r\n${ACCEPT}`.replaceAll('\r', ''),
};
for (const [name, head] of Object.entries(understood)) {
  (name === 'lines that end in LF' ? nativeTest('http') : test)(`a 101 with ${name} is understood`, async (t) => {
    const { reached, errors } = observe(t, { url: await startRaw(t, head), token: TOKEN, protocol: 'ws' });
    await reached('connected');
    assert.deepEqual(errors(), []);
  });
}

const refused = {
  'in HTTP/1.0': [`${SWITCHING}Connection: Upgrade\r\n${ACCEPT}`.replace('1.1', '1.0'), /HTTP\/1\.0/],
  'with a subprotocol nobody offered': [
    `${SWITCHING}Connection: Upgrade\r\nSec-WebSocket-Protocol: chat\r\n${ACCEPT}`,
    /subprotocol/,
  ],
  'that never comes, behind endless interim answers': [HINT.repeat(1000), /interim answers/],
};
for (const [name, [head, words]] of Object.entries(refused)) {
  (name.includes('subprotocol') ? test : nativeTest('http'))(`a 101 ${name} is refused`, async (t) => {
    const { seen } = observe(t, { url: await startRaw(t, head), token: TOKEN, protocol: 'ws' });
    const error = await seen('error');
    assert.equal(error.code, 'PROTOCOL_ERROR');
    assert.match(error.message, words);
  });
}

const numbers = [
  { maxHttpBufferSize: Infinity },
  { maxHttpBufferSize: 100_000.5 },
  { maxHttpBufferSize: 1e300, pingInterval: 100_000 / 3, pingTimeout: 2e9 },
  { pingInterval: 2e9, pingTimeout: 20_000.5 },
];
for (const options of numbers) {
  test(`a server with ${Object.entries(options).join(' ')} is connected to, by either transport`, async (t) => {
    const server = http.createServer();
    const io = new Server(server, options);
    t.after(() => io.close());
    const url = await listen(t, server);
    for (const transport of ['websocket', 'polling']) {
      const { reached, errors } = observe(t, { url, token: TOKEN, transports: [transport] });
      await reached('connected');
      assert.deepEqual(errors(), []);
    }
  });
}

test('a handshake of long-polling that cannot be read ends the attempt at once', async (t) => {
  const server = http.createServer((_, response) => response.end('0{"sid":7}'));
  const url = await listen(t, server);
  const { seen, reached } = observe(t, { url, token: TOKEN, transports: ['polling'] });
  const error = await seen('error');
  assert.equal(error.code, 'PROTOCOL_ERROR');
  assert.match(error.message, /not a handshake: .*`sid` must be a string/);
  assert.equal((await reached('reconnecting')).attempt, 1);
});

/**
 * A Socket.IO server whose path has no slash at its end, and that answers other targets by
 * `redirect`.
 */
async function startMoved(t, redirect) {
  const server = http.createServer();
  const io = new Server({ addTrailingSlash: false }).attach(server);
  t.after(() => io.close());
  const asked = [];
  for (const name of ['request', 'upgrade']) {
    const [listener] = server.listeners(name);
    server.removeAllListeners(name).on(name, (request, answer, head) => {
      const url = new URL(request.url, 'http://x');
      if (!request.url.includes('sid=')) asked.push(`${name} ${url.pathname}`);
      if (url.pathname === '/socket.io') return listener.call(server, request, answer, head);
      const { status, location } = redirect(url);
      if (name === 'request') answer.writeHead(status, { location }).end();
      else answer.end(`HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    });
  }
  return { io, server, asked, url: await listen(t, server) };
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`a ${status} within the server is followed, by either transport, and once for a session`, async (t) => {
    const { io, asked, url } = await startMoved(t, ({ pathname, search }) => ({
      status,
      location: pathname === '/old/' ? '/socket.io/' : `/socket.io${search}`,
    }));
    io.on('connection', (socket) => socket.on('channel:join', ({ channel }, ack) => ack({ channel, memberCount: 1 })));
    for (const [transport, kind] of [
      ['websocket', 'upgrade'],
      ['polling', 'request'],
    ]) {
      asked.length = 0;
      const { client, errors } = observe(t, { url, token: TOKEN, path: '/old/', transports: [transport] });
      await client.socketClient.joinChannel('c');
      assert.deepEqual(errors(), []);
      assert.deepEqual(asked, [`${kind} /old/`, `${kind} /socket.io/`, `${kind} /socket.io`]);
    }
  });
}

test('a path is used as written', async (t) => {
  const { asked, url } = await startMoved(t, () => ({ status: 404, location: '' }));
  const { reached } = observe(t, { url, token: TOKEN, path: '/socket.io', transports: ['websocket'] });
  await reached('connected');
  assert.deepEqual(asked, ['upgrade /socket.io']);
});

const elsewhere = {
  'to https of the same host says what to write': [
    (url) => `${url.replace('http', 'https')}/socket.io/?token=hunter2`,
    /HTTP 301, a redirect to https:\/\/127\.0\.0\.1:\d+\/socket\.io\/: write https:\/\/ in options\.url/,
  ],
  'to another server names it': [
    () => 'https://user:hunter2@login.example/in?token=hunter2',
    /a redirect to another server, https:\/\/login\.example\/in, which is not followed/,
  ],
  'without end is not followed': [() => '/again', /a redirect to \/again, after 5 others/],
};
for (const [name, [location, words]] of Object.entries(elsewhere)) {
  test(`a redirect ${name}, and reconnecting stops`, async (t) => {
    let url;
    const moved = await startMoved(t, () => ({ status: 301, location: location(url) }));
    url = moved.url;
    for (const transports of [['websocket', 'polling'], ['polling']]) {
      const { seen, reached } = observe(t, { url, token: TOKEN, transports });
      const error = await seen('error');
      assert.deepEqual([error.code, error.status], ['UPGRADE_REFUSED', 301]);
      assert.match(error.message, words);
      assert.equal(error.message.includes('hunter2'), false);
      await reached('disconnected');
    }
  });
}

test('a redirect to another server is one failed attempt for a client that was connected', async (t) => {
  const { io, server, url } = await startMoved(t, () => ({ status: 404, location: '' }));
  const connected = once(io, 'connection');
  const { seen, reached } = observe(t, { url, token: TOKEN, path: '/socket.io', transports: ['websocket'] });
  const [socket] = await connected;
  await reached('connected');
  const [listener] = server.listeners('upgrade');
  let portal = true;
  server.removeAllListeners('upgrade').on('upgrade', (request, answer, head) => {
    if (!portal) return listener.call(server, request, answer, head);
    portal = false;
    answer.end('HTTP/1.1 302 Found\r\nLocation: https://portal.example/\r\nContent-Length: 0\r\n\r\n');
  });
  socket.conn.transport.socket.terminate();
  assert.equal((await seen('error')).status, 302);
  await reached('connected', 2);
});

test('the token goes nowhere but to the server of the url', async (t) => {
  const other = http.createServer();
  const visits = [];
  other.on('upgrade', (request) => visits.push(request)).on('request', (request) => visits.push(request));
  const target = await listen(t, other);
  const { url } = await startMoved(t, () => ({ status: 307, location: `${target}/socket.io/` }));
  for (const transport of ['websocket', 'polling']) {
    const { reached } = observe(t, { url, token: TOKEN, transports: [transport] });
    await reached('disconnected');
  }
  assert.deepEqual(visits, []);
});
