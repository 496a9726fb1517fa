/** Checks between an engine and its dispatch: order, cancelled events, turns of the event loop. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { Dispatch } from '../../lib/events/dispatch.js';
import { Listeners } from '../../lib/events/listeners.js';
import { Redaction } from '../../lib/redaction/redaction.js';

const TOKEN = 'a token that no text may show';

/** An engine whose items the test gives. */
class ArrayEngine {
  items = [];
  taken = 0;
  #unwanted = new Set();
  #onReady;

  constructor(onReady) {
    this.#onReady = onReady;
  }

  receive(...items) {
    this.items.push(...items);
    this.#onReady();
  }

  /** As an engine ends a subscription, a channel or the connection. */
  drop(...topics) {
    for (const topic of topics) this.#unwanted.add(topic);
    this.items = this.items.filter((item) => Array.isArray(item) || !this.#unwanted.has(item.topic));
  }

  next() {
    this.taken += 1;
    return this.items.shift();
  }

  wants(event) {
    this.asked = event;
    return !this.#unwanted.has(event.topic);
  }

  endOfTurn() {}
}

/** A schema of this function. */
const standard = (validate) => ({ '~standard': { version: 1, vendor: 'test', validate } });
const accept = standard((value) => ({ value }));

/** A schema that answers when the test says so. */
function deferred() {
  const calls = [];
  const schema = standard((value) => new Promise((resolve, reject) => calls.push({ value, resolve, reject })));
  return { schema, calls };
}

async function setUp(schemas = {}) {
  const log = [];
  const names = { names: ['event', 'connection', 'error'], prefix: 'event:', key: 'topic', parseKey: (key) => key };
  const listeners = new Listeners(names, () => {});
  const engine = new ArrayEngine(() => dispatch.onReady());
  const redaction = new Redaction({ url: 'http://localhost', token: TOKEN }, () => []);
  const dispatch = new Dispatch({ engine, listeners, redaction, receiver: {} });
  const on = (name, handler) => listeners.add(name, handler, false);
  on('event', ({ id, payload }) => log.push([id, payload]));
  on('connection', ({ state }) => log.push(state));
  on('error', (error) => log.push(error));
  for (const [topic, schema] of Object.entries(schemas)) dispatch.check(topic, schema, () => `sub ${topic}`);
  await turn();
  return { log, engine, dispatch, on, changed: (id) => dispatch.subscriptionsChanged(id) };
}

/** Resolves when there are `count` entries: handlers may have had their time before. */
const reached = async (log, count) => {
  while (log.length < count) await turn();
};

const event = (id, topic = 'a', payload = { n: 1 }) => ({ id, topic, source: 'database', payload, metadata: {} });

test('nothing is taken until the code that checks is loaded, and then everything in its order', async () => {
  const { log, engine, dispatch } = await setUp();
  dispatch.check(
    'a',
    standard(({ n }) => ({ value: { n: n + 1 } })),
    () => 'sub_1',
  );
  engine.receive(event('1'), ['connection', { state: 'connected' }], event('2', 'b'));
  assert.deepEqual([log, engine.taken], [[], 0]);
  await reached(log, 3);
  assert.deepEqual(log, [['1', { n: 2 }], 'connected', ['2', { n: 1 }]]);
});

test('without a schema, items come from the engine itself', async () => {
  const { log, engine } = await setUp();
  engine.receive(event('1'));
  while (engine.taken < 2) await turn();
  assert.deepEqual([log, engine.taken], [[['1', { n: 1 }]], 2]);
});

test('an event whose payload the schema returns is the event itself; another payload is a copy of it', async () => {
  const { engine, on } = await setUp({ a: accept, b: standard(() => ({ value: { new: true } })) });
  const seen = [];
  on('event:a', (each) => seen.push(each));
  on('event:b', (each) => seen.push(each));
  const [first, second] = [event('1', 'a'), event('2', 'b')];
  engine.receive(first, second);
  await reached(seen, 2);
  assert.equal(seen[0], first);
  assert.deepEqual(seen[1], { ...second, payload: { new: true } });
  assert.deepEqual(second.payload, { n: 1 });
  // For filters, which compare what the server sent; nothing else shows it.
  assert.equal(seen[1][Symbol.for('@smarterservices/realtime: sent')], second);
  assert.deepEqual(Object.getOwnPropertySymbols({ ...seen[1] }), []);
});

test('everything behind an event waits for its check, in the engine', async () => {
  const { schema, calls } = deferred();
  const { log, engine } = await setUp({ a: schema });
  engine.receive(event('1'), event('2', 'b'), ['connection', { state: 'reconnecting' }], event('3'));
  assert.deepEqual([log, engine.items.length], [[], 3]);
  engine.receive(event('4', 'b'));
  assert.deepEqual([log, engine.items.length], [[], 4]);
  calls[0].resolve({ value: { n: 'first' } });
  while (calls.length < 2) await turn();
  assert.deepEqual(log, [['1', { n: 'first' }], ['2', { n: 1 }], 'reconnecting']);
  assert.equal(engine.items.length, 1, 'the fourth event waits for the third');
  calls[1].resolve({ value: { n: 'third' } });
  await reached(log, 5);
  assert.deepEqual(log.slice(3), [
    ['3', { n: 'third' }],
    ['4', { n: 1 }],
  ]);
});

test('what does not fit is an error in the place of the event, and counted', async () => {
  const refuse = standard(() => ({
    issues: [{ message: 'no', path: ['lines', 0, { key: 'sku' }] }, { message: 'bad' }],
  }));
  const { log, engine, dispatch } = await setUp({ a: refuse });
  engine.receive(event('1'), event('2', 'b'));
  await reached(log, 2);
  const [error, next] = log;
  assert.deepEqual(next, ['2', { n: 1 }]);
  const { code, topic, eventId, issues, retryable } = error;
  assert.deepEqual([code, topic, eventId, retryable], ['PAYLOAD_INVALID', 'a', '1', false]);
  assert.deepEqual(issues, [
    { path: ['lines', 0, 'sku'], message: 'no' },
    { path: [], message: 'bad' },
  ]);
  assert.match(error.message, /^Event '1' of 'a' does not fit its schema: lines\.0\.sku: no; bad\. Compare/);
  assert.equal(dispatch.invalid, 1);
});

test('a schema that throws, rejects or returns nonsense is an error with its cause, without secrets', async () => {
  const { log, engine } = await setUp({
    throws: standard(() => {
      throw new TypeError(`oops ${TOKEN}`);
    }),
    rejects: standard(async () => {
      throw new RangeError(`late ${TOKEN}`);
    }),
    nothing: standard(() => undefined),
    later: standard(async () => ({})),
    issues: standard(() => ({ issues: [{ message: `saw ${TOKEN}`, path: [TOKEN, Symbol('s')] }] })),
  });
  for (const topic of ['throws', 'rejects', 'nothing', 'later', 'issues']) {
    engine.receive(event(topic, topic));
  }
  await reached(log, 5);
  assert.deepEqual(
    log.map(({ code, eventId, cause, issues }) => [code, eventId, cause?.message, issues]),
    [
      ['PAYLOAD_INVALID', 'throws', 'TypeError: oops [token]', []],
      ['PAYLOAD_INVALID', 'rejects', 'RangeError: late [token]', []],
      ['PAYLOAD_INVALID', 'nothing', undefined, []],
      ['PAYLOAD_INVALID', 'later', undefined, []],
      ['PAYLOAD_INVALID', 'issues', undefined, [{ message: 'saw [token]', path: ['[token]', 'Symbol(s)'] }]],
    ],
  );
  assert.match(log[0].message, /^Event 'throws' of 'throws': its schema failed\. /);
  assert.match(log[2].message, /: its schema returned neither a value nor issues\. /);
  assert.ok(log.every((error) => !`${error.message} ${error.cause?.stack}`.includes(TOKEN)));
});

test('an event that waits for its check is not delivered once nothing wants it, and what follows is', async () => {
  const { schema, calls } = deferred();
  const { log, engine, changed } = await setUp({ a: schema });
  engine.receive(event('1'), ['connection', { state: 'disconnected' }], event('2', 'b'));
  engine.drop('a');
  changed('sub a');
  assert.deepEqual(log, [], 'no handler runs within the call that ends the subscription');
  await reached(log, 2);
  assert.deepEqual(log, ['disconnected', ['2', { n: 1 }]]);
  calls[0].resolve({ value: {} });
  await turn();
  assert.equal(log.length, 2, 'a late result changes nothing');
});

test('an event that another subscription wants goes on waiting', async () => {
  const { schema, calls } = deferred();
  const { log, engine, changed } = await setUp({ a: schema });
  engine.receive(event('1'), event('2', 'b'));
  engine.drop('b');
  changed('sub b');
  await turn();
  assert.deepEqual(log, []);
  calls[0].resolve({ value: { ok: true } });
  await reached(log, 1);
  assert.deepEqual(log, [['1', { ok: true }]]);
});

test('after destroy() a check that ends calls no handler', async () => {
  const { schema, calls } = deferred();
  const { log, engine, dispatch } = await setUp({ a: schema });
  engine.receive(event('1'), event('2', 'b'));
  dispatch.close();
  calls[0].resolve({ value: {} });
  await turn();
  assert.deepEqual(log, []);
});

test('whether a handler has cancelled an event is asked of what the server sent', async () => {
  const { log, engine, on, changed } = await setUp({ a: standard(() => ({ value: { other: 1 } })) });
  on('event', () => changed());
  on('event:a', () => log.push('again'));
  engine.receive(event('1'));
  assert.deepEqual([log, engine.asked.payload], [[['1', { other: 1 }], 'again'], { n: 1 }]);
});

test('checks that follow each other without end leave the event loop its turns', async () => {
  const { engine, log } = await setUp({ a: standard(async (value) => ({ value })) });
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const total = 20_000;
  engine.receive(...Array.from({ length: total }, (_, n) => event(`${n}`)));
  while (log.length < total) await turn();
  isOver = true;
  assert.ok(turns > 3, `${turns} turns`);
  assert.deepEqual(
    log.map(([id]) => Number(id)),
    Array.from({ length: total }, (_, n) => n),
  );
});

test('a schema ends with its last subscription, and another one may follow', async () => {
  const { log, engine, dispatch, changed } = await setUp();
  const first = standard(() => ({ value: 'first' }));
  const second = standard(() => ({ value: 'second' }));
  dispatch.check('a', first, () => 'sub_1');
  dispatch.check('a', first, () => 'sub_2');
  assert.throws(() => dispatch.check('a', second, assert.fail), {
    code: 'INVALID_ARGUMENT',
    message: "RealtimeClient: schema: expected one schema for a topic, and none for a pattern, got 'a'.",
  });
  assert.throws(() => dispatch.check('order.*', second, assert.fail), { code: 'INVALID_ARGUMENT' });
  await turn();
  changed('sub_1');
  engine.receive(event('1'));
  await reached(log, 1);
  changed('sub_2');
  engine.receive(event('2'));
  await reached(log, 2);
  dispatch.check('a', second, () => 'sub_3');
  engine.receive(event('3'));
  await reached(log, 3);
  assert.deepEqual(log, [
    ['1', 'first'],
    ['2', { n: 1 }],
    ['3', 'second'],
  ]);
});

test('an engine that cannot read an item is reported, and the next item is checked', async () => {
  const { log, engine } = await setUp({ a: accept });
  const { next } = engine;
  engine.next = () => {
    engine.next = next;
    throw new SyntaxError('damaged');
  };
  engine.receive(event('1'));
  await reached(log, 2);
  assert.deepEqual([log[0].code, log[1]], ['INTERNAL_ERROR', ['1', { n: 1 }]]);
});
