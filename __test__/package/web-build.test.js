/**
 * What only the web build does: it loads parts when they are needed, shortens the names of internal
 * members, and says less.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';

import { shortNames } from '../../scripts/bundle/short-names.mjs';
import { SHORT_TEXTS } from '../../scripts/bundle/short-texts.mjs';
import { BrowserSocket } from '../support/browser-socket.js';
import { startIoServer } from '../support/io-server.js';

const ROOT = join(import.meta.dirname, '..', '..');
const WEB = join(ROOT, 'dist', 'web');

globalThis.WebSocket = /** @type {any} */ (BrowserSocket);
const web = await import('../../dist/web/index.js');
const source = await import('../../lib/index.web.js');
const { recorder } = await import('../../dist/web/recorder.js');

/** @param {import('node:test').TestContext} t @param {object} options */
function createClient(t, options) {
  const client = new web.RealtimeClient({ token: 'your-jwt-token', autoConnect: false, ...options });
  t.after(() => client.destroy());
  return client;
}

/** The first value of a listener. @param {any} client @param {string} name @param {(value: any) => boolean} fits */
function first(client, name, fits = () => true) {
  return new Promise((resolve) => client.on(name, (/** @type {any} */ value) => fits(value) && resolve(value)));
}

/** Refuses every client. @param {any} t @param {object} data @param {(socket: any) => void} [then] */
async function startRefusing(t, data, then = () => {}) {
  const { io, url } = await startIoServer(t);
  io.use((socket, next) => {
    next(Object.assign(new Error('not you'), { data }));
    then(socket);
  });
  return url;
}

const isRetry = (/** @type {any} */ { state }) => state === 'reconnecting';
const isIdle = (/** @type {any} */ { state }) => state === 'disconnected';

for (const [what, record] of /** @type {const} */ ([
  ['a page', undefined],
  ['a page that records', { recorder }],
]))
  test(`${what} reads why the server refuses it`, async (t) => {
    const url = await startRefusing(t, { code: 'TOKEN_EXPIRED' });
    const client = createClient(t, { url, record });
    const ends = [first(client, 'error'), first(client, 'connection', isIdle)];
    client.connect();
    const [error, { reason }] = await Promise.all(ends);
    assert.equal(error.code, 'AUTH_FAILED');
    assert.match(error.message, /^The server refused the connection: not you \(TOKEN_EXPIRED\)\. See https:/);
    assert.equal(reason, 'refused by the server: not you (TOKEN_EXPIRED)');
  });

test('a refusal counts although the server closes the link behind it', async (t) => {
  const closes = (/** @type {any} */ socket) => setImmediate(() => socket.conn.close(true));
  const client = createClient(t, { url: await startRefusing(t, { retryAfter: 86_400_000 }, closes) });
  const ends = [first(client, 'error'), first(client, 'connection', isRetry)];
  client.connect();
  const [error, retry] = await Promise.all(ends);
  assert.equal(error.code, 'CONNECT_REFUSED');
  assert.equal(retry.reason, 'refused by the server: not you');
  assert.equal(retry.retryIn, 86_400_000, 'as the server asks');
});

test('the user may disconnect while a refusal is being read', async (t) => {
  const client = createClient(t, { url: await startRefusing(t, { code: 'TOKEN_EXPIRED' }) });
  const { io, url } = await startIoServer(t);
  const joined = once(io, 'connection');
  const seen = /** @type {any[]} */ ([]);
  client.on('error', (/** @type {any} */ error) => seen.push(error));
  client.connect();
  client.disconnect();
  const other = createClient(t, { url });
  other.connect();
  await joined;
  assert.deepEqual([client.state, seen], ['disconnected', []]);
});

test('the plain protocol is loaded before the first dial, and cancelled by disconnect', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'realtime' });
  await once(server, 'listening');
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const client = createClient(t, { url: `http://127.0.0.1:${port}`, protocol: 'ws' });
  server.on('connection', (socket) => {
    socket.send('{"type":"connected","socketId":"s1"}');
    socket.on('message', (text) => {
      const { type, subscriptionId } = JSON.parse(String(text));
      if (type !== 'subscribe') return;
      const data = { id: 'e1', topic: 'order.updated', payload: { total: 3 }, timestamp: 1 };
      socket.send(JSON.stringify({ type: 'subscribed', topic: 'order.updated', subscriptionId }));
      socket.send(JSON.stringify({ type: 'event', data }));
    });
  });
  client.connect();
  client.disconnect();
  client.subscribe({ topic: 'order.updated' });
  const event = first(client, 'event:order.updated');
  client.connect();
  assert.deepEqual((await event).payload, { total: 3 });
  assert.equal(server.clients.size, 1, 'the dial that was cancelled never came');
});

test('an option that does not exist is reported', async (t) => {
  const warned = new Promise((resolve) => t.mock.method(console, 'warn', resolve));
  createClient(t, { url: 'http://localhost:1', tokn: 'x' });
  assert.match(/** @type {string} */ (await warned), /^\[UNKNOWN_OPTION\] RealtimeWarning: .+\boptions\.tokn is not/);
});

test('internal names are short, and public ones stay', () => {
  const names = shortNames(ROOT);
  for (const name of ['pausedBy', 'sendBacklog', 'handleTimestamp']) assert.ok(names[name], name);
  for (const name of ['topic', 'subscribe', 'retryIn', 'ackId', 'pid', 'offset', 'channel', 'socketId', 'validate'])
    assert.equal(names[name], undefined, name);
  assert.equal(new Set(Object.values(names)).size, Object.keys(names).length);
  const code = readdirSync(WEB)
    .filter((name) => name.endsWith('.js') && !/opentelemetry|react|prometheus/.test(name))
    .map((name) => readFileSync(join(WEB, name), 'utf8'))
    .join('\n');
  for (const name of Object.keys(names)) assert.doesNotMatch(code, new RegExp(`\\.${name}\\b`), name);
  for (const [name, Class] of Object.entries(source)) {
    if (Class.prototype === undefined) continue;
    const members = [Class, Class.prototype].map((object) => Reflect.ownKeys(object).map(String).sort());
    const other = /** @type {any} */ (web)[name];
    const others = [other, other.prototype].map((object) => Reflect.ownKeys(object).map(String).sort());
    const inner = new Set(Object.keys(names));
    assert.deepEqual(
      others.map((list) => list.filter((each) => !Object.values(names).includes(each))),
      members.map((list) => list.filter((each) => !inner.has(each))),
      name,
    );
  }
});

test('short texts are shorter', () => {
  for (const [path, texts] of Object.entries(SHORT_TEXTS))
    for (const [long, short] of texts) assert.ok(short.length < long.length, `${path}: ${long}`);
});
