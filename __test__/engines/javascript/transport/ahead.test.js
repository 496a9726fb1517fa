/** The WebSocket that a page opens while its engine is being loaded. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { parseOptions } from '../../../../lib/options/client.js';
import { BrowserSocket } from '../../../support/browser-socket.js';
import { startIoServer } from '../../../support/io-server.js';
import { importForWeb } from '../../../support/web-bundle.js';

const { createLateEngine } = await importForWeb('engines/javascript/late-engine.js');
const { createEngine } = await importForWeb('engines/javascript/engine.js');

/** How many sockets were made. */
let made = 0;
globalThis.WebSocket = class extends BrowserSocket {
  constructor(...args) {
    super(...args);
    made += 1;
  }
};

/** A client's engine that is loaded when the test says so. */
function createPage(t, options) {
  const { config } = parseOptions({ token: 'your-jwt-token', heartbeat: false, engine: 'javascript', ...options });
  const items = [];
  let wake = () => {};
  const onReady = () => {
    for (let item = engine.next(); item; item = engine.next()) items.push(item);
    wake();
  };
  let load = () => {};
  const loading = new Promise((resolve) => {
    load = resolve;
  });
  const engine = createLateEngine(config, onReady, () =>
    loading.then(() => (ahead) => createEngine(config, onReady, {}, undefined, ahead)),
  );
  t.after(() => engine.destroy());
  return {
    engine,
    items,
    load,
    async item(fits) {
      while (!items.some(fits))
        await new Promise((resolve) => {
          wake = resolve;
        });
      return items.find(fits);
    },
  };
}

const isConnected = ([kind, body]) => kind === 'connection' && body.state === 'connected';

test('the server has accepted the client before there is an engine', async (t) => {
  const { io, url } = await startIoServer(t);
  const connections = [];
  io.on('connection', (socket) => connections.push(socket.handshake.auth));
  const connected = once(io, 'connection');
  const { engine, item, items, load } = createPage(t, { url, applicationId: 'app' });
  made = 0;
  engine.connect();
  const [socket] = await connected;
  const asked = once(socket, 'subscribe');
  const sent = [];
  socket.conn.on('packet', ({ type, data }) => sent.push([type, data]));
  engine.subscribe('order.updated', undefined, undefined);
  load();
  await item(isConnected);
  const [{ topic }] = await asked;
  assert.equal(topic, 'order.updated');
  assert.deepEqual(connections, [{ applicationId: 'app', token: 'your-jwt-token' }]);
  assert.equal(made, 1, 'the engine has taken the socket');
  assert.deepEqual(
    sent.filter(([, data]) => String(data).startsWith('0')),
    [],
    'CONNECT was sent once',
  );
  assert.deepEqual(
    items.map(([, { state }]) => state),
    ['connecting', 'connected'],
  );
  assert.equal(engine.stats().transport, 'websocket');
  engine.disconnect();
  await once(socket, 'disconnect');
  made = 0;
  engine.connect();
  const [next] = await once(io, 'connection');
  assert.equal(made, 1);
  assert.deepEqual(
    next.handshake.auth,
    { applicationId: 'app', token: 'your-jwt-token' },
    'the second dial is its own',
  );
});

test('a socket that has ended meanwhile is dialled again', async (t) => {
  const { io, url } = await startIoServer(t);
  const connected = once(io, 'connection');
  const { engine, item, load } = createPage(t, { url });
  made = 0;
  engine.connect();
  const [socket] = await connected;
  const ended = once(socket, 'disconnect');
  socket.conn.close();
  await ended;
  // The page hears of it before the next message of its own.
  await new Promise(setImmediate);
  const again = once(io, 'connection');
  load();
  await again;
  await item(isConnected);
  assert.equal(made, 2);
});

for (const end of ['disconnect', 'destroy'])
  test(`${end}() leaves nobody behind`, async (t) => {
    const { io, url } = await startIoServer(t);
    const connected = once(io, 'connection');
    const { engine, load } = createPage(t, { url });
    engine.connect();
    const [socket] = await connected;
    const ended = once(socket, 'disconnect');
    engine[end]();
    await ended;
    load();
    await new Promise(setImmediate);
    assert.equal(engine.stats().transport, null);
  });

test('a socket that nobody takes is not opened', async (t) => {
  const ask = () => 'your-jwt-token';
  made = 0;
  for (const options of [{ token: ask }, { protocol: 'ws' }, { transports: ['polling'] }]) {
    const { engine } = createPage(t, { url: 'http://127.0.0.1:1', ...options });
    engine.connect();
  }
  assert.equal(made, 0);
});

test('what forbids the socket is reported by the engine', async (t) => {
  const { WebSocket } = globalThis;
  t.after(() => {
    globalThis.WebSocket = WebSocket;
  });
  globalThis.WebSocket = class {
    constructor() {
      throw new DOMException('blocked', 'SecurityError');
    }
  };
  const { engine, item, load } = createPage(t, { url: 'http://127.0.0.1:1', reconnection: false });
  engine.connect();
  load();
  const [, { code, message }] = await item(([kind]) => kind === 'error');
  assert.equal(code, 'NETWORK_ERROR');
  assert.match(message, /blocked/);
});
