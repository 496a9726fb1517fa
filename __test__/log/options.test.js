/** The option `log` and the environment variable: levels, parts, handlers and loggers. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { RealtimeClient, RealtimeError } from '../../lib/index.js';
import { logRecords } from '../support/log-records.js';

/** Nothing listens there, and the client does not connect. */
const options = { url: 'http://127.0.0.1:9', token: 'token', autoConnect: false };

/** What a client that is created and destroyed logs. @param {any} log */
function linesOf(log) {
  const { handler, lines } = logRecords();
  new RealtimeClient({ ...options, log: { handler, ...log } }).destroy();
  return lines();
}

/** A logger that keeps its calls. @param {object} [more] */
function fakeLogger(more) {
  /** @type {[method: string, ...args: any[]][]} */
  const calls = [];
  const methods = ['error', 'warn', 'info', 'debug', 'trace'].map((name) => [
    name,
    (/** @type {any[]} */ ...args) => calls.push([name, ...args]),
  ]);
  return { calls, logger: { ...Object.fromEntries(methods), ...more } };
}

test('the level decides what is logged, alone or by part', () => {
  const all = ['client info created', 'client debug destroyed'];
  assert.deepEqual(linesOf({ level: 'debug' }), all);
  assert.deepEqual(linesOf({ level: 'TRACE' }), all);
  assert.deepEqual(linesOf({}), all.slice(0, 1), 'the default is info');
  assert.deepEqual(linesOf({ level: 'error' }), []);
  assert.deepEqual(linesOf({ level: 'off' }), []);
  assert.deepEqual(linesOf({ level: 'client=debug' }), all);
  assert.deepEqual(linesOf({ level: 'session=debug,rest=info' }), [], 'other parts are silent');
  assert.deepEqual(
    linesOf({ level: ' session=debug , info' }),
    all.slice(0, 1),
    'a level alone is for all other parts',
  );
  assert.deepEqual(linesOf({ level: 'debug,client=off' }), []);
});

test('a record has a time, a level, a part, a client, a message and fields', () => {
  const { handler, records } = logRecords();
  const before = Date.now();
  for (let count = 0; count < 2; count += 1) new RealtimeClient({ ...options, log: { handler } }).destroy();
  const [{ time, client, ...record }, second] = records;
  assert.ok(time >= before && time <= Date.now());
  assert.equal(second.client, Number(client) + 1);
  const { engine } = new RealtimeClient({ ...options, log: false });
  assert.deepEqual(record, {
    level: 'info',
    part: 'client',
    message: 'created',
    fields: { url: 'http://127.0.0.1:9', engine, protocol: 'socket.io', transports: ['websocket', 'polling'] },
  });
});

test('what is no log is refused, and the error names what is allowed', () => {
  const levels = /error, warn, info, debug, trace.*'session=debug,rest=info'.*client, session, transport, auth/;
  for (const [log, path, allowed] of /** @type {[any, string, RegExp][]} */ ([
    ['verbose', 'RealtimeClient(): options.log:', levels],
    ['', 'RealtimeClient(): options.log:', levels],
    [{ level: 'verbose' }, 'RealtimeClient(): options.log.level:', levels],
    [{ level: 'socket=debug' }, 'RealtimeClient(): options.log.level:', levels],
    [{ level: 'session=debug=info' }, 'RealtimeClient(): options.log.level:', levels],
    [{ level: 'session' }, 'RealtimeClient(): options.log.level:', levels],
    [{ level: 3 }, 'RealtimeClient(): options.log.level:', levels],
    [{ handler: 'console' }, 'RealtimeClient(): options.log.handler:', /a function/],
    [{ logger: { info() {} } }, 'RealtimeClient(): options.log.logger:', /error, warn, info and debug/],
    [{ handler() {}, logger: console }, 'RealtimeClient(): options.log:', /not both/],
    [7, 'RealtimeClient(): options.log:', /a logger with the methods error, warn, info and debug/],
    [[], 'RealtimeClient(): options.log:', /a logger/],
    [null, 'RealtimeClient(): options.log:', /a logger/],
  ]))
    assert.throws(
      () => new RealtimeClient({ ...options, log }),
      (/** @type {any} */ error) => {
        assert.ok(error instanceof RealtimeError);
        assert.equal(error.code, 'INVALID_ARGUMENT');
        assert.ok(error.message.startsWith(path), error.message);
        assert.match(error.message, allowed);
        return true;
      },
    );
});

test('the environment turns logs on, the option says otherwise, and a wrong variable warns once', async (t) => {
  /** @type {string[]} */
  const written = [];
  t.mock.method(process.stderr, 'write', (/** @type {string} */ text) => written.push(text));
  t.after(() => delete process.env.REALTIME_LOG);
  const make = (/** @type {any} */ log) => {
    written.length = 0;
    new RealtimeClient({ ...options, log }).destroy();
    return written.map((line) => JSON.parse(line).message);
  };
  process.env.REALTIME_LOG = 'client=debug';
  assert.deepEqual(make(undefined), ['created', 'destroyed']);
  assert.deepEqual(make('info'), ['created']);
  assert.deepEqual(make(false), []);
  assert.deepEqual(make(true), ['created', 'destroyed']);
  const { calls, logger } = fakeLogger();
  assert.deepEqual(make(logger), []);
  assert.deepEqual(
    calls.map(([method]) => method),
    ['info', 'debug'],
  );
  process.env.REALTIME_LOG = 'loud';
  const warned = once(process, 'warning');
  assert.deepEqual(make(undefined), ['created'], 'the default level');
  assert.deepEqual(make(undefined), ['created']);
  const [warning] = await warned;
  assert.equal(warning.code, 'INVALID_ARGUMENT');
  assert.match(warning.message, /^The environment variable REALTIME_LOG: expected a level \(off, error, warn/);
  delete process.env.REALTIME_LOG;
  assert.deepEqual(make(undefined), []);
});

test('loggers are called as they expect it', () => {
  const console = fakeLogger();
  new RealtimeClient({ ...options, log: { level: 'debug', logger: console.logger } }).destroy();
  const [[method, message, more]] = console.calls;
  assert.deepEqual([method, message, more.part, more.url], ['info', 'created', 'client', 'http://127.0.0.1:9']);
  assert.equal(new Date(more.at).toISOString(), more.at);
  assert.ok(more.client > 0);

  const pino = fakeLogger({ bindings: () => ({}), level: 'debug' });
  new RealtimeClient({ ...options, log: pino.logger }).destroy();
  assert.deepEqual(
    pino.calls.map(([method, { part }, message]) => [method, part, message]),
    [
      ['info', 'client', 'created'],
      ['debug', 'client', 'destroyed'],
    ],
  );
  const silent = fakeLogger({ bindings: () => ({}), level: 'silent' });
  new RealtimeClient({ ...options, log: silent.logger }).destroy();
  assert.deepEqual(silent.calls, []);
});

test('a handler that throws or rejects stops nothing, and is warned about once', async () => {
  for (const handler of [
    () => {
      throw new Error('disk full');
    },
    () => Promise.reject(new Error('disk full')),
  ]) {
    const warned = once(process, 'warning');
    const client = new RealtimeClient({ ...options, log: { level: 'debug', handler } });
    client.destroy();
    const [warning] = await warned;
    assert.equal(warning.code, 'LOG_HANDLER_FAILED');
    assert.match(warning.message, /disk full/);
  }
});

test('a handler may use the client, and its own records wait for it', () => {
  const { lines, handler } = logRecords();
  let isWithin = false;
  const client = new RealtimeClient({
    ...options,
    log: {
      level: 'debug',
      handler(record) {
        assert.equal(isWithin, false, 'called within itself');
        isWithin = true;
        handler(record);
        if (record.message === 'destroyed') new RealtimeClient({ ...options, log: { handler } }).destroy();
        isWithin = false;
      },
    },
  });
  client.destroy();
  assert.deepEqual(lines(), ['client info created', 'client debug destroyed', 'client info created']);
});
