/** The transport bundled for the web, with a `WebSocket` that shows as little as a browser's. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';

import { BrowserSocket } from '../../../support/browser-socket.js';
import { dial } from '../../../support/dialled-link.js';
import { startHttpServer, startIoServer } from '../../../support/io-server.js';
import { startReverseProxy, upgrades } from '../../../support/reverse-proxy.js';
import { importForWeb } from '../../../support/web-bundle.js';

const { createEndpoint } = await importForWeb('engines/javascript/transport/endpoint.js');
const loadPolling = () => importForWeb('engines/javascript/transport/polling.js');
const DEFAULTS = { protocol: 'socket.io', transports: ['websocket', 'polling'], maxMessageBytes: 100_000 };
const endpoint = (config, load = loadPolling) => createEndpoint({ ...DEFAULTS, ...config }, load);

globalThis.WebSocket = BrowserSocket;

async function startPlain(t) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'realtime' });
  await once(server, 'listening');
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return { connected: once(server, 'connection'), url: `http://127.0.0.1:${server.address().port}` };
}

test('a Socket.IO server over a WebSocket: no pings, binary both ways, bounded buffer', async (t) => {
  const { io, url } = await startIoServer(t);
  const connected = once(io, 'connection');
  const dialled = dial(t, endpoint({ url }));
  const link = await dialled.join();
  const [socket] = await connected;
  assert.deepEqual([link.transport, link.canPing, link.pongs, link.arrived], ['websocket', false, 0, 0]);
  assert.equal(socket.handshake.headers.authorization, undefined, 'a browser sets no headers');
  const came = once(socket, 'up');
  link.send('451-["up",{"_placeholder":true,"num":0}]');
  link.send(new Uint8Array([1, 255]));
  assert.deepEqual((await came)[0], Buffer.from([1, 255]));
  socket.emit('down', Buffer.from([0, 254]));
  assert.deepEqual([...(await dialled.frame((frame) => typeof frame !== 'string'))], [0, 254]);
  link.ping();
  const gone = once(socket, 'disconnect');
  await link.close(4001, 'page hidden', '41');
  assert.equal((await gone)[0], 'client namespace disconnect');
});

test('/ws: the token is the second subprotocol', async (t) => {
  const { connected, url } = await startPlain(t);
  const dialled = dial(t, endpoint({ url, protocol: 'ws', transports: ['websocket'] }), 'a.b-c_d');
  const [, request] = await connected;
  assert.equal(request.headers['sec-websocket-protocol'], 'realtime,token.a.b-c_d');
  assert.equal(request.url, '/ws');
  await dialled.until(({ link }) => link);
});

test('/ws: a token that cannot be a subprotocol is refused without showing it', async (t) => {
  const { url } = await startPlain(t);
  const { error, reason } = await dial(t, endpoint({ url, protocol: 'ws' }), 'my secret/token=').lost();
  assert.equal(reason, 'the token has a character that is illegal in a subprotocol');
  assert.doesNotMatch(JSON.stringify(error), /secret/);
});

test('a message above maxMessageBytes is refused with a code that a browser may send', async (t) => {
  const { connected, url } = await startPlain(t);
  const dialled = dial(t, endpoint({ url, protocol: 'ws', maxMessageBytes: 2000 }));
  const [socket] = await connected;
  socket.send('é'.repeat(1000));
  socket.send('é'.repeat(1000).concat('x'));
  const { reason, error } = await dialled.lost();
  assert.equal(reason, 'the server sent a message of 2001 bytes, above the limit of 2000 bytes (maxMessageBytes)');
  assert.deepEqual([error.code, dialled.frames.length], ['MESSAGE_TOO_LARGE', 1]);
  assert.equal((await once(socket, 'close'))[0], 4009);
});

test('a lost connection: it is unknown whether the server knows', async (t) => {
  const { connected, url } = await startPlain(t);
  const dialled = dial(t, endpoint({ url, protocol: 'ws' }));
  const [socket] = await connected;
  await dialled.until(({ link }) => link);
  socket.terminate();
  const { reason, isCutOff, error } = await dialled.lost();
  assert.deepEqual([reason, isCutOff, error], ['the connection ended without a close frame', true, undefined]);
});

test('the status of a refused upgrade is hidden, and long-polling shows it', async (t) => {
  const { requests, url } = await startHttpServer(
    t,
    (_request, response) => response.writeHead(401).end('{"error":"UnauthorizedError","message":"token expired"}'),
    (_request, socket) => upgrades.refuse(401)(socket),
  );
  const hidden = await dial(t, endpoint({ url, transports: ['websocket'] })).lost();
  assert.equal(hidden.error.code, 'NETWORK_ERROR');
  assert.match(hidden.reason, /^the WebSocket failed, and this runtime does not show why: an HTTP status, a proxy, /);
  const { error } = await dial(t, endpoint({ url })).lost();
  assert.deepEqual([error.code, error.status, error.outlook], ['AUTH_FAILED', 401, 'permanent']);
  assert.match(error.cause, /^the other transport failed, too: the WebSocket failed/);
  assert.equal(requests.at(-1).headers.authorization, 'Bearer the.token');
});

test('long-polling takes over, and gives way to a WebSocket later', async (t) => {
  const { io, url } = await startIoServer(t);
  const proxy = await startReverseProxy(t, url, (socket) => {
    proxy.upgrade = upgrades.pass;
    upgrades.refuse(404)(socket);
  });
  const connected = once(io, 'connection');
  const dialled = dial(t, endpoint({ url: proxy.url }));
  const link = await dialled.join();
  const [socket] = await connected;
  await dialled.until(() => link.transport === 'websocket');
  socket.emit('down', 1);
  await dialled.frame((frame) => frame === '42["down",1]');
  assert.deepEqual([link.canPing, socket.conn.transport.name], [false, 'websocket']);
});

test('long-polling that cannot be loaded is a failure of the dial', async (t) => {
  const { url } = await startHttpServer(t, () => {}, upgrades.cut.bind(null));
  const load = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));
  const { error } = await dial(t, endpoint({ url, transports: ['polling'] }, load)).lost();
  assert.equal(error.code, 'NETWORK_ERROR');
  assert.match(error.message, /dynamically imported module/);
});

test('a runtime without WebSocket says so, or uses long-polling', async (t) => {
  const { url } = await startIoServer(t);
  globalThis.WebSocket = undefined;
  t.after(() => {
    globalThis.WebSocket = BrowserSocket;
  });
  const { error, reason } = await dial(t, endpoint({ url, transports: ['websocket'] })).lost();
  assert.deepEqual([error.code, reason], ['NETWORK_ERROR', 'this runtime has no WebSocket']);
  assert.match(error.remediation, /'polling' to options.transports/);
  const link = await dial(t, endpoint({ url })).join();
  assert.equal(link.transport, 'polling');
});

test('a WebSocket that the policy of the page blocks: Chromium closes it at once, without the event', async (t) => {
  globalThis.WebSocket = class extends EventTarget {
    readyState = 3;
    constructor() {
      super();
      setImmediate(() => this.dispatchEvent(new Event('error')));
    }
    close() {}
  };
  t.after(() => {
    globalThis.WebSocket = BrowserSocket;
  });
  const { error } = await dial(t, endpoint({ url: 'http://127.0.0.1:1', transports: ['websocket'] })).lost();
  const reason = "the browser blocks it: connect-src of the page's CSP lacks ws://127.0.0.1:1";
  assert.deepEqual([error.code, error.message], ['NETWORK_ERROR', `no connection to 127.0.0.1:1: ${reason}`]);
});

test('a constructor that throws, as browsers do for mixed content, gives the reason', async (t) => {
  globalThis.WebSocket = class {
    constructor() {
      throw new DOMException('An insecure WebSocket connection may not be initiated', 'SecurityError');
    }
  };
  t.after(() => {
    globalThis.WebSocket = BrowserSocket;
  });
  const { error } = await dial(t, endpoint({ url: 'http://127.0.0.1:1', transports: ['websocket'] })).lost();
  assert.equal(error.message, 'no connection to 127.0.0.1:1: An insecure WebSocket connection may not be initiated');
});
