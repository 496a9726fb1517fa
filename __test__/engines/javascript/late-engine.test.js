/** What stands in for the engine of a page until the engine is loaded. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createLateEngine } from '../../../lib/engines/javascript/late-engine.js';

const CONFIG = {
  url: 'http://localhost:1',
  token: 'your-jwt-token',
  protocol: 'socket.io',
  transports: ['websocket'],
  reconnection: true,
  reconnectionAttempts: 2,
  reconnectionDelay: 1,
  reconnectionDelayMax: 2,
};
const MESSAGE = { event: 'channel:publish', payload: '{}', attachments: [], volatile: false };

/** A stand-in whose engine is loaded, or cannot be loaded, when the test says so. */
function standIn(config = {}) {
  /** @type {{ resolve: (create: unknown) => void, reject: (cause: unknown) => void }[]} */
  const loads = [];
  let loaded = () => {};
  const items = [];
  let wake = () => {};
  const load = () =>
    new Promise((resolve, reject) => {
      loads.push({ resolve, reject });
      loaded();
    });
  const onReady = () => {
    for (let item = engine.next(); item; item = engine.next()) items.push(item);
    wake();
  };
  const engine = createLateEngine({ ...CONFIG, ...config }, onReady, load);
  return {
    engine,
    items,
    /** Waits for the n-th load. */
    async load(n) {
      while (loads.length < n)
        await new Promise((resolve) => {
          loaded = resolve;
        });
      return loads[n - 1];
    },
    loads: () => loads.length,
    /** Waits until an item fits. */
    async item(fits) {
      while (!items.some(fits))
        await new Promise((resolve) => {
          wake = resolve;
        });
      return items.find(fits);
    },
  };
}

/** An engine that notes its calls. */
function noting(answers = {}) {
  const calls = [];
  const engine = {};
  for (const name of ['connect', 'disconnect', 'destroy', 'subscribe', 'unsubscribe', 'listen', 'emit', 'joinChannel'])
    engine[name] = (...args) => {
      calls.push([name, ...args]);
      return answers[name]?.(...args);
    };
  engine.next = () => undefined;
  return { calls, engine };
}

const stateOf = (item) => item[0] === 'connection' && item[1].state;

test('the engine gets what was asked, in order, and gives the same ids', async () => {
  const { engine, items, load } = standIn();
  assert.equal(engine.subscribe('a', { campusId: 12 }, undefined), 'sub_1');
  engine.listen('a', true);
  engine.connect();
  assert.equal(engine.subscribe('b', undefined, 'diff'), 'sub_2');
  assert.deepEqual(
    [engine.unsubscribe('sub_1'), engine.unsubscribe('sub_1'), engine.unsubscribe('x')],
    [true, false, false],
  );
  assert.equal(engine.emit(MESSAGE), 1);
  assert.equal(engine.emit({ ...MESSAGE, volatile: true }), null, 'there is no connection to send it');
  assert.equal(engine.joinChannel('room'), 2);
  const { outboxBytes, outboxMessages, subscriptions, transport } = engine.stats();
  assert.deepEqual([outboxMessages, outboxBytes, subscriptions, transport], [1, 2, 1, null]);
  const real = noting();
  (await load(1)).resolve(() => real.engine);
  await new Promise(setImmediate);
  assert.deepEqual(real.calls, [
    ['subscribe', 'a', { campusId: 12 }, undefined],
    ['listen', 'a', true],
    ['connect'],
    ['subscribe', 'b', undefined, 'diff'],
    ['unsubscribe', 'sub_1'],
    ['unsubscribe', 'sub_1'],
    ['unsubscribe', 'x'],
    ['emit', MESSAGE],
    ['joinChannel', 'room'],
  ]);
  engine.disconnect();
  assert.deepEqual(real.calls.at(-1), ['disconnect']);
  assert.equal(engine.next, real.engine.next, 'nothing stands between the client and the engine');
  assert.deepEqual(items, []);
});

test('a message for which the outbox is full is rejected', async () => {
  const { engine, item, load } = standIn();
  engine.emit(MESSAGE);
  engine.emit(MESSAGE);
  let sent = 0;
  const real = noting({
    emit() {
      sent += 1;
      if (sent === 2) throw Object.assign(new Error('full'), { code: 'OUTBOX_FULL' });
      return sent;
    },
  });
  (await load(1)).resolve(() => real.engine);
  const [, outcome] = await item(([kind]) => kind === 'outcome');
  assert.deepEqual(outcome, { id: 2, error: { code: 'OUTBOX_FULL', message: 'full' } });
});

test('an engine that cannot be loaded is a failed attempt: it is loaded again', async () => {
  const { engine, item, items, load } = standIn();
  engine.joinChannel('left');
  engine.joinChannel('room');
  engine.leaveChannel('left');
  engine.emit(MESSAGE);
  engine.subscribe('a', undefined, undefined);
  engine.connect();
  (await load(1)).reject(new TypeError('no such chunk'));
  const reason = 'the engine could not be loaded: TypeError: no such chunk';
  const error = { code: 'NETWORK_ERROR', message: reason };
  await item((each) => stateOf(each) === 'reconnecting');
  assert.deepEqual(items.splice(0), [
    ['outcome', { id: 1, error }],
    ['outcome', { id: 2, error }],
    ['outcome', { id: 3, error }],
    ['outcome', { id: 4, error }],
    ['connection', { state: 'connecting' }],
    ['error', error],
    ['connection', { state: 'reconnecting', reason, attempt: 1, retryIn: 1 }],
  ]);
  const { resolve } = await load(2);
  assert.equal(engine.emit(MESSAGE), 6, 'the join that is repeated has a number, too');
  const real = noting();
  let first;
  resolve((_ahead, firstCall) => {
    first = firstCall;
    return real.engine;
  });
  await new Promise(setImmediate);
  assert.equal(first, 4, 'the engine goes on counting');
  assert.deepEqual(
    real.calls.map(([name, argument]) => [name, argument]),
    [
      ['subscribe', 'a'],
      ['joinChannel', 'room'],
      ['connect', undefined],
      ['emit', MESSAGE],
    ],
  );
});

test('it is loaded as often as the client reconnects, and again when the user connects', async () => {
  const { engine, item, items, load, loads } = standIn();
  engine.connect();
  for (const n of [1, 2, 3]) (await load(n)).reject('gone');
  const [, { reason }] = await item((each) => stateOf(each) === 'disconnected');
  assert.equal(reason, 'the engine could not be loaded: gone');
  assert.deepEqual(items.map(stateOf), [
    'connecting',
    false,
    'reconnecting',
    false,
    'reconnecting',
    false,
    'disconnected',
  ]);
  assert.deepEqual(items[4][1], { state: 'reconnecting', reason, attempt: 2, retryIn: 2 });
  assert.equal(loads(), 3);
  engine.connect();
  const real = noting();
  (await load(4)).resolve(() => real.engine);
  await new Promise(setImmediate);
  assert.deepEqual(real.calls, [['connect']]);
});

test('without reconnection there is one attempt', async () => {
  const { engine, item, items, load } = standIn({ reconnection: false });
  engine.connect();
  (await load(1)).reject('gone');
  await item((each) => stateOf(each) === 'disconnected');
  assert.deepEqual(items.map(stateOf), ['connecting', false, 'disconnected']);
});

test('every command is answered, whatever became of the engine', async () => {
  const { engine, item, items, load, loads } = standIn({ reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
  engine.connect();
  engine.disconnect();
  (await load(1)).reject('gone');
  await item((each) => stateOf(each) === 'disconnected');
  assert.deepEqual(items.splice(0).map(stateOf), ['connecting', 'disconnected'], 'nobody waits for a connection');
  engine.connect();
  (await load(2)).reject('gone');
  await item((each) => stateOf(each) === 'reconnecting');
  items.length = 0;
  engine.disconnect();
  await item((each) => stateOf(each) === 'disconnected');
  assert.deepEqual(items, [['connection', { state: 'disconnected', reason: 'client disconnect' }]]);
  assert.equal(loads(), 2, 'and it is not loaded any more');
});

test('a client that was destroyed has no engine', async () => {
  const { engine, items, load } = standIn();
  engine.connect();
  engine.destroy();
  let created = false;
  (await load(1)).resolve(() => {
    created = true;
  });
  await new Promise(setImmediate);
  assert.deepEqual([created, items], [false, []]);
  const other = standIn();
  other.engine.connect();
  other.engine.destroy();
  (await other.load(1)).reject('gone');
  await new Promise(setImmediate);
  assert.deepEqual([other.items, other.loads()], [[], 1]);
});
