/** What the constructor and subscribe() accept, refuse and warn about. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import vm from 'node:vm';

import { parseOptions } from '../../lib/options/client.js';
import { parseSubscription } from '../../lib/options/subscription.js';

const SECRET = 'eyJhbGciOiJIUzI1NiJ9.secret.part';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const minimal = { url: 'http://localhost:3000', token: SECRET };
const configOf = (options) => parseOptions({ ...minimal, ...options }).config;

/**
 * Asserts INVALID_ARGUMENT with the method and this beginning, and that nothing secret is shown.
 */
function refuses(run, words, method = 'RealtimeClient()') {
  const beginning = `${method}: ${words}`;
  assert.throws(run, (error) => {
    assert.equal(error.code, 'INVALID_ARGUMENT');
    assert.equal(error.message.slice(0, beginning.length), beginning);
    assert.doesNotMatch(error.message, /secret|hunter2/);
    return true;
  });
}

test('the documented defaults', () => {
  assert.deepEqual(parseOptions(minimal), {
    ask: undefined,
    autoConnect: true,
    devtools: false,
    schemas: [],
    config: {
      autoConnect: true,
      devtools: false,
      schemas: undefined,
      log: undefined,
      engine: process.env.REALTIME_ENGINE || 'native',
      url: 'http://localhost:3000',
      token: SECRET,
      protocol: 'socket.io',
      path: undefined,
      headers: undefined,
      applicationId: undefined,
      environment: undefined,
      reconnection: true,
      reconnectionAttempts: 10,
      reconnectionDelay: 1000,
      reconnectionDelayMax: 20_000,
      randomizationFactor: 1,
      reconnectOnServerDisconnect: false,
      connectTimeout: 20_000,
      heartbeat: { interval: 2000, timeout: 2500 },
      outbox: { maxMessages: 1000, maxBytes: 4_194_304, maxAgeMs: 60_000 },
      coalesceMs: undefined,
      inbox: { maxEvents: 16_384, maxBytes: 8_388_608, overflow: 'disconnect', maxPauseMs: undefined },
      tls: undefined,
      transports: ['websocket', 'polling'],
      maxMessageBytes: 16_777_216,
      compression: undefined,
      proxy: undefined,
      lifecycle: undefined,
      record: undefined,
      stats: undefined,
      worker: false,
    },
    log: undefined,
  });
  assert.deepEqual(
    parseOptions({ ...minimal, autoConnect: undefined, protocol: undefined, tls: undefined }),
    parseOptions(minimal),
  );
});

test('every option is passed on', () => {
  const options = {
    ...minimal,
    autoConnect: false,
    reconnection: false,
    reconnectionAttempts: Infinity,
    reconnectionDelay: 0,
    reconnectionDelayMax: 7000,
    randomizationFactor: 0,
    reconnectOnServerDisconnect: true,
    connectTimeout: 1,
    heartbeat: { interval: 100, timeout: 7 },
    outbox: { maxMessages: 0, maxBytes: 9, maxAgeMs: 1 },
    coalesceMs: 0.5,
    inbox: { maxEvents: 1, maxBytes: 9, overflow: 'latest', maxPauseMs: 0 },
    protocol: 'ws',
    path: '/live/',
    headers: { 'X-Trace': 'a\tb~' },
    applicationId: 'app',
    environment: 'test',
    transports: ['websocket'],
    maxMessageBytes: 1024,
    compression: { threshold: 0, maxWindowBits: 9 },
    proxy: 'http://p:1',
    engine: 'native',
    lifecycle: { subscribe: () => () => {} },
    record: { maxBytes: 1, payloads: true, recorder: { replay: () => {} } },
    stats: { latency: true, topics: true },
    worker: true,
    devtools: true,
    log: 'debug',
    tls: { ca: [PEM, Buffer.from(PEM)], cert: PEM, key: Buffer.from(PEM), rejectUnauthorized: false, servername: 'x' },
  };
  const { autoConnect, devtools, log } = options;
  const proxy = { host: 'p', port: 1, authorization: undefined };
  const tls = { ca: [PEM, PEM], cert: PEM, key: PEM, rejectUnauthorized: false, servername: 'x' };
  const headers = Object.assign(Object.create(null), options.headers);
  const config = { ...options, headers, proxy, tls, schemas: undefined, log: undefined };
  assert.deepEqual(parseOptions(options), { ask: undefined, autoConnect, schemas: [], devtools, config, log });
  assert.deepEqual(configOf({ engine: 'native', tls: { ca: PEM } }).tls.ca, [PEM]);
});

test('a function for tokens takes the place of the token', () => {
  const ask = () => SECRET;
  const parsed = parseOptions({ ...minimal, token: ask });
  assert.deepEqual([parsed.ask, parsed.config.token], [ask, undefined]);
});

test('the heartbeat is set in part, as a whole, or not at all', () => {
  assert.deepEqual(configOf({ heartbeat: { timeout: 9 } }).heartbeat, { interval: 2000, timeout: 9 });
  assert.equal(configOf({ heartbeat: false }).heartbeat, undefined);
});

test('compression is set in part, as a whole, or not at all', () => {
  assert.deepEqual(configOf({ compression: true }).compression, { threshold: 1024, maxWindowBits: 15 });
  assert.deepEqual(configOf({ compression: { threshold: 9 } }).compression, { threshold: 9, maxWindowBits: 15 });
  assert.equal(configOf({ compression: false }).compression, undefined);
});

test('a delay above the default limit raises the limit', () => {
  assert.equal(configOf({ reconnectionDelay: 29_000 }).reconnectionDelayMax, 29_000);
});

test('the url loses nothing but slashes at its end', () => {
  assert.equal(configOf({ url: 'https://example.com/' }).url, 'https://example.com');
  assert.equal(configOf({ url: 'HTTP://Example.com:8080/a/b//' }).url, 'http://example.com:8080/a/b');
  assert.equal(configOf({ url: 'http://[::1]:3000' }).url, 'http://[::1]:3000');
});

const wrong = [
  ['options.url: expected an absolute http:// or https:// URL', { url: undefined }],
  [
    "options.url: expected an absolute http:// or https:// URL such as 'http://localhost:3000', got 'localhost:3000'",
    { url: 'localhost:3000' },
  ],
  ['options.url: expected an absolute', { url: 'ws://localhost' }],
  ['options.url: expected an absolute', { url: 'user:hunter2@localhost' }],
  ['options.url: expected an absolute', { url: 'ftp://user:hunter2@localhost' }],
  ['options.url: expected a URL without a user name or password', { url: 'http://user:hunter2@localhost' }],
  ['options.url: expected a URL without a query or fragment', { url: 'http://localhost/?token=hunter2' }],
  ['options.token: expected a non-empty JWT string', { token: undefined }],
  [
    "options.token: expected a non-empty JWT string, without spaces, line ends or a leading 'Bearer ', or a function that gives one, got an empty string",
    { token: '' },
  ],
  ['options.token: expected', { token: `Bearer ${SECRET}` }],
  ['options.token: expected', { token: `${SECRET}\n` }],
  [
    "options.token: expected a non-empty JWT string, without spaces, line ends or a leading 'Bearer ', or a function that gives one, got a Promise: await it",
    { token: Promise.resolve(SECRET) },
  ],
  ['options.headers: expected an object of strings, got a Promise: await it', { headers: Promise.resolve({}) }],
  ["options.autoConnect: expected true or false, got 'no'", { autoConnect: 'no' }],
  ['options.reconnection: expected true or false, got null', { reconnection: null }],
  ['options.reconnectionAttempts: expected an integer >= 0, or Infinity, got -1', { reconnectionAttempts: -1 }],
  ['options.reconnectionAttempts: expected', { reconnectionAttempts: 1.5 }],
  ['options.reconnectionAttempts: expected', { reconnectionAttempts: NaN }],
  [
    "options.reconnectionDelay: expected a number of milliseconds from 0 to 2147483647, got '1s'",
    { reconnectionDelay: '1s' },
  ],
  ['options.reconnectionDelay: expected', { reconnectionDelay: Infinity }],
  ['options.reconnectionDelayMax: expected at least reconnectionDelay (1000), got 10', { reconnectionDelayMax: 10 }],
  ['options.randomizationFactor: expected a number from 0 to 1, got 1.1', { randomizationFactor: 1.1 }],
  ['options.heartbeat: expected false, or an object with interval and timeout, got true', { heartbeat: true }],
  ['options.outbox: expected an object with maxMessages, maxBytes and maxAgeMs, got a number', { outbox: 5 }],
  [
    `options.outbox.maxBytes: expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got -1`,
    { outbox: { maxBytes: -1 } },
  ],
  ['options.outbox.maxAgeMs: expected a number of milliseconds > 0, got 0', { outbox: { maxAgeMs: 0 } }],
  ['options.coalesceMs: expected a number of milliseconds from 0', { coalesceMs: -1 }],
  ['options.inbox: expected an object with maxEvents, maxBytes, overflow and maxPauseMs, got null', { inbox: null }],
  ['options.inbox: expected an object with maxEvents, maxBytes, overflow and maxPauseMs, got a number', { inbox: 5 }],
  [
    `options.inbox.maxEvents: expected an integer from 1 to ${Number.MAX_SAFE_INTEGER}, got 0`,
    { inbox: { maxEvents: 0 } },
  ],
  ['options.inbox.maxBytes: expected an integer from 1', { inbox: { maxBytes: 1.5 } }],
  [
    "options.inbox.overflow: expected 'disconnect' or 'drop-oldest' or 'drop-newest' or 'latest', got 'drop'",
    { inbox: { overflow: 'drop' } },
  ],
  ['options.maxMessageBytes: expected an integer from 1024 to 268435456, got 1023', { maxMessageBytes: 1023 }],
  ['options.maxMessageBytes: expected', { maxMessageBytes: 268_435_457 }],
  ['options.maxMessageBytes: expected', { maxMessageBytes: Infinity }],
  ['options.maxMessageBytes: expected', { maxMessageBytes: 4096.5 }],
  ['options.maxMessageBytes: expected', { maxMessageBytes: '1e6' }],
  ['options.maxMessageBytes: expected', { maxMessageBytes: null }],
  [
    'options.compression: expected true or false, or an object with threshold and maxWindowBits, got a string',
    { compression: 'yes' },
  ],
  ['options.compression: expected true or false, or an object', { compression: null }],
  [
    `options.compression.threshold: expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got -1`,
    { compression: { threshold: -1 } },
  ],
  ['options.compression.maxWindowBits: expected an integer from 9 to 15, got 8', { compression: { maxWindowBits: 8 } }],
  ['options.compression.maxWindowBits: expected an integer from 9', { compression: { maxWindowBits: 16 } }],
  ["options.engine: expected 'native' or 'javascript', got 'rust'", { engine: 'rust' }],
  ["options.engine: expected 'native' or 'javascript', got null", { engine: null }],
  ['options.lifecycle: expected an object with the method subscribe', { lifecycle: {} }],
  ['options.devtools: expected true or false', { devtools: 1 }],
  ['options.worker: expected true or false', { worker: 1 }],
  ['options.inbox.maxPauseMs: expected a number of milliseconds from 0', { inbox: { maxPauseMs: Infinity } }],
  ['options.heartbeat.interval: expected a number of milliseconds > 0, got 0', { heartbeat: { interval: 0 } }],
  ...[1, 99.9, 5e-324].map((interval) => [
    `options.heartbeat.interval: expected at least 100 milliseconds, got ${interval}`,
    { heartbeat: { interval } },
  ]),
  [
    'options.heartbeat.timeout: expected at least 1 millisecond, got 5e-324',
    { heartbeat: { interval: 100, timeout: 5e-324 } },
  ],
  ['options.reconnectOnServerDisconnect: expected true or false', { reconnectOnServerDisconnect: 1 }],
  ['options.connectTimeout: expected a number of milliseconds > 0, got 0', { connectTimeout: 0 }],
  ["options.protocol: expected 'socket.io' or 'ws', got 'wss'", { protocol: 'wss' }],
  ["options.path: expected a URL path that starts with '/'", { path: 'socket.io' }],
  ['options.path: expected', { path: '/a?b' }],
  ['options.headers: expected an object of strings, got an instance of Map', { headers: new Map() }],
  ['options.tls: expected an object, got an array', { tls: ['-----BEGIN CERTIFICATE-----'] }],
  [
    'options.heartbeat: expected false, or an object with interval and timeout, got an instance of Map',
    { heartbeat: new Map([['interval', 500]]) },
  ],
  ['options.headers: expected valid header names, got a string', { headers: { 'x-key: secret': '' } }],
  [
    'options.headers.x-key: expected a string of printable ASCII, without line ends, got a string',
    { headers: { 'x-key': 'secret\r\nHost: x' } },
  ],
  [
    'options.headers.x-key: expected a string of printable ASCII, without line ends, got a number',
    { headers: { 'x-key': 1 } },
  ],
  [
    'options.headers.Authorization: expected nothing, since options.token sets it',
    { headers: { Authorization: 'secret' } },
  ],
  ['options.headers.HOST: expected nothing, since the handshake sets it', { headers: { HOST: 'x' } }],
  ['options.headers.Sec-WebSocket-Key: expected nothing', { headers: { 'Sec-WebSocket-Key': 'x' } }],
  ['options.applicationId: expected a string of 1 to 256', { applicationId: '' }],
  ['options.environment: expected a string of 1 to 256', { environment: 'a\nb' }],
  ['options.tls: expected an object, got true', { tls: true }],
  ['options.tls.ca: expected PEM text', { tls: { ca: '/etc/secret.pem' } }],
  ['options.tls.ca: expected at least one certificate', { tls: { ca: [] } }],
  ['options.tls.ca: expected PEM text', { tls: { ca: '' } }],
  ['options.tls.ca[0]: expected PEM text', { tls: { ca: [Buffer.alloc(0)] } }],
  ['options.tls.ca[1]: expected PEM text', { tls: { ca: [PEM, Buffer.from([48, 130])] } }],
  ['options.tls.key: expected cert and key together, got undefined', { tls: { cert: PEM } }],
  ['options.tls.cert: expected cert and key together, got undefined', { tls: { key: PEM } }],
  ['options.tls.rejectUnauthorized: expected true or false, got 0', { tls: { rejectUnauthorized: 0 } }],
];

for (const [beginning, options] of wrong) {
  test(`refused: ${beginning}`, () => refuses(() => configOf(options), beginning));
}

test('refused: no options', () => {
  refuses(() => parseOptions(Promise.resolve(minimal)), 'options is a Promise: await it');
  refuses(() => parseOptions(), 'options: expected an object with url and token, got undefined');
  refuses(() => parseOptions('http://localhost'), 'options: expected an object with url and token, got a string');
});

test('an unknown option is one warning that names the nearest known one', async () => {
  const warnings = [];
  const collect = (warning) => warnings.push(warning);
  process.on('warning', collect);
  for (let i = 0; i < 2; i++) {
    configOf({ reconectionDelay: 5, timeout: 5, extraHeaders: {}, zzz: 1, tls: { certs: PEM } });
    parseSubscription({ topic: 'a', filters: { a: 1 } });
  }
  // Warnings are emitted in their order: once this one is out, so are the others.
  process.emitWarning('last');
  while (!warnings.some(({ message }) => message === 'last')) await once(process, 'warning');
  process.off('warning', collect);

  assert.deepEqual(
    warnings.slice(0, -1).map(({ name, code, message }) => [name, code, message]),
    [
      [
        "RealtimeClient(): options.reconectionDelay is not an option and has no effect. Did you mean 'reconnectionDelay'?",
      ],
      ["RealtimeClient(): options.timeout is not an option and has no effect. Did you mean 'connectTimeout'?"],
      ["RealtimeClient(): options.extraHeaders is not an option and has no effect. Did you mean 'headers'?"],
      [
        'RealtimeClient(): options.zzz is not an option and has no effect. Known: url, token, autoConnect, reconnection, ' +
          'reconnectionAttempts, reconnectionDelay, reconnectionDelayMax, randomizationFactor, ' +
          'reconnectOnServerDisconnect, connectTimeout, heartbeat, outbox, inbox, coalesceMs, protocol, path, headers, applicationId, ' +
          'environment, tls, transports, proxy, maxMessageBytes, compression, engine, lifecycle, record, schemas, stats, worker, devtools, log.',
      ],
      ["RealtimeClient(): options.tls.certs is not an option and has no effect. Did you mean 'cert'?"],
      ["RealtimeClient.subscribe(): options.filters is not an option and has no effect. Did you mean 'filter'?"],
    ].map(([message]) => ['RealtimeWarning', 'UNKNOWN_OPTION', message]),
  );
});

test('a subscription as the engine wants it', () => {
  assert.deepEqual(parseSubscription({ topic: 'session.status' }), {
    topic: 'session.status',
    filter: undefined,
    returnMode: undefined,
    schema: undefined,
    signal: undefined,
  });
  const filter = {
    campusId: 12,
    'a.b': null,
    c: true,
    d: { eq: 'x' },
    e: { in: ['a', 1, false, null] },
    ['__proto__']: 1,
  };
  const parsed = parseSubscription({ topic: 'ü', filter, returnMode: 'diff' });
  assert.equal(JSON.stringify(parsed.filter), JSON.stringify(filter));
  assert.equal(parsed.returnMode, 'diff');
});

test('object literals of another realm are accepted', () => {
  const options = vm.runInNewContext("({ topic: 'a', filter: { b: { in: [1] } } })");
  assert.equal(JSON.stringify(parseSubscription(options).filter), '{"b":{"in":[1]}}');
});

const wrongSubscriptions = [
  ["options: expected an object such as { topic: 'session.status' }, got a string", 'session.status'],
  ['options.topic: expected a string of 1 to 256 bytes without control characters, got undefined', {}],
  ['options.topic: expected a string of 1 to 256 bytes', { topic: '' }],
  ['options.topic: expected a string of 1 to 256 bytes', { topic: 'a\u0000' }],
  ['options.topic: expected a string of 1 to 256 bytes', { topic: 'a\ud800' }],
  ['options.topic: expected a string of 1 to 256 bytes', { topic: 'ü'.repeat(129) }],
  ["options.returnMode: expected 'full' or 'diff' or 'both', got 'none'", { topic: 'a', returnMode: 'none' }],
  ['options.filter: expected an object such as { campusId: 12 }, got null', { topic: 'a', filter: null }],
  ['options.filter: expected an object such as { campusId: 12 }, got an array', { topic: 'a', filter: [] }],
  [
    'options.filter: expected an object such as { campusId: 12 }, got an instance of Date',
    { topic: 'a', filter: new Date() },
  ],
];

/** What the condition `x` of a filter must not be. */
const wrongConditions = [
  [
    'options.filter.x: expected a string, finite number, boolean or null, { eq: value } or { in: [values] }, got undefined',
    undefined,
  ],
  ['options.filter.x: expected', NaN],
  ['options.filter.x: expected', 1n],
  ['options.filter.x: expected', () => 1],
  ['options.filter.x: expected', [1]],
  ['options.filter.x: expected', new Date()],
  ['options.filter.x: expected', {}],
  ['options.filter.x: expected', { gt: 1 }],
  ['options.filter.x: expected', { eq: 1, in: [1] }],
  ['options.filter.x.eq: expected a string, finite number, boolean or null, got an object', { eq: {} }],
  ["options.filter.x.in: expected an array, got 'a'", { in: 'a' }],
  [
    'options.filter.x.in[1]: expected a string, finite number, boolean or null, got undefined',
    { in: ['a', undefined] },
  ],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is refused.
  ['options.filter.x.in[0]: expected', { in: [, 1] }],
  ['options.filter: expected at most 16384 bytes of JSON, got 16385', 'a'.repeat(16 * 1024 - 7)],
];

for (const [beginning, options] of wrongSubscriptions) {
  test(`subscribe refuses: ${beginning}`, () =>
    refuses(() => parseSubscription(options), beginning, 'RealtimeClient.subscribe()'));
}

for (const [beginning, x] of wrongConditions) {
  test(`subscribe refuses: ${beginning}`, () =>
    refuses(() => parseSubscription({ topic: 'a', filter: { x } }), beginning, 'RealtimeClient.subscribe()'));
}

test('a filter of exactly the largest size is accepted', () => {
  const { filter } = parseSubscription({ topic: 'a', filter: { x: 'a'.repeat(16 * 1024 - 8) } });
  assert.equal(JSON.stringify(filter).length, 16 * 1024);
});
