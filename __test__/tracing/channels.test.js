/** The channels of `node:diagnostics_channel`: what subscribers see of each operation. */

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import diagnostics from 'node:diagnostics_channel';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { Dispatch } from '../../lib/events/dispatch.js';
import { Listeners } from '../../lib/events/listeners.js';
import { RealtimeError, WebhookReceiver } from '../../lib/index.js';
import { Redaction } from '../../lib/redaction/redaction.js';
import { tracer } from '../../lib/tracing/node.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { start } from '../support/program.js';
import { ReportLog } from '../support/report-log.js';
import { delivery, kinds, listening, post, SECRET } from '../support/webhook-endpoint.js';

const NAME = '@smarterservices/realtime:';
const STEPS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];

/** Records the steps of an operation until the end of the test: `{ step, context }`. */
function record(t, kind) {
  const channel = diagnostics.tracingChannel(NAME + kind);
  const log = new ReportLog();
  const subscribers = {};
  const steps = [];
  log.follow(
    {
      on: (name, handler) => {
        subscribers[name] = (context) => {
          steps.push({ step: name, context });
          handler(context);
        };
      },
    },
    STEPS,
  );
  channel.subscribe(subscribers);
  t.after(() => channel.unsubscribe(subscribers));
  return {
    steps,
    contexts: () => log.all('asyncEnd'),
    ended: (condition) => log.seen('asyncEnd', condition),
    /** The steps of one operation. */
    of: (context) => steps.filter((each) => each.context === context).map(({ step }) => step),
  };
}

/** Records the messages of a plain channel until the end of the test. */
function listen(t, kind) {
  const log = new ReportLog();
  log.follow(
    {
      on: (name, handler) => {
        diagnostics.subscribe(NAME + name, handler);
        t.after(() => diagnostics.unsubscribe(NAME + name, handler));
      },
    },
    [kind],
  );
  return { all: () => log.all(kind), seen: (condition) => log.seen(kind, condition) };
}

const SYNCHRONOUS = ['start', 'end', 'asyncStart', 'asyncEnd'];
const FAILED = ['start', 'end', 'error', 'asyncStart', 'asyncEnd'];

test('connect: the first attempt, with its transport and where it went', async (t) => {
  const platform = await startPlatform(t);
  const { contexts, ended, of } = record(t, 'connect');
  const { client, reached } = observe(t, { url: platform.url, token: platform.token() });
  const context = await ended();
  await reached('connected');
  assert.deepEqual(context, {
    client,
    serverAddress: '127.0.0.1',
    serverPort: Number(new URL(platform.url).port),
    attempt: 0,
    delay: 0,
    outcome: 'connected',
    transport: 'websocket',
    recovered: false,
  });
  assert.deepEqual(of(context), SYNCHRONOUS);
  assert.equal(contexts().length, 1);
});

test('connect: every failed attempt, with its number, delay and error', async (t) => {
  const { contexts, of, ended } = record(t, 'connect');
  const options = { reconnectionDelay: 1, reconnectionDelayMax: 2, randomizationFactor: 0, reconnectionAttempts: 2 };
  const { client, reached, errors } = observe(t, { url: 'http://127.0.0.1:1', token: 't', ...options });
  await reached('disconnected');
  await ended(({ attempt }) => attempt === 2);
  const seen = contexts();
  assert.deepEqual(
    seen.map(({ attempt, delay, outcome }) => [attempt, delay, outcome]),
    [
      [0, 0, 'failed'],
      [1, 1, 'failed'],
      [2, 2, 'failed'],
    ],
  );
  for (const context of seen) {
    assert.equal(context.client, client);
    assert.ok(context.error instanceof RealtimeError, `${context.error}`);
    assert.equal(context.error.code, 'NETWORK_ERROR');
    assert.match(context.reason, /ECONNREFUSED|refused|bad port/i);
    assert.deepEqual(of(context), FAILED);
  }
  assert.equal(errors().at(-1).code, 'RECONNECT_FAILED');
});

test('connect: the attempt after a lost connection, and one that the user cancels', async (t) => {
  const platform = await startPlatform(t);
  const { contexts, ended, steps } = record(t, 'connect');
  const { client, reached } = observe(t, { url: platform.url, token: platform.token() });
  await reached('connected');
  await platform.faults.dropAll();
  const again = await ended(({ attempt }) => attempt === 1);
  assert.equal(again.outcome, 'connected');
  assert.ok(again.delay <= 40);
  await reached('connected', 2);
  // Disconnecting from a live connection cancels no attempt.
  client.disconnect();
  await reached('disconnected');
  assert.equal(contexts().length, 2);
  client.connect();
  await reached('connecting', 2);
  client.disconnect();
  const cancelled = await ended(({ outcome }) => outcome === 'cancelled');
  assert.equal(Object.hasOwn(cancelled, 'error'), false);
  client.connect();
  await reached('connecting', 3);
  client.destroy();
  assert.equal(contexts().at(-1).outcome, 'cancelled');
  assert.equal(contexts().length, steps.filter(({ step }) => step === 'start').length);
});

test('publish and direct: from the call to the acknowledgement, with the metadata of a subscriber', async (t) => {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const receiver = observe(t, { url: platform.url, token });
  await receiver.client.socketClient.joinChannel('lobby');
  const events = new ReportLog();
  events.follow(receiver.client, ['event']);
  const sender = observe(t, { url: platform.url, token });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const channel = diagnostics.tracingChannel(`${NAME}publish`);
  const add = (context) => {
    context.metadata = { traceparent, tracestate: 'a=1', from: 'somebody', timestamp: '0' };
  };
  channel.start.subscribe(add);
  t.after(() => channel.start.unsubscribe(add));
  const { of, ended } = record(t, 'publish');

  const { id } = await sender.client.socketClient.publish('lobby', 'greeting', { text: 'hello' });
  const context = await ended();
  const { serverAddress, serverPort, metadata, ...rest } = context;
  assert.deepEqual(rest, { client: sender.client, operation: 'publish', channel: 'lobby', event: 'greeting', id });
  assert.deepEqual(of(context), SYNCHRONOUS);
  const arrived = await events.seen('event', (event) => event.id === id);
  const { timestamp, from, ...passed } = arrived.metadata;
  assert.deepEqual(passed, { traceparent, tracestate: 'a=1' });
  assert.ok(typeof timestamp === 'number' && from === sender.client.socketClient.id);

  await sender.client.socketClient.directMessage(receiver.client.socketClient.id, 'note', 7);
  const direct = await ended(({ operation }) => operation === 'direct');
  assert.deepEqual([direct.event, direct.channel], ['note', undefined]);
  const note = await events.seen('event', ({ topic }) => topic === 'direct');
  assert.equal(note.metadata.traceparent, traceparent);

  await sender.client.socketClient.broadcast('lobby', 'all', { n: 1 });
  const broadcast = await ended(({ operation }) => operation === 'broadcast');
  assert.equal(broadcast.channel, 'lobby');
  const all = await events.seen('event', ({ type }) => type === 'all');
  assert.equal(all.metadata.traceparent, traceparent);
});

test('publish: a refusal, an argument that cannot be sent, and a message that is dropped', async (t) => {
  const platform = await startPlatform(t);
  const { ended, of, contexts } = record(t, 'publish');
  const { client, reached, errors } = observe(t, { url: platform.url, token: platform.token() });
  await reached('connected');
  const refusal = await client.socketClient.publish('lobby', 'a', {}).catch((error) => error);
  const refused = await ended();
  assert.equal(refused.error, refusal);
  assert.deepEqual(of(refused), FAILED);
  // A refusal that nobody awaits still reaches 'error'.
  client.socketClient.publish('lobby', 'b', {});
  await ended(({ event }) => event === 'b');
  await setImmediate();
  assert.equal(errors().length, 1);
  assert.throws(() => client.socketClient.publish('lobby', 'c', { n: NaN }), { code: 'INVALID_ARGUMENT' });
  assert.equal(contexts().length, 2, 'nothing was to be sent');
  client.disconnect();
  const receipt = await client.socketClient.publish('lobby', 'd', {}, { volatile: true });
  assert.equal(receipt.dropped, true);
  assert.equal((await ended(({ event }) => event === 'd')).dropped, true);
});

test('request: method, path without its query, template, status and error', async (t) => {
  const platform = await startPlatform(t);
  const { ended, of } = record(t, 'request');
  const { client } = observe(t, { url: platform.url, token: platform.token({ permissions: ['service'] }) });
  await client.sync.create('my notes', { text: 'a' }, 'n/1');
  const created = await ended();
  const { serverAddress, serverPort, ...rest } = created;
  assert.deepEqual(rest, {
    client,
    method: 'POST',
    path: '/api/sync/my%20notes/documents',
    template: '/api/sync/{service}/documents',
    status: 201,
  });
  assert.deepEqual(of(created), SYNCHRONOUS);
  await client.sync.merge('my notes', 'n/1', { text: 'b' });
  const merged = await ended(({ method }) => method === 'PATCH');
  assert.equal(merged.template, '/api/sync/{service}/documents/{id}/merge');
  const conflict = await client.sync.delete('my notes', 'n/1', 1).catch((error) => error);
  const refused = await ended(({ method }) => method === 'DELETE');
  assert.equal(refused.error, conflict);
  assert.deepEqual([refused.status, refused.path], [409, '/api/sync/my%20notes/documents/n%2F1']);
  assert.deepEqual(of(refused), FAILED);
  await client.socketClient.members('lobby');
  assert.equal((await ended(({ path }) => path.includes('lobby'))).template, '/api/socket/channels/{channel}/members');
});

test('request: the metadata of a subscriber travels with a document write to its event', async (t) => {
  const platform = await startPlatform(t);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const channel = diagnostics.tracingChannel(`${NAME}request`);
  const add = (context) => {
    context.metadata = { traceparent };
  };
  channel.start.subscribe(add);
  t.after(() => channel.start.unsubscribe(add));
  const { client, seen } = observe(t, { url: platform.url, token: platform.token({ permissions: ['service'] }) });
  client.subscribe({ topic: 'sync.notes.updated' });
  await platform.subscribed('sync.notes.updated');
  await client.sync.create('notes', { n: 0 }, 'n1');
  await client.sync.replace('notes', 'n1', { n: 1 });
  await client.sync.merge('notes', 'n1', { n: 2 });
  await client.sync.mutate('notes', 'n1', [{ op: 'increment', path: '/n', value: 1 }]);
  for (const revision of [1, 2, 3, 4]) {
    const { metadata, payload } = await seen('event', (event) => event.metadata.revision === revision);
    assert.equal(metadata.traceparent, traceparent);
    assert.equal(payload.data.n, revision - 1);
  }
});

test('handle: each event, around its listeners, whose stores it provides', async (t) => {
  const platform = await startPlatform(t);
  const { ended, of, contexts } = record(t, 'handle');
  const store = new AsyncLocalStorage();
  const { start: startChannel } = diagnostics.tracingChannel(`${NAME}handle`);
  startChannel.bindStore(store, ({ event }) => event.payload.n);
  t.after(() => startChannel.unbindStore(store));
  const { client, seen } = observe(t, { url: platform.url, token: platform.token() });
  const inside = [];
  client.on('event:a', async ({ payload }) => {
    inside.push([payload.n, store.getStore(), contexts().length]);
    await setImmediate();
    inside.push([payload.n, store.getStore(), contexts().length]);
  });
  client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  platform.publish({ topic: 'a', payload: { n: 5 } });
  const event = await seen('event');
  const context = await ended();
  assert.equal(context.event, event);
  assert.deepEqual(of(context), SYNCHRONOUS);
  // It ends after the async listener has.
  assert.deepEqual(inside, [
    [5, 5, 0],
    [5, 5, 0],
  ]);
});

test('handle: listeners that throw and reject fail it, and the process sees their errors as ever', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const { tracingChannel } = require('node:diagnostics_channel');
      const client = new RealtimeClient({ url, token });
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      tracingChannel('@smarterservices/realtime:handle').subscribe({
        error: ({ error, event }) => console.log('error', event.payload.n, error.message),
        asyncEnd: ({ event }) => {
          console.log('ended', event.payload.n);
          if (event.payload.n === 3) setImmediate(() => client.destroy());
        },
      });
      client.on('event:a', async ({ payload }) => {
        if (payload.n === 1) throw new Error('rejected');
      });
      client.on('event:a', ({ payload }) => {
        if (payload.n === 2) throw new Error('thrown');
      });
      // A promise of this package: its refusal is the client's to report.
      client.on('event:a', ({ payload }) =>
        payload.n === 3 ? client.socketClient.publish('lobby', 'refused', {}) : undefined,
      );
      client.subscribe({ topic: 'a' });
    },
    [platform.url, platform.token()],
  );
  await platform.subscribed('a');
  for (const n of [1, 2, 3]) platform.publish({ topic: 'a', payload: { n } });
  const { stdout, code } = await program.ended;
  assert.equal(code, 0);
  assert.deepEqual(stdout.filter((line) => !line.startsWith('uncaught')).sort(), [
    'ended 1',
    'ended 2',
    'ended 3',
    'error 1 rejected',
    'error 2 thrown',
  ]);
  assert.deepEqual(stdout.filter((line) => line.startsWith('uncaught')).sort(), [
    'uncaught rejected',
    'uncaught thrown',
  ]);
});

test('handle: messages of channels, too', async (t) => {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const { ended } = record(t, 'handle');
  const receiver = observe(t, { url: platform.url, token });
  const messages = new ReportLog();
  messages.follow(receiver.client.socketClient, ['message']);
  await receiver.client.socketClient.joinChannel('lobby');
  const sender = observe(t, { url: platform.url, token });
  const { id } = await sender.client.socketClient.publish('lobby', 'greeting', { n: 1 });
  await messages.seen('message');
  const { event, client } = await ended(({ event }) => event.id === id);
  assert.equal(client, receiver.client);
  assert.deepEqual([event.topic, event.type, event.payload], ['lobby', 'greeting', { n: 1 }]);
});

for (const kind of Object.keys(kinds)) {
  test(`webhook: ${kind}, from the body to the answer`, async (t) => {
    const { ended, contexts, of } = record(t, 'webhook');
    const handler = ({ event }) => {
      if (event.payload.fails) throw new Error('of the handler');
    };
    const options = { onRefused: () => {}, onError: () => {} };
    const url = await listening(t, kinds[kind](new WebhookReceiver(SECRET), handler, options));
    const good = delivery({ n: 1 }, { id: 'whd_1' });
    assert.equal((await post(url, good)).status, 204);
    const handled = await ended();
    assert.deepEqual(
      [handled.event.payload, handled.id, handled.scheme, handled.status],
      [{ n: 1 }, 'whd_1', 'realtime', 204],
    );
    assert.deepEqual(of(handled), SYNCHRONOUS);

    assert.equal((await post(url, good)).status, 200);
    const repeated = await ended(({ status }) => status === 200);
    assert.deepEqual([Object.hasOwn(repeated, 'error'), repeated.event], [false, undefined]);

    await post(url, { ...good, body: `${good.body} ` });
    const refused = await ended(({ status }) => status === 400);
    assert.deepEqual([refused.error.code, refused.event], ['SIGNATURE_MISMATCH', undefined]);

    await post(url, delivery({ fails: true }, { id: 'whd_2' }));
    const failed = await ended(({ status }) => status === 500);
    assert.equal(failed.error.message, 'of the handler');
    assert.deepEqual(of(failed), FAILED);
    assert.equal(contexts().length, 4);
  });
}

test('gap: when events may have been missed', async (t) => {
  const platform = await startPlatform(t, { recovery: 0 });
  const { seen } = listen(t, 'gap');
  const drops = listen(t, 'drop');
  const { client, gaps, reached } = observe(t, { url: platform.url, token: platform.token() });
  client.subscribe({ topic: 'a' });
  await reached('connected');
  await platform.subscribed('a');
  await platform.faults.dropAll();
  const message = await seen();
  assert.deepEqual(message, { client, gap: gaps()[0] });
  assert.deepEqual(drops.all(), []);
});

test('slow and drop: handlers that are slower than the events', () => {
  const slow = { events: 9, bytes: 90, maxEvents: 16, maxBytes: 1000, overflow: 'latest', dropped: 0 };
  const gap = { since: 1, until: 2, reason: 'slow consumer', dropped: 3, subscriptions: [], channels: [] };
  const items = [
    ['slow', slow],
    ['gap', gap],
  ];
  const seen = [];
  const unsubscribe = ['slow', 'gap', 'drop'].map((kind) => {
    const note = (message) => seen.push([kind, message]);
    diagnostics.subscribe(NAME + kind, note);
    return () => diagnostics.unsubscribe(NAME + kind, note);
  });
  const client = { state: 'connected', stats: () => ({}) };
  const dispatch = new Dispatch({
    engine: { endOfTurn: () => {}, next: () => items.shift() },
    listeners: new Listeners({ names: [], prefix: '', key: '', parseKey: String }, () => {}),
    redaction: new Redaction({ url: 'http://localhost', token: 't' }, () => []),
    receiver: client,
    trace: () => tracer()?.turn(client, 'http://localhost', RealtimeError.from),
  });
  dispatch.onReady();
  for (const end of unsubscribe) end();
  assert.deepEqual(seen, [
    ['slow', { client, slow }],
    ['gap', { client, gap }],
    ['drop', { client, count: 3, gap }],
  ]);
  items.push(['slow', slow]);
  dispatch.onReady();
  assert.equal(seen.length, 3, 'nobody subscribes any more');
});

test('nothing is loaded, and nothing is kept, while nobody subscribes', async (t) => {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const program = start(
    t,
    async (RealtimeClient, url, token) => {
      const seam = globalThis[Symbol.for('@smarterservices/realtime: tracing 1')];
      const loaded = () =>
        Object.keys(require.cache).some((file) => /dist\/tracing\.js$/.test(file.replaceAll('\\', '/')));
      const client = new RealtimeClient({ url, token });
      client.subscribe({ topic: 'a' });
      const next = () => new Promise((resolve) => client.once('event', resolve));
      const first = next();
      await client.sync.create('notes', {});
      await client.socketClient.publish('lobby', 'a', {});
      console.log('ready');
      await first;
      console.log(seam.tracer === undefined, loaded());
      require('node:diagnostics_channel')
        .tracingChannel('@smarterservices/realtime:handle')
        .subscribe({
          start: ({ event }) => console.log(event.payload.n),
        });
      console.log('subscribed');
      await next();
      console.log(seam.tracer !== undefined, loaded());
      client.destroy();
    },
    [platform.url, token],
  );
  await program.printed('ready');
  await platform.subscribed('a');
  platform.publish({ topic: 'a', payload: { n: 1 } });
  await program.printed('subscribed');
  platform.publish({ topic: 'a', payload: { n: 2 } });
  const { stdout, stderr } = await program.ended;
  assert.deepEqual({ stdout, stderr }, { stdout: ['ready', 'true false', 'subscribed', '2', 'true true'], stderr: '' });
});
