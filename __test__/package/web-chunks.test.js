/**
 * The web build when a chunk of it cannot be loaded, as after a deployment that has removed it: the
 * user gets a typed error, and the next attempt loads it again.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { BrowserSocket } from '../support/browser-socket.js';
import { startHttpServer, startIoServer } from '../support/io-server.js';

const WEB = join(import.meta.dirname, '..', '..', 'dist', 'web');

globalThis.WebSocket = /** @type {any} */ (BrowserSocket);

/** A copy of the web build without one chunk. @param {import('node:test').TestContext} t @param {string} chunk */
async function buildWithout(t, chunk) {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-web-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(WEB, folder, { recursive: true });
  const path = join(folder, chunk);
  renameSync(path, `${path}.gone`);
  const { CoreClient, RealtimeClient } = await import(pathToFileURL(join(folder, 'index.js')).href);
  return {
    CoreClient,
    /** @param {object} options */
    createClient(options) {
      const client = new RealtimeClient({ token: 'your-jwt-token', ...options });
      t.after(() => client.destroy());
      return client;
    },
    restore: () => renameSync(`${path}.gone`, path),
  };
}

test('the engine: an error, and the next attempt connects', async (t) => {
  const { io, url } = await startIoServer(t);
  const { createClient, restore } = await buildWithout(t, 'engine.js');
  const client = createClient({ url, reconnectionDelay: 1 });
  /** @type {string[]} */
  const states = [];
  const connected = new Promise((resolve) =>
    client.on('connection', ({ state }) => {
      states.push(state);
      if (state === 'connected') resolve(undefined);
    }),
  );
  const subscribed = new Promise((resolve) => io.on('connection', (socket) => socket.on('subscribe', resolve)));
  client.subscribe({ topic: 'order.updated' });
  const published = client.socketClient.publish('room', 'changed', {});
  await assert.rejects(published, { code: 'NETWORK_ERROR', message: /^The engine could not be loaded: .*engine\.js/ });
  const error = await new Promise((resolve) => client.on('error', resolve));
  assert.equal(error.code, 'NETWORK_ERROR');
  assert.equal(error.retryable, true);
  restore();
  await connected;
  assert.equal((await subscribed).topic, 'order.updated');
  assert.deepEqual([...new Set(states)].sort(), ['connected', 'connecting', 'reconnecting']);
});

test('the engine: a client that does not reconnect is disconnected', async (t) => {
  const { createClient } = await buildWithout(t, 'engine.js');
  const client = createClient({ url: 'http://127.0.0.1:1', reconnection: false });
  client.on('error', () => {});
  const ended = new Promise((resolve) =>
    client.on('connection', (change) => change.state === 'disconnected' && resolve(change)),
  );
  assert.match((await ended).reason, /^the engine could not be loaded: /);
  assert.equal(client.state, 'disconnected');
  await client[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]();
});

test('messages: a client without them does not miss their chunk', async (t) => {
  const { io, url } = await startIoServer(t);
  const { CoreClient, createClient } = await buildWithout(t, 'messaging.js');
  const client = new CoreClient({ url, token: 'your-jwt-token' });
  t.after(() => client.destroy());
  await once(io, 'connection');
  const other = createClient({ url, reconnection: false });
  const error = await new Promise((resolve) => other.on('error', resolve));
  assert.match(error.message, /^The engine could not be loaded: .*messaging\.js/);
});

/** A server of documents. @param {import('node:test').TestContext} t */
async function startDocuments(t) {
  const document = { id: 'n1', revision: 1, data: { text: 'x' }, createdAt: 'a', updatedAt: 'b' };
  return startHttpServer(t, (/** @type {any} */ _request, /** @type {any} */ response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  });
}

test('requests: an error that names the call, and the next one is sent', async (t) => {
  const { requests, url } = await startDocuments(t);
  const { createClient, restore } = await buildWithout(t, 'rest.js');
  const client = createClient({ url, autoConnect: false });
  const failed = client.sync.get('notes', 'n1');
  await assert.rejects(failed, {
    code: 'NETWORK_ERROR',
    method: 'GET',
    path: '/api/sync/notes/documents/n1',
    message: /^GET \/api\/sync\/notes\/documents\/n1: .*rest\.js/,
  });
  assert.equal(requests.length, 0);
  restore();
  assert.equal((await client.sync.get('notes', 'n1')).revision, 1);
});

test('live documents: an error, and the first read follows', async (t) => {
  const { url } = await startDocuments(t);
  const { setTimeout } = globalThis;
  // The package takes the timers when it is loaded. It loads a chunk again after 5 seconds.
  Object.assign(globalThis, {
    setTimeout: (/** @type {() => void} */ run, /** @type {number} */ delay) =>
      setTimeout(run, delay === 5000 ? 1 : delay),
  });
  t.after(() => Object.assign(globalThis, { setTimeout }));
  const { createClient, restore } = await buildWithout(t, 'following.js');
  const client = createClient({ url, autoConnect: false });
  const document = client.sync.watch('notes', 'n1');
  await assert.rejects(document.ready(), {
    code: 'NETWORK_ERROR',
    message: /^The live document 'n1' in 'notes' could not be loaded: .*following\.js/,
  });
  assert.deepEqual([document.data, document.revision, document.deleted], [undefined, 0, false]);
  const reported = new Promise((resolve) => document.on('error', resolve));
  assert.equal((await reported).code, 'NETWORK_ERROR', 'nobody waits any more');
  const closed = client.sync.watch('notes', 'n2');
  const ready = closed.ready();
  closed.close();
  await assert.rejects(ready, { code: 'ABORTED' });
  await assert.rejects(closed.ready(), { code: 'ABORTED' });
  const change = new Promise((resolve) => document.on('change', resolve));
  restore();
  assert.deepEqual((await change).data, { text: 'x' });
  await document.ready();
  assert.deepEqual([document.data, document.revision, document.deleted], [{ text: 'x' }, 1, false]);
  document.close();
  await assert.rejects(document.ready(), { code: 'ABORTED' });
});
