/** From the inbox to the handlers, with an inbox that the test fills. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { JSON_ITEMS } from '../../lib/engines/native/batch/codes.js';
import { NativeEngine } from '../../lib/engines/native/engine.js';
import { RealtimeError } from '../../lib/errors/errors.js';
import { Connection } from '../../lib/events/connection.js';
import { Dispatch } from '../../lib/events/dispatch.js';
import { Listeners } from '../../lib/events/listeners.js';
import { Redaction } from '../../lib/redaction/redaction.js';
import { SocketClient } from '../../lib/socket/client.js';
import { Membership } from '../../lib/socket/membership.js';
import { DocumentSubscriptions } from '../../lib/sync/document-subscriptions.js';

const TOKEN = 'a token that no text may show';

/** An inbox in place of the engine's, with everything around a Dispatch. */
function setUp({ wants = () => true, marked = false } = {}) {
  const batches = [];
  const warnings = [];
  const calls = [];
  const log = [];
  let emptied = () => {};
  const addonEngine = {
    endOfTurn: () => calls.push('endOfTurn'),
    drain(integers, _doubles, strings) {
      calls.push('drain');
      if (batches.length === 0) {
        emptied();
        return 0;
      }
      integers.set([marked ? 1 : 0, JSON_ITEMS]);
      strings[0] = batches.shift();
      return 2;
    },
    takeSlowWarning: () => warnings.shift() ?? null,
    wants: (text) => wants(JSON.parse(text)),
    disconnect: () => {},
    unsubscribe: () => true,
    destroy: () => {},
  };
  const names = {
    names: ['event', 'connection', 'gap', 'slow', 'error'],
    prefix: 'event:',
    key: 'topic',
    parseKey: (key) => key,
  };
  const listeners = new Listeners(names, () => {});
  const connection = new Connection();
  const receiver = {};
  const socketClient = {
    receive: (message) => log.push(['message', message.id]),
    settle: () => log.push('outcome'),
  };
  const membership = {
    refused: Membership.prototype.refused,
    end: (channel) => log.push(['refused', channel]),
    refresh: (channels) => log.push(['missed', ...channels]),
  };
  const documents = new DocumentSubscriptions(receiver, assert.fail);
  const redaction = new Redaction({ url: 'http://localhost', token: TOKEN }, () => []);
  const engine = new NativeEngine(
    () => addonEngine,
    () => dispatch.onReady(),
  );
  const dispatch = new Dispatch({ engine, listeners, redaction, receiver });
  dispatch.register('connection', (notice) => connection.receive(notice));
  documents.register(dispatch);
  SocketClient.prototype.register.call(socketClient, dispatch);
  Membership.prototype.register.call(membership, dispatch);
  return {
    log,
    warnings,
    calls,
    documents,
    listeners,
    connection,
    receiver,
    dispatch,
    engine,
    socketClient,
    /** As the client does. */
    disconnect() {
      engine.disconnect();
      dispatch.subscriptionsChanged();
    },
    unsubscribe() {
      engine.unsubscribe('sub_1');
      dispatch.subscriptionsChanged();
    },
    on: (name, handler) => listeners.add(name, handler, false),
    once: (name, handler) => listeners.add(name, handler, true),
    record: (name) => listeners.add(name, (data) => log.push(data.id ?? data.state ?? data.code), false),
    /** Puts batches into the inbox, wakes the dispatch, and resolves when the inbox is empty. */
    receive(...items) {
      batches.push(...items.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))));
      return new Promise((resolve) => {
        emptied = resolve;
        engine.wake();
      });
    },
  };
}

/** Keeps the thread busy. */
function takeTime(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

const event = (id, topic = 'a') => ({
  id,
  topic,
  source: 'database',
  type: 'x',
  payload: {},
  metadata: { timestamp: 1 },
});
const state = (name, reason) => ['connection', { state: name, reason }];

test("'event' comes before 'event:<topic>', each in the order of registration, with the client as this", async () => {
  const { log, on, once, receive, receiver } = setUp();
  on('event:a', (data) => log.push(['topic 1', data.id]));
  on('event', (data) => log.push(['all 1', data.id]));
  once('event:a', (data) => log.push(['topic 2', data.id]));
  on('event', function () {
    log.push(this === receiver);
  });
  await receive([event('1'), event('2', 'b'), event('3')]);
  assert.deepEqual(log, [
    ['all 1', '1'],
    true,
    ['topic 1', '1'],
    ['topic 2', '1'],
    ['all 1', '2'],
    true,
    ['all 1', '3'],
    true,
    ['topic 1', '3'],
  ]);
});

test('the end of a turn is reported once per turn, before anything is taken', async () => {
  const { calls, receive } = setUp();
  await receive([{ id: '1', topic: 't' }], [{ id: '2', topic: 't' }]);
  assert.deepEqual(calls, ['endOfTurn', 'drain', 'drain', 'drain']);
  await receive([{ id: '3', topic: 't' }]);
  assert.deepEqual(calls.slice(4), ['endOfTurn', 'drain', 'drain']);
});

test('a flood leaves the event loop its turns, within a batch as well', async () => {
  const { log, record, on, receive, engine } = setUp();
  record('event');
  on('event', () => takeTime(50));
  const emptied = receive([event('1'), event('2')], [event('3')]);
  assert.deepEqual(log, ['1'], 'as much as there is time for, at once');
  engine.wake();
  assert.deepEqual(log, ['1'], 'a ring in between changes nothing');
  setImmediate(() => log.push('another turn'));
  await emptied;
  assert.deepEqual(log, ['1', '2', 'another turn', '3']);
});

test('quick handlers are called without a turn in between', () => {
  const { log, record, receive } = setUp();
  record('event');
  receive([event('1'), event('2')], [event('3')]);
  assert.deepEqual(log, ['1', '2', '3']);
});

test('a batch that the engine has marked is checked with it', async () => {
  const { log, record, receive } = setUp({ wants: ({ id }) => id !== '1', marked: true });
  record('event');
  record('connection');
  await receive([event('1'), event('2'), state('reconnecting')]);
  assert.deepEqual(log, ['2', 'reconnecting']);
});

test('after disconnect() inside a handler the rest of the batch brings no event, but its notices', async () => {
  const { log, record, once, receive, disconnect } = setUp();
  once('event', disconnect);
  for (const name of ['event', 'event:a', 'connection', 'error']) record(name);
  const error = ['error', { code: 'TIMEOUT', message: 'x' }];
  await receive([event('1'), event('2'), state('reconnecting'), error, event('3')], [event('4', 'b')]);
  assert.deepEqual(log, ['1', 'reconnecting', 'TIMEOUT', '4'], "nor does the event at hand reach 'event:a'");
});

test('an event that its own handlers have ended reaches no further list of listeners', async () => {
  const observed = async (name, act, wanted) => {
    const world = setUp({ wants: () => wanted });
    const { log, on, record, receive } = world;
    on(name, () => act(world));
    for (const each of ['event', 'event:a']) record(each);
    await receive([{ ...event('1'), source: 'socket' }]);
    return log;
  };
  const disconnect = (world) => world.disconnect();
  const unsubscribe = (world) => world.unsubscribe();
  const message = ['message', '1'];
  assert.deepEqual(await observed('event', disconnect, true), ['1'], 'the list it was handed to hears it to its end');
  assert.deepEqual(await observed('event:a', disconnect, true), ['1', '1']);
  assert.deepEqual(await observed('event', unsubscribe, false), ['1']);
  assert.deepEqual(await observed('event:a', unsubscribe, false), ['1', '1']);
  assert.deepEqual(await observed('event', unsubscribe, true), ['1', '1', message], 'another subscription wants it');
});

test('an event continues to other handlers after a handler has put a value into it that is not JSON', async () => {
  for (const spoil of [(data) => ({ self: data }), () => ({ toJSON: () => undefined })]) {
    const { log, once, record, receive, unsubscribe } = setUp({ wants: assert.fail });
    once('event', (data) => {
      Object.assign(data, spoil(data));
      unsubscribe();
    });
    record('event:a');
    await receive([event('1')]);
    assert.deepEqual(log, ['1']);
  }
});

test('who is to hear of an event is not up to what a handler makes of it', async () => {
  const { log, on, record, receive, socketClient } = setUp();
  socketClient.receive = ({ id }, topic) => log.push([id, topic]);
  on('event', (data) => Object.assign(data, { topic: 'b', source: 'sync' }));
  for (const each of ['event:a', 'event:b']) record(each);
  await receive([{ ...event('1'), source: 'socket' }]);
  assert.deepEqual(log, ['1', ['1', 'a']]);
});

test('after unsubscribe() inside a handler the rest of the batch is checked with the engine', async () => {
  const asked = [];
  const { log, record, once, receive, unsubscribe } = setUp({
    wants: (each) => {
      asked.push(each.id);
      return each.id !== '2';
    },
  });
  once('event', unsubscribe);
  record('event');
  await receive([event('1'), event('2'), event('3')], [event('4')]);
  assert.deepEqual(log, ['1', '3', '4']);
  assert.deepEqual(asked, ['1', '2', '3'], 'not the batches before and after');
});

test('after destroy() inside a handler no handler is called, and nothing changes the state', async () => {
  const { log, record, once, receive, dispatch, engine, listeners, connection } = setUp();
  once('event', () => {
    dispatch.close();
    engine.destroy();
    listeners.close();
  });
  for (const name of ['event', 'event:a', 'connection']) record(name);
  receive([event('1'), state('reconnecting')], [event('2')]);
  await new Promise(setImmediate);
  assert.deepEqual(log, []);
  assert.equal(connection.state, 'disconnected');
});

test('attachments return to their places', async () => {
  const { on, receive } = setUp();
  const received = [];
  on('event', (data) => received.push(data.payload));
  const hole = (num) => ({ _placeholder: true, num });
  const payload = { a: hole(1), list: [1, hole(0), { b: hole(1) }], none: hole(2), odd: hole('length'), far: null };
  const attachments = ['AAEC', Buffer.from('ü').toString('base64')];
  await receive([['binary', { ...event('1'), payload }, attachments], { ...event('2'), payload: { a: hole(0) } }]);
  assert.deepEqual(received, [
    {
      a: Buffer.from('ü'),
      list: [1, Buffer.from([0, 1, 2]), { b: Buffer.from('ü') }],
      none: hole(2),
      odd: hole('length'),
      far: null,
    },
    { a: hole(0) },
  ]);
});

test('attachments of a very deep event', async () => {
  const { on, receive } = setUp();
  let depth = 0;
  on('event', (data) => {
    for (let at = data.payload; !Buffer.isBuffer(at); at = at[0]) depth += 1;
  });
  const deep = `${'['.repeat(100_000)}{"_placeholder":true,"num":0}${']'.repeat(100_000)}`;
  await receive(`[["binary",{"id":"1","topic":"a","payload":${deep}},["AA=="]]]`);
  assert.equal(depth, 100_000);
});

test('an error nobody listens to is one warning per code', async () => {
  const { receive, log, record } = setUp();
  const error = (code) => ['error', { code, message: `message of ${code}` }];
  const warnings = [];
  const collect = (warning) => warnings.push(warning);
  process.on('warning', collect);
  await receive([error('TIMEOUT'), error('TIMEOUT'), error('NETWORK_ERROR')], [error('TIMEOUT')]);
  record('error');
  await receive([error('AUTH_FAILED')]);
  process.emitWarning('last');
  while (!warnings.some(({ message }) => message === 'last')) await once(process, 'warning');
  process.off('warning', collect);

  assert.deepEqual(
    warnings.map(({ name, code }) => [name, code]),
    [
      ['RealtimeWarning', 'TIMEOUT'],
      ['RealtimeWarning', 'NETWORK_ERROR'],
      ['Warning', undefined],
    ],
  );
  assert.match(warnings[0].message, /^Message of TIMEOUT\. /);
  assert.deepEqual(log, ['AUTH_FAILED']);
});

test('an error is a RealtimeError with everything the engine said', async () => {
  const { on, receive } = setUp();
  const errors = [];
  on('error', (error) => errors.push(error));
  await receive([
    ['error', { code: 'UPGRADE_REFUSED', message: 'HTTP 503', status: 503, subscriptionId: 'sub_1', cause: 'why' }],
  ]);
  const [error] = errors;
  assert.ok(error instanceof RealtimeError);
  assert.deepEqual(
    [error.code, error.status, error.subscriptionId, error.cause.message],
    ['UPGRADE_REFUSED', 503, 'sub_1', 'why'],
  );
});

test('a batch that cannot be read is an error, and the next one is handled', async () => {
  const { log, record, receive } = setUp();
  record('event');
  record('error');
  await receive('[{"id":', [event('2')]);
  assert.deepEqual(log, ['INTERNAL_ERROR', '2']);
});

test('the error about a batch that cannot be read quotes no secret', async () => {
  const { on, receive } = setUp();
  const errors = [];
  on('error', (error) => errors.push(error));
  await receive(TOKEN);
  assert.match(errors[0].cause.message, /\[token\]/);
  assert.doesNotMatch(inspect(errors[0], { depth: 9 }), new RegExp(TOKEN.slice(0, 8)));
});

test('what is about channels goes to the socketClient, messages after the listeners of events', async () => {
  const { log, record, receive } = setUp();
  for (const name of ['event', 'error']) record(name);
  const denied = ['error', { code: 'CHANNEL_DENIED', message: 'x', channel: 'c' }];
  const message = { ...event('1'), source: 'socket' };
  await receive([message, event('2'), ['joined', { channel: 'c' }], ['outcome', { id: 1 }], denied]);
  assert.deepEqual(log, ['1', ['message', '1'], '2', ['missed', 'c'], 'outcome', ['refused', 'c'], 'CHANNEL_DENIED']);
});

test('items of a kind that is not known are passed over', async () => {
  const { log, record, receive } = setUp();
  record('event');
  await receive([['news', 1], event('1')]);
  assert.deepEqual(log, ['1']);
});

test('notices set the state before their listeners are called', async () => {
  const { on, receive, connection } = setUp();
  const seen = [];
  on('connection', (change) => seen.push([change.state, change.reason, connection.state]));
  connection.command('connecting');
  await receive([state('connecting'), state('reconnecting', 'connect ECONNREFUSED'), state('connected')]);
  assert.deepEqual(seen, [
    ['connecting', undefined, 'connecting'],
    ['reconnecting', 'connect ECONNREFUSED', 'reconnecting'],
    ['connected', undefined, 'connected'],
  ]);
});

test('notices from before a command are shown, but the state is the one commanded', async () => {
  const { on, receive, connection } = setUp();
  const seen = [];
  on('connection', (change) => seen.push([change.state, connection.state]));
  connection.command('connecting');
  connection.command('disconnected');
  connection.command('connecting');
  await receive([state('connecting'), state('connected'), state('disconnected')]);
  await receive([state('connecting'), state('connected')]);
  assert.deepEqual(seen, [
    ['connecting', 'connecting'],
    ['connected', 'connecting'],
    ['disconnected', 'connecting'],
    ['connecting', 'connecting'],
    ['connected', 'connected'],
  ]);
});

test('who waits for the end goes on after the listeners have seen it', async () => {
  const { log, record, receive, connection } = setUp();
  record('connection');
  await connection.settled();
  connection.command('connecting');
  connection.command('disconnected');
  const settled = connection.settled().then(() => log.push('settled'));
  await receive([state('connecting')], [state('connected')]);
  await receive([state('disconnected')]);
  await settled;
  assert.deepEqual(log, ['connecting', 'connected', 'disconnected', 'settled']);
});

test('who waits for the end waits for that one, whatever is commanded meanwhile', async () => {
  const { log, record, once, receive, connection } = setUp();
  record('connection');
  once('connection', () => connection.command('connecting'));
  connection.command('disconnected');
  const settled = connection.settled().then(() => log.push('settled'));
  await receive([state('disconnected')]);
  await settled;
  assert.deepEqual([connection.state, log], ['connecting', ['disconnected', 'settled']]);
  await receive([state('connecting')]);
  assert.deepEqual(log, ['disconnected', 'settled', 'connecting']);
});

test("'slow' is reported in the middle of a batch", async () => {
  const { log, warnings, engine, on, receive } = setUp();
  on('slow', ({ events }) => log.push(['slow', events]));
  on('event', ({ id }) => {
    log.push(id);
    if (id !== '1') return;
    // Longer than a turn may take: the engine's wake-up arrives before the next event.
    takeTime(5);
    setImmediate(() => engine.wake());
    warnings.push(JSON.stringify(['slow', { events: 9 }]));
  });
  await receive([event('1'), event('2'), event('3')], [['slow', { events: 8 }], event('4')]);
  assert.deepEqual(log, ['1', ['slow', 9], '2', '3', ['slow', 8], '4']);
});

test('a wake-up after destroy() reads nothing', () => {
  const { warnings, dispatch, engine, listeners } = setUp();
  warnings.push('[');
  listeners.add('event', takeTime, false);
  dispatch.close();
  engine.destroy();
  engine.wake();
  assert.deepEqual(warnings, ['[']);
});

test('live documents and rosters are told about dropped events, but not about a lost connection', async () => {
  const { log, documents, on, receive } = setUp();
  on('gap', ({ subscriptions, channels }) => log.push([subscriptions.map((each) => each.subscriptionId), channels]));
  documents.owns = (id) => id === 'sub_2';
  documents.missed = (id) => log.push(id);
  const gap = (ids, channels, dropped) => {
    const subscriptions = ids.map((subscriptionId) => ({ subscriptionId, topic: 't' }));
    return ['gap', { since: 1, until: 2, reason: 'r', subscriptions, channels, ...(dropped && { dropped }) }];
  };
  await receive([gap(['sub_1', 'sub_2'], ['c']), gap(['sub_2'], []), gap(['sub_1', 'sub_2'], ['c'], 3)]);
  assert.deepEqual(log, [[['sub_1'], ['c']], 'sub_1', 'sub_2', ['missed', 'c'], [['sub_1'], ['c']]]);
  log.length = 0;
  // Direct messages belong to no subscription, and may be among what was dropped.
  await receive([gap(['sub_2'], [], 3), gap([], [], 1)]);
  assert.deepEqual(log, ['sub_2', ['missed'], [[], []], ['missed'], [[], []]]);
});

test('a defect between the inbox and the handlers stops nothing else', async () => {
  const world = setUp();
  world.record('event');
  const problem = new TypeError('a defect');
  world.socketClient.settle = () => {
    throw problem;
  };
  // The test runner has listeners of its own, which would fail the test.
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const thrown = once(process, 'uncaughtException');
  const emptied = world.receive([event('1'), ['outcome', { id: 1 }], event('2')], [event('3')]);
  assert.deepEqual(await thrown, [problem, 'uncaughtException']);
  for (const other of others) process.on('uncaughtException', other);
  await emptied;
  assert.deepEqual(world.log, ['1', '2', '3']);
});
