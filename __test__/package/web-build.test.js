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

import { parseOptions } from '../../lib/options/client.js';
import { shortNames } from '../../scripts/bundle/short-names.mjs';
import { SHORT_TEXTS } from '../../scripts/bundle/short-texts.mjs';
import { BrowserSocket } from '../support/browser-socket.js';
import { startHttpServer, startIoServer } from '../support/io-server.js';
import { bundleForWeb } from '../support/web-bundle.js';

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

/** Refuses every client. @param {any} t @param {object} data */
async function startRefusing(t, data) {
  const { io, url } = await startIoServer(t);
  io.use((_, next) => next(Object.assign(new Error('not you'), { data })));
  return url;
}

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

/** An engine as a page has it, which has read no refusal yet, and the handlers of its link. */
async function dialled() {
  const code = await bundleForWeb('engines/javascript/engine.js', 'esm');
  // Each import with another text is another module.
  imports += 1;
  const { engineWith } = await import(`data:text/javascript,${encodeURIComponent(`${code}//${imports}`)}`);
  const { config } = parseOptions({ url: 'http://localhost:1', token: 'your-jwt-token', heartbeat: false });
  /** @type {any} */
  let handlers;
  const dial = (/** @type {unknown} */ _token, /** @type {any} */ given) => {
    handlers = given;
    return () => {};
  };
  const deps = { endpoint: { dial }, onReady() {}, now: () => 0, unix: () => 0, random: () => 0 };
  const timers = { later: () => 0, cancel() {}, yieldTurn() {} };
  const engine = engineWith(config, { ...deps, ...timers });
  engine.connect();
  const link = { transport: 'websocket', canPing: false, isReady: true, isWritten: true, written: 0, arrived: 0 };
  handlers.onOpen({ ...link, pongs: 0, send() {}, hold() {}, drop() {}, close: () => Promise.resolve() });
  handlers.onMessage('0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  const items = () => Array.from({ length: 9 }, () => engine.next()).filter((item) => item !== undefined);
  return { engine, handlers, items };
}

let imports = 0;

test('a refusal counts although the server closes the link before it is read', async () => {
  const { handlers, items } = await dialled();
  handlers.onMessage('44{"message":"not you","data":{"code":"TOKEN_EXPIRED"}}');
  handlers.onLost({ reason: 'closed by the server', isPlainClose: true });
  assert.deepEqual(items(), [['connection', { state: 'connecting' }]], 'nothing is decided yet');
  await new Promise(setImmediate);
  const [error, [, end], ...others] = items();
  assert.equal(error[1].code, 'AUTH_FAILED');
  assert.deepEqual([end.state, end.reason], ['disconnected', 'refused by the server: not you (TOKEN_EXPIRED)']);
  assert.deepEqual(others, []);
});

test('the user may disconnect while a refusal is being read', async () => {
  const { engine, handlers, items } = await dialled();
  handlers.onMessage('44{"message":"not you","data":{"code":"TOKEN_EXPIRED"}}');
  engine.disconnect();
  await new Promise(setImmediate);
  const seen = items();
  assert.deepEqual(seen.at(-1), ['connection', { state: 'disconnected', reason: 'client disconnect' }]);
  assert.ok(!seen.some(([kind]) => kind === 'error'));
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

test('a document is read with code that is loaded for the first request', async (t) => {
  const document = { id: 'n1', revision: 1, data: { text: 'x' }, createdAt: 'a', updatedAt: 'b' };
  const { requests, url } = await startHttpServer(t, (/** @type {any} */ _request, /** @type {any} */ response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  });
  const client = createClient(t, { url });
  const controller = new AbortController();
  const aborted = client.sync.get('notes', 'n0', { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { code: 'ABORTED' });
  const { data } = await client.sync.get('notes', 'n1');
  assert.deepEqual(data, document.data);
  const paths = () => requests.map((/** @type {any} */ { url }) => url);
  assert.deepEqual(paths(), ['/api/sync/notes/documents/n1'], 'the request that was aborted never came');
  const ended = createClient(t, { url });
  const late = ended.sync.get('notes', 'n2');
  ended.destroy();
  await assert.rejects(late, { code: 'CLIENT_DESTROYED' });
  assert.equal((await client.sync.get('notes', 'n3')).id, 'n1');
  assert.deepEqual(paths().slice(1), ['/api/sync/notes/documents/n3']);
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
