/**
 * The wall of lib/engines/engine.d.ts: an engine in plain JavaScript can stand there, and forges
 * nothing of the addon.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from '../../lib/engines/native/engine.js';
import { createRequests } from '../../lib/engines/native/requests.js';
import { Dispatch } from '../../lib/events/dispatch.js';
import { Listeners } from '../../lib/events/listeners.js';
import { parseOptions } from '../../lib/options/client.js';
import { Redaction } from '../../lib/redaction/redaction.js';

const { config } = parseOptions({ url: 'http://127.0.0.1:1', token: 'token', autoConnect: false });

/** As small as an engine can be: an array of items. */
class ArrayEngine {
  #items = [];
  #onReady;
  #isConnected = true;

  constructor(onReady) {
    this.#onReady = onReady;
  }

  receive(...items) {
    this.#items.push(...items);
    this.#onReady();
  }

  disconnect() {
    this.#isConnected = false;
    this.#items = this.#items.filter(Array.isArray);
  }

  next() {
    const item = this.#items.shift();
    if (item === 'damaged') throw new SyntaxError('damaged');
    return item;
  }

  wants() {
    return this.#isConnected;
  }

  endOfTurn() {}
}

function setUp() {
  const log = [];
  const names = { names: ['event', 'connection', 'error'], prefix: 'event:', key: 'topic', parseKey: (key) => key };
  const listeners = new Listeners(names, () => {});
  const engine = new ArrayEngine(() => dispatch.onReady());
  const redaction = new Redaction(config, () => []);
  const dispatch = new Dispatch({ engine, listeners, redaction, receiver: {} });
  return { log, engine, dispatch, on: (name, handler) => listeners.add(name, handler, false) };
}

test('items of a JavaScript engine reach sinks and listeners in their order', async () => {
  const { log, engine, dispatch, on } = setUp();
  const bytes = new Uint8Array([1, 2]);
  on('event', ({ id, payload }) => log.push([id, payload]));
  on('connection', ({ state }) => log.push(['listener', state]));
  on('error', ({ code }) => log.push(code));
  dispatch.register('connection', ({ state }) => log.push(['sink', state]) > 0 && state === 'connecting');
  dispatch.register('outcome', ({ id }) => void log.push(['outcome', id]));
  engine.receive(['connection', { state: 'connecting' }], ['connection', { state: 'connected' }], 'damaged');
  engine.receive({ id: '1', topic: 'a', payload: { bytes } }, ['outcome', { id: 7 }], ['error', { code: 'TIMEOUT' }]);
  // On a busy machine a turn may be too short for all of them.
  while (log.length < 7) await new Promise(setImmediate);
  assert.deepEqual(log, [
    ['sink', 'connecting'],
    ['sink', 'connected'],
    ['listener', 'connected'],
    'INTERNAL_ERROR',
    ['1', { bytes }],
    ['outcome', 7],
    'TIMEOUT',
  ]);
});

test('an engine that is disconnected by a handler keeps the event from further listeners', () => {
  const { log, engine, dispatch, on } = setUp();
  on('event', ({ id }) => {
    log.push(id);
    engine.disconnect();
    dispatch.subscriptionsChanged();
  });
  on('event:a', ({ id }) => log.push(['a', id]));
  engine.receive({ id: '1', topic: 'a' }, { id: '2', topic: 'a' });
  assert.deepEqual(log, ['1']);
});

test("the addon's adapters keep what the wall says", async () => {
  const engine = createEngine(config, () => {});
  assert.equal(engine.next(), undefined);
  assert.equal(engine.socketId(), undefined);
  const id = engine.subscribe('a', { x: { in: [1] } }, undefined);
  assert.equal(engine.wants({ id: '1', topic: 'a', payload: { x: 1 }, metadata: {} }), true);
  assert.equal(engine.unsubscribe(id), true);
  assert.equal(engine.unsubscribe(id), false);
  engine.destroy();

  const requests = createRequests(config);
  const request = { method: 'GET', path: '/api/x', body: null, timeout: 1000, repeatable: false, idempotencyKey: null };
  const { outcome, cancel } = requests.send({ ...request, token: undefined });
  cancel('ABORTED');
  cancel('CLIENT_DESTROYED');
  assert.equal(await outcome, 'ABORTED');
  const refused = await requests.send({ ...request, token: 'other' }).outcome;
  assert.deepEqual([refused.status, refused.body, refused.failure.code], [null, null, 'NETWORK_ERROR']);
  requests.close();
});
