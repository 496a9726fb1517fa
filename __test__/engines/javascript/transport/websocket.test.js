/** WebSockets of the JavaScript engine: `ws` on Node 20, against real and hostile servers. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { dial } from '../../../support/dialled-link.js';
import { startHttpServer, startIoServer } from '../../../support/io-server.js';
import { startRawServer } from '../../../support/raw-server.js';
import { upgrades } from '../../../support/reverse-proxy.js';

const ONLY = { transports: ['websocket'] };

/** A WebSocket server, and its side of the first connection. */
async function startSockets(t, options = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  await once(server, 'listening');
  const connected = once(server, 'connection');
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return { server, connected, url: `http://127.0.0.1:${server.address().port}` };
}

async function connect(t, config = {}) {
  const { url, connected } = await startSockets(t);
  const dialled = dial(t, { url, protocol: 'ws', ...config });
  const [socket, request] = await connected;
  await dialled.until(({ link }) => link);
  return { ...dialled, dialled, socket, request, link: dialled.link };
}

test('a Socket.IO server: the handshake, text and binary both ways, the token in a header alone', async (t) => {
  const { io, url } = await startIoServer(t);
  const connected = once(io, 'connection');
  const dialled = dial(t, { url, applicationId: 'app', environment: 'test', headers: { 'x-own': '1' } });
  const link = await dialled.join();
  const [socket] = await connected;
  const { headers, url: target } = socket.handshake;
  assert.deepEqual(
    [headers.authorization, headers['x-application-id'], headers['x-environment'], headers['x-own']],
    ['Bearer the.token', 'app', 'test', '1'],
  );
  assert.equal(`${target}${socket.request.url}`.includes('the.token'), false);
  assert.equal(link.transport, 'websocket');
  assert.equal(JSON.parse(dialled.frames[0].slice(1)).sid.length > 0, true);

  const came = once(socket, 'up');
  link.send('451-["up",{"_placeholder":true,"num":0}]');
  link.send(new Uint8Array([1, 2, 255]));
  assert.deepEqual((await came)[0], Buffer.from([1, 2, 255]));
  socket.emit('down', 'é', Buffer.from([0, 254]));
  const bytes = await dialled.frame((frame) => typeof frame !== 'string');
  assert.deepEqual([bytes.constructor, [...bytes]], [Uint8Array, [0, 254]]);
  assert.ok(dialled.frames.includes('451-["down","é",{"_placeholder":true,"num":0}]'));
});

test('/ws: the token goes in a header where the runtime sets headers', async (t) => {
  const { request, link } = await connect(t, { path: '/own/ws' });
  assert.deepEqual([request.url, request.headers.authorization], ['/own/ws', 'Bearer the.token']);
  assert.equal(request.headers['sec-websocket-protocol'], undefined);
  assert.equal(link.transport, 'websocket');
});

for (const [code, reason, words, isPlain] of [
  [1000, '', 'closed by the server (1000 normal closure)', true],
  [1000, 'bye', 'closed by the server (1000 bye)', false],
  [1001, '', 'closed by the server (1001 going away)', false],
  [1001, 'deploy', 'closed by the server (1001 deploy)', false],
  [1014, '', 'closed by the server (1014 bad gateway)', false],
  [4000, '', 'closed by the server (4000)', false],
  [undefined, '', 'closed by the server', true],
])
  test(`a close frame with ${code} ${reason}`, async (t) => {
    const { socket, lost } = await connect(t);
    if (code === undefined) socket.close();
    else socket.close(code, reason);
    const loss = await lost();
    assert.deepEqual([loss.reason, loss.isPlainClose, loss.error], [words, isPlain, undefined]);
  });

test('a connection that ends without a close frame', async (t) => {
  const ended = await connect(t);
  ended.socket._socket.end();
  const loss = await ended.lost();
  assert.equal(loss.reason, 'the connection ended without a close frame');
  assert.deepEqual([loss.isCutOff, loss.error], [false, undefined], 'the server has ended it');
  const reset = await connect(t);
  reset.socket._socket.resetAndDestroy();
  const { reason, isCutOff } = await reset.lost();
  assert.deepEqual([reason, isCutOff], ['ECONNRESET: connection reset by peer', false]);
});

test('a message above maxMessageBytes ends the link, one of that size does not', async (t) => {
  for (const message of ['x'.repeat(2000), 'é'.repeat(1000), Buffer.alloc(2000)]) {
    const { socket, frame, lost } = await connect(t, { maxMessageBytes: 2000 });
    socket.send(message);
    await frame((came) => came.length > 0);
    socket.send(typeof message === 'string' ? `${message}x` : Buffer.alloc(2001));
    const { reason, error } = await lost();
    assert.equal(error.code, 'MESSAGE_TOO_LARGE');
    assert.match(reason, /above the limit of 2000 bytes \(maxMessageBytes\)/);
    await once(socket, 'close');
  }
});

test('a peer that violates the protocol', async (t) => {
  for (const [name, bytes] of [
    ['invalid UTF-8', [0x81, 2, 0xc3, 0x28]],
    ['a reserved opcode', [0x83, 0]],
    ['a masked frame', [0x81, 0x80, 1, 2, 3, 4]],
    ['a reserved bit', [0xc1, 0]],
  ]) {
    const { socket, lost } = await connect(t);
    socket._socket.write(Buffer.from(bytes));
    const { reason, error } = await lost();
    assert.equal(error?.code, 'PROTOCOL_ERROR', name);
    assert.match(reason, /^the server broke the WebSocket protocol: /, name);
  }
});

test('pings of the package ws: the pong counts, and acknowledges the bytes ahead of it', async (t) => {
  const { socket, link, until } = await connect(t);
  assert.equal(link.canPing, true);
  link.send('x'.repeat(1000));
  link.ping();
  await until(() => link.pongs === 1);
  assert.deepEqual([link.arrived, link.isWritten, link.written], [1000, true, 1000]);
  // Unasked pongs are ignored.
  socket.pong('9999999');
  socket.pong('what');
  socket.send('last');
  await until(({ frames }) => frames.includes('last'));
  assert.deepEqual([link.arrived, link.pongs], [1000, 1]);
});

test('a slow server: there is no room, then there is, and nothing is lost', async (t) => {
  const { socket, link, until, dialled } = await connect(t);
  socket.pause();
  const frame = 'x'.repeat(100_000);
  let sent = 0;
  // The system's buffers take the first megabytes.
  while (link.isReady && sent < 1000) {
    link.send(frame);
    sent++;
  }
  assert.equal(link.isReady, false);
  assert.ok(link.written < sent * frame.length);
  let came = 0;
  const all = new Promise((resolve) => {
    socket.on('message', (data) => {
      came += data.length;
      if (came === sent * frame.length) resolve(undefined);
    });
  });
  const { progress } = dialled;
  socket.resume();
  await until((now) => now.progress > progress && link.isReady);
  await all;
  await until(() => link.isWritten);
  assert.equal(link.written, sent * frame.length);
});

test('an orderly close sends the farewell, the code and the reason, and waits for the peer', async (t) => {
  const { socket, link, dialled } = await connect(t);
  const closed = once(socket, 'close');
  const messages = [];
  socket.on('message', (data) => messages.push(String(data)));
  socket.send('late');
  await link.close(4001, 'page hidden', 'farewell');
  const [code, reason] = await closed;
  assert.deepEqual([messages, code, String(reason)], [['farewell'], 4001, 'page hidden']);
  assert.equal(dialled.loss, undefined, 'no report');
});

test('an orderly close of a peer that does not answer ends after a while', async (t) => {
  const { socket, link } = await connect(t);
  socket._socket.pause();
  const began = Date.now();
  await link.close(1000, '');
  assert.ok(Date.now() - began >= 900);
});

test('a dropped link is gone at once, and tells nobody', async (t) => {
  const { socket, link, dialled } = await connect(t);
  const closed = once(socket, 'close');
  link.drop();
  assert.equal((await closed)[0], 1006);
  link.send('x');
  link.ping();
  assert.deepEqual([dialled.loss, dialled.frames], [undefined, []]);
});

test('a cancelled dial tells nobody, at whatever moment', async (t) => {
  const { requests, url } = await startHttpServer(
    t,
    () => {},
    (_request, socket) => socket.resume(),
  );
  const early = dial(t, { url, ...ONLY });
  early.cancel();
  const late = dial(t, { url, ...ONLY });
  while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const ended = once(requests[0].socket, 'close');
  late.cancel();
  await ended;
  assert.deepEqual([early.loss, late.loss, early.opened, late.opened], [undefined, undefined, 0, 0]);
});

const platforms = '{"error":"UnauthorizedError","message":"token expired"}';
for (const [status, body, headers, code, outlook, words] of [
  [401, platforms, {}, 'AUTH_FAILED', 'permanent', 'HTTP 401: token expired'],
  [401, '', {}, 'AUTH_FAILED', 'unproven', 'HTTP 401'],
  [403, '{"code":4,"message":"Forbidden"}', {}, 'AUTH_FAILED', 'unproven', 'HTTP 403: Forbidden'],
  [403, '<html><title>No\n entry</title>', {}, 'UPGRADE_REFUSED', 'unproven', 'HTTP 403: an HTML page "No entry"'],
  [404, 'not here\nat all', {}, 'UPGRADE_REFUSED', 'unproven', 'HTTP 404: not here'],
  [429, '', { 'Retry-After': '7' }, 'UPGRADE_REFUSED', undefined, 'HTTP 429'],
  [503, 'busy', { 'Retry-After': 'Fri, 31 Dec 1999 23:59:59 GMT' }, 'UPGRADE_REFUSED', undefined, 'HTTP 503: busy'],
  [500, platforms, {}, 'UPGRADE_REFUSED', undefined, 'HTTP 500: token expired'],
])
  test(`the upgrade is refused: ${words}`, async (t) => {
    const { url } = await startHttpServer(
      t,
      () => {},
      (_request, socket) => upgrades.refuse(status, body, headers)(socket),
    );
    const { error, reason } = await dial(t, { url, ...ONLY }).lost();
    assert.deepEqual(
      [reason, error.code, error.status, error.outlook, error.message],
      [`HTTP ${status}`, code, status, outlook, `GET ${url}/socket.io/ was answered with ${words}`],
    );
    assert.equal(error.retryAfter, { 429: 7000, 503: 0 }[status]);
  });

test('an endless body of a refusal is not waited for', async (t) => {
  const { url } = await startHttpServer(
    t,
    () => {},
    (_request, socket) => {
      socket.write('HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbusy\r\n');
    },
  );
  const { error } = await dial(t, { url, ...ONLY }).lost();
  assert.match(error.message, /HTTP 503: busy$/);
});

test('a server of Engine.IO 3', async (t) => {
  const { url } = await startHttpServer(
    t,
    () => {},
    (_request, socket) => upgrades.refuse(400, '{"code":5,"message":"Unsupported protocol version"}')(socket),
  );
  const { error } = await dial(t, { url, ...ONLY }).lost();
  assert.equal(error.code, 'PROTOCOL_ERROR');
  assert.match(error.message, /Unsupported protocol version: the server does not speak Engine.IO 4/);
});

test('redirects are followed within the server, and nowhere else', async (t) => {
  const { connected, url, server } = await startSockets(t, { path: '/new' });
  server.options.noServer = false;
  const other = await startHttpServer(
    t,
    () => {},
    () => {},
  );
  /** @type {Record<string, string>} */
  const places = {
    '/ws': '/a',
    '/a': 'b/../new?x=1',
    '/loop': '/loop',
    '/away': `${other.url}/ws?secret=1`,
    '/tls': url.replace('http:', 'https:'),
    '/user': url.replace('//', '//me:secret@'),
    '/none': '',
    '/ftp': 'ftp://host/',
  };
  const front = await startHttpServer(
    t,
    () => {},
    (request, socket, head) => {
      const place = places[request.url];
      if (place === undefined)
        server.handleUpgrade(request, socket, head, (ws) => server.emit('connection', ws, request));
      else upgrades.refuse(307, '', { Location: place.replace(url, front.url) })(socket);
    },
  );
  const good = dial(t, { url: front.url, protocol: 'ws' });
  const [, request] = await connected;
  assert.deepEqual([request.url, request.headers.authorization], ['/new?x=1', 'Bearer the.token']);
  await good.until(({ link }) => link);

  const { host } = new URL(front.url);
  for (const [path, words] of [
    ['/loop', 'HTTP 307, a redirect to /loop, after 5 others'],
    ['/away', `HTTP 307, a redirect to another server, ${other.url}/ws, which is not followed`],
    ['/tls', `HTTP 307, a redirect to https://${host}: write https:// in options.url`],
    ['/user', `HTTP 307, a redirect to http://${host} with a user name, which is not followed`],
    ['/none', 'HTTP 307, a redirect without a usable Location'],
    ['/ftp', 'HTTP 307, a redirect without a usable Location'],
  ]) {
    places['/tls'] = front.url.replace('http:', 'https:');
    places['/user'] = front.url.replace('//', '//me:secret@');
    const { reason, error } = await dial(t, { url: front.url, path, protocol: 'ws' }).lost();
    assert.equal(reason, words);
    assert.deepEqual([error.code, error.status, error.outlook], ['UPGRADE_REFUSED', 307, 'unproven']);
    assert.doesNotMatch(error.message, /secret/);
  }
  assert.deepEqual(other.requests, [], 'the token went nowhere else');
});

test('nobody listens', async (t) => {
  const { url, server } = await startHttpServer(t, () => {});
  await new Promise((resolve) => server.close(resolve));
  const { error, reason } = await dial(t, { url, ...ONLY }).lost();
  const { host } = new URL(url);
  assert.equal(reason, `connect ECONNREFUSED ${host}`);
  assert.deepEqual([error.code, error.message], ['NETWORK_ERROR', `no connection to ${host}: ${reason}`]);
});

test('a hand-written server: the first message proves the WebSocket, and comes first', async (t) => {
  const server = await startRawServer();
  t.after(() => server.close());
  const dialled = dial(t, { url: server.url });
  const first = await dialled.frame(() => true);
  assert.match(first, /^0\{"sid":"s"/);
  assert.equal(dialled.opened, 1);
});
