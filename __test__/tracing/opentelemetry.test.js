/** The entry `opentelemetry`, with OpenTelemetry's own SDK and exporters in memory. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import * as names from '@opentelemetry/semantic-conventions/incubating';

import { WebhookReceiver } from '../../lib/index.js';
import { contextOf, RealtimeInstrumentation } from '../../lib/opentelemetry/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { start } from '../support/program.js';
import { ReportLog } from '../support/report-log.js';
import { instrument } from '../support/spans.js';
import { delivery, kinds, listening, post, SECRET } from '../support/webhook-endpoint.js';

const SYSTEM = 'smarterservices_realtime';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** Names of attributes that the conventions do not have. */
const OURS = /^realtime\./;
const STANDARD = new Set(Object.values(names).filter((value) => typeof value === 'string'));

/** A client that may publish, with the attributes of its server. */
function connect(t, platform, options) {
  const observed = observe(t, { url: platform.url, token: platform.token({ permissions: ['service'] }), ...options });
  const server = { 'server.address': '127.0.0.1', 'server.port': Number(new URL(platform.url).port) };
  return { ...observed, server };
}

test('connect: a span of each attempt, none as long as the connection', async (t) => {
  const { ended, spans } = instrument(t);
  const platform = await startPlatform(t);
  const { server, reached } = connect(t, platform);
  const span = await ended('connect');
  assert.equal(span.kind, SpanKind.CLIENT);
  assert.deepEqual(span.attributes, {
    ...server,
    'realtime.connect.attempt': 0,
    'realtime.connect.delay': 0,
    'realtime.connect.outcome': 'connected',
    'realtime.connect.recovered': false,
    'realtime.transport': 'websocket',
  });
  assert.equal(span.status.code, SpanStatusCode.UNSET);
  assert.equal(span.parentSpanContext, undefined);
  await platform.faults.dropAll();
  await reached('connected', 2);
  await ended('connect', ({ attributes }) => attributes['realtime.connect.attempt'] === 1);
  assert.deepEqual(
    spans().map(({ name }) => name),
    ['connect', 'connect'],
  );
});

test('connect: a failed attempt has its error, and status', async (t) => {
  const { ended } = instrument(t);
  observe(t, { url: 'http://127.0.0.1:1', token: 'a-token-that-stays-secret', reconnection: false });
  const span = await ended('connect');
  assert.equal(span.status.code, SpanStatusCode.ERROR);
  assert.equal(span.attributes['error.type'], 'NETWORK_ERROR');
  assert.equal(span.attributes['realtime.connect.outcome'], 'failed');
  assert.deepEqual([span.events[0].name, span.events[0].attributes['exception.type']], ['exception', 'NETWORK_ERROR']);
});

test('publish and process: producer, consumer and the link between them; handlers run inside', async (t) => {
  const { ended, tracer } = instrument(t);
  const platform = await startPlatform(t);
  const receiver = connect(t, platform);
  const inside = [];
  receiver.client.socketClient.on('message:lobby', async () => {
    inside.push(trace.getSpan(context.active())?.spanContext().spanId);
    await setImmediate();
    tracer.startSpan('work of the handler').end();
  });
  await receiver.client.socketClient.joinChannel('lobby');
  const sender = connect(t, platform);
  const { id } = await tracer.startActiveSpan('request of a user', async (span) => {
    const receipt = await sender.client.socketClient.publish('lobby', 'greeting', { text: 'hello' });
    span.end();
    return receipt;
  });
  const user = await ended('request of a user');
  const produced = await ended('publish lobby');
  const consumed = await ended('process lobby', ({ attributes }) => attributes['messaging.message.id'] === id);
  const work = await ended('work of the handler');

  assert.equal(produced.kind, SpanKind.PRODUCER);
  assert.equal(produced.parentSpanContext.spanId, user.spanContext().spanId);
  assert.deepEqual(produced.attributes, {
    ...sender.server,
    'messaging.system': SYSTEM,
    'messaging.operation.name': 'publish',
    'messaging.operation.type': 'send',
    'messaging.destination.name': 'lobby',
    'messaging.message.id': id,
    'realtime.event.type': 'greeting',
  });
  assert.equal(consumed.kind, SpanKind.CONSUMER);
  assert.deepEqual(consumed.attributes, {
    ...receiver.server,
    'messaging.system': SYSTEM,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'lobby',
    'messaging.message.id': id,
    'realtime.event.type': 'greeting',
    'realtime.event.source': 'socket',
  });
  assert.equal(consumed.parentSpanContext, undefined);
  assert.equal(consumed.links.length, 1);
  const [{ context: linked, attributes }] = consumed.links;
  assert.equal(linked.spanId, produced.spanContext().spanId);
  assert.equal(linked.traceId, user.spanContext().traceId);
  assert.deepEqual(attributes, { 'messaging.message.id': id });
  assert.deepEqual(inside, [consumed.spanContext().spanId]);
  assert.equal(work.parentSpanContext.spanId, consumed.spanContext().spanId);
});

test('direct and broadcast messages', async (t) => {
  const { ended } = instrument(t);
  const platform = await startPlatform(t);
  const receiver = connect(t, platform);
  await receiver.client.socketClient.joinChannel('lobby');
  const messages = new ReportLog();
  messages.follow(receiver.client, ['event']);
  const sender = connect(t, platform);
  await sender.client.socketClient.directMessage(receiver.client.socketClient.id, 'note', 1);
  const direct = await ended('direct');
  assert.deepEqual([direct.kind, direct.attributes['messaging.destination.name']], [SpanKind.PRODUCER, 'direct']);
  const note = await ended('process direct');
  assert.equal(note.links[0].context.spanId, direct.spanContext().spanId);
  await sender.client.socketClient.broadcast('lobby', 'all', {});
  const broadcast = await ended('broadcast lobby');
  const request = await ended('POST /api/socket/broadcast');
  assert.equal(request.parentSpanContext.spanId, broadcast.spanContext().spanId);
  const heard = await ended('process lobby', ({ attributes }) => attributes['realtime.event.type'] === 'all');
  assert.equal(heard.links[0].context.spanId, broadcast.spanContext().spanId);
});

test('requests: client spans; the event of a document write is linked to the write', async (t) => {
  const { ended } = instrument(t);
  const platform = await startPlatform(t);
  const { client, server } = connect(t, platform);
  client.subscribe({ topic: 'sync.notes.updated' });
  client.on('event:sync.notes.updated', () => {});
  await platform.subscribed('sync.notes.updated');
  await client.sync.create('notes', { text: 'a' }, 'n1');
  const created = await ended('POST /api/sync/{service}/documents');
  assert.equal(created.kind, SpanKind.CLIENT);
  assert.deepEqual(created.attributes, {
    ...server,
    'http.request.method': 'POST',
    'url.path': '/api/sync/notes/documents',
    'url.template': '/api/sync/{service}/documents',
    'http.response.status_code': 201,
  });
  const event = await ended('process sync.notes.updated');
  assert.equal(event.links[0].context.spanId, created.spanContext().spanId);
  await assert.rejects(client.sync.get('notes', 'none'));
  const missing = await ended('GET /api/sync/{service}/documents/{id}');
  assert.equal(missing.attributes['http.response.status_code'], 404);
  assert.equal(missing.attributes['error.type'], '404');
  assert.equal(missing.status.code, SpanStatusCode.ERROR);
});

test('batches: one span of all events of a turn, with a link for each', async (t) => {
  const { ended, named } = instrument(t, { handle: 'batch' });
  const platform = await startPlatform(t);
  const { client, server, seen } = connect(t, platform);
  client.subscribe({ topic: 'a' });
  await platform.subscribed('a');
  for (const n of [1, 2, 3])
    platform.publish({ topic: 'a', payload: { n }, ...(n < 3 && { metadata: { traceparent: TRACEPARENT } }) });
  await seen('event', ({ payload }) => payload.n === 3);
  await ended('process');
  await setImmediate();
  const batches = named('process');
  assert.equal(
    batches.reduce((sum, { attributes }) => sum + attributes['messaging.batch.message_count'], 0),
    3,
  );
  assert.equal(batches.flatMap(({ links }) => links).length, 2);
  for (const { kind, attributes } of batches) {
    assert.equal(kind, SpanKind.CONSUMER);
    const { 'messaging.batch.message_count': count, ...rest } = attributes;
    assert.deepEqual(rest, {
      ...server,
      'messaging.system': SYSTEM,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
    });
  }
  assert.equal(named('process a').length, 0);
});

test('webhooks: a consumer, linked to the producer that the delivery names', async (t) => {
  const { ended } = instrument(t);
  const handler = ({ event }) => {
    if (event.payload.fails) throw new TypeError('a secret of the application');
  };
  const options = { onRefused: () => {}, onError: () => {} };
  const url = await listening(t, kinds.node(new WebhookReceiver(SECRET), handler, options));
  const body = { id: 'evt_7', topic: 'order.paid', source: 'database', type: 'database.insert', payload: {} };
  const { signWebhook } = await import('../../lib/index.js');
  const text = JSON.stringify({ ...body, metadata: { timestamp: 1, traceparent: TRACEPARENT } });
  await post(url, { body: text, headers: signWebhook(text, SECRET, { id: 'whd_1' }) });
  const handled = await ended('webhook order.paid');
  assert.equal(handled.kind, SpanKind.CONSUMER);
  assert.deepEqual(handled.attributes, {
    'messaging.system': SYSTEM,
    'messaging.operation.name': 'webhook',
    'messaging.operation.type': 'process',
    'messaging.destination.name': 'order.paid',
    'messaging.message.id': 'evt_7',
    'realtime.event.type': 'database.insert',
    'realtime.event.source': 'database',
    'realtime.webhook.id': 'whd_1',
    'realtime.webhook.scheme': 'realtime',
    'http.response.status_code': 204,
  });
  assert.equal(handled.links[0].context.traceId, TRACEPARENT.slice(3, 35));
  assert.equal(handled.status.code, SpanStatusCode.UNSET);
  await post(url, { body: `${text} `, headers: signWebhook(text, SECRET) });
  const refused = await ended('webhook');
  assert.deepEqual([refused.attributes['error.type'], refused.status.code], ['400', SpanStatusCode.ERROR]);
  assert.match(refused.events[0].attributes['exception.message'], /signature/i);
  await post(url, delivery({ fails: true }, { id: 'whd_2' }));
  const failed = await ended('webhook session.status');
  assert.deepEqual([failed.attributes['error.type'], failed.status.message, failed.events], ['500', 'TypeError', []]);
});

test("a handler's error: its type, and message and stack only if they are asked for", async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const {
        InMemorySpanExporter,
        NodeTracerProvider,
        SimpleSpanProcessor,
      } = require('@opentelemetry/sdk-trace-node');
      const { RealtimeInstrumentation } = require('@smarterservices/realtime/opentelemetry');
      const exporter = new InMemorySpanExporter();
      new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
      const instrumentation = new RealtimeInstrumentation();
      const client = new RealtimeClient({ url, token });
      client.subscribe({ topic: 'a' });
      client.on('event', () => {
        throw new RangeError('password=12345');
      });
      let count = 0;
      process.on('uncaughtException', () => {
        count += 1;
        setImmediate(() => {
          const [span] = exporter.getFinishedSpans().filter(({ name }) => name === 'process a');
          exporter.reset();
          const exceptions = span.events.map(({ attributes }) => attributes['exception.message']);
          console.log(JSON.stringify([span.attributes['error.type'], span.status, exceptions]));
          if (count === 2) return client.destroy();
          instrumentation.setConfig({ recordExceptions: true });
          console.log('once more');
        });
      });
    },
    [platform.url, platform.token()],
  );
  await platform.subscribed('a');
  platform.publish({ topic: 'a' });
  await program.printed('once more');
  platform.publish({ topic: 'a' });
  const { stdout, stderr } = await program.ended;
  assert.equal(stderr, '');
  assert.deepEqual(
    stdout.filter((line) => line !== 'once more').map((line) => JSON.parse(line)),
    [
      ['RangeError', { code: SpanStatusCode.ERROR, message: 'RangeError' }, []],
      ['RangeError', { code: SpanStatusCode.ERROR, message: 'password=12345' }, ['password=12345']],
    ],
  );
});

for (const protocol of ['socket.io', 'ws']) {
  test(`${protocol}: one trace from a publisher in one process to a handler in another`, async (t) => {
    const platform = await startPlatform(t);
    /** Runs in each process: prints its spans. */
    const run = async (RealtimeClient, options, role) => {
      const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
      const { trace } = require('@opentelemetry/api');
      const { RealtimeInstrumentation } = require('@smarterservices/realtime/opentelemetry');
      const client = new RealtimeClient(options);
      const printer = {
        onStart: () => {},
        onEnd: (span) => {
          const { name, kind, parentSpanContext, links, attributes } = span;
          // The publisher joins the channel, too.
          if (attributes['realtime.event.type']?.startsWith('presence.')) return;
          const { traceId, spanId } = span.spanContext();
          const parent = parentSpanContext?.spanId;
          const linked = links.map(({ context }) => context.spanId);
          console.log(JSON.stringify({ name, kind, traceId, spanId, parent, linked }));
          if (name === 'process orders') setImmediate(() => client.destroy());
        },
        shutdown: async () => {},
        forceFlush: async () => {},
      };
      // It may be registered before or after the SDK.
      new RealtimeInstrumentation({ continueTrace: true });
      new NodeTracerProvider({ spanProcessors: [printer] }).register();
      const tracer = trace.getTracer('application');
      await client.socketClient.joinChannel('orders');
      if (role === 'publisher') {
        await tracer.startActiveSpan('checkout', async (span) => {
          await client.socketClient.publish('orders', 'paid', { orderId: 7 });
          span.end();
        });
        client.destroy();
      } else {
        client.socketClient.on('message:orders', () => tracer.startSpan('ship').end());
        console.log('ready');
      }
    };
    const options = { url: platform.url, token: platform.token({ permissions: ['service'] }), protocol };
    const handler = start(t, run, [options, 'handler']);
    await handler.printed('ready');
    const publisher = await start(t, run, [options, 'publisher']).ended;
    const handled = await handler.ended;
    const parse = ({ stdout, stderr }) => {
      assert.equal(stderr, '');
      return new Map(
        stdout.filter((line) => line !== 'ready').map((line) => [JSON.parse(line).name, JSON.parse(line)]),
      );
    };
    const [sent, received] = [parse(publisher), parse(handled)];
    const [checkout, publish] = [sent.get('checkout'), sent.get('publish orders')];
    const [process, ship] = [received.get('process orders'), received.get('ship')];
    assert.deepEqual(
      [checkout, publish, process, ship].map(({ traceId }) => traceId),
      Array(4).fill(checkout.traceId),
    );
    assert.deepEqual(
      [checkout, publish, process, ship].map(({ parent }) => parent),
      [undefined, checkout.spanId, publish.spanId, process.spanId],
    );
    assert.deepEqual(process.linked, [publish.spanId]);
    assert.notEqual(received.get('connect').traceId, checkout.traceId);
  });
}

test('without propagation, nothing travels; what does not parse links to nothing', async (t) => {
  const { ended } = instrument(t, { propagate: false });
  const platform = await startPlatform(t);
  const receiver = connect(t, platform);
  await receiver.client.socketClient.joinChannel('lobby');
  const sender = connect(t, platform);
  await sender.client.socketClient.publish('lobby', 'greeting', {});
  const event = await receiver.seen('event', ({ type }) => type === 'greeting');
  assert.deepEqual(Object.keys(event.metadata).sort(), ['from', 'timestamp']);
  assert.deepEqual((await ended('process lobby', (span) => span.links.length === 0)).links, []);
  for (const traceparent of [
    'nonsense',
    7,
    TRACEPARENT.replace(/^00/, 'ff'),
    `${TRACEPARENT}-more`,
    TRACEPARENT.replace(/[^-]{32}/, '0'.repeat(32)),
    TRACEPARENT.toUpperCase(),
  ])
    assert.equal(contextOf({ metadata: { timestamp: 1, traceparent } }), ROOT_CONTEXT, `${traceparent}`);
  const found = trace.getSpanContext(
    contextOf({ metadata: { timestamp: 1, traceparent: `01${TRACEPARENT.slice(2)}-x`, tracestate: 'a=1' } }),
  );
  assert.deepEqual([found.spanId, found.isRemote, found.traceState.get('a')], ['b7ad6b7169203331', true, '1']);
});

test('metrics: observable instruments over the statistics of all clients of a server', async (t) => {
  const { metrics } = instrument(t);
  const platform = await startPlatform(t);
  const clients = [connect(t, platform), connect(t, platform)];
  const { server } = clients[0];
  for (const { client } of clients) client.subscribe({ topic: 'a' });
  await platform.subscribed('a', 2);
  for (const n of [1, 2, 3]) platform.publish({ topic: 'a', payload: { n } });
  await Promise.all(clients.map(({ seen }) => seen('event', ({ payload }) => payload.n === 3)));
  const attributes = { 'messaging.system': SYSTEM, ...server };
  /** @param {string} name @param {object} [more] */
  const pointOf = async (name, more = {}) => {
    const wanted = JSON.stringify(Object.entries({ ...attributes, ...more }).sort());
    const points = (await metrics()).filter((point) => point.name === name);
    return points.find((point) => JSON.stringify(Object.entries(point.attributes).sort()) === wanted)?.value;
  };
  const delivered = () => pointOf('messaging.client.consumed.messages', { 'messaging.operation.name': 'process' });
  assert.equal(await delivered(), 6);
  assert.equal(await pointOf('realtime.client.events.received'), 6);
  for (const reason of ['repeat', 'unwanted', 'overflow'])
    assert.equal(await pointOf('realtime.client.events.dropped', { 'realtime.drop.reason': reason }), 0, reason);
  assert.equal(await pointOf('realtime.client.reconnects'), 0);
  assert.ok((await pointOf('realtime.client.io', { 'network.io.direction': 'receive' })) > 0);
  assert.ok((await pointOf('realtime.client.io', { 'network.io.direction': 'transmit' })) > 0);
  assert.equal(await pointOf('realtime.client.connections', { 'realtime.connection.state': 'connected' }), 2);
  assert.equal(await pointOf('realtime.client.subscriptions'), 2);
  for (const queue of ['inbox.events', 'inbox.size', 'outbox.messages', 'outbox.size', 'pending_acks'])
    assert.equal(await pointOf(`realtime.client.${queue}`), 0, queue);

  await platform.faults.dropAll();
  await Promise.all(clients.map(({ reached }) => reached('connected', 2)));
  assert.equal(await pointOf('realtime.client.reconnects'), 2);
  // What a client has counted outlives it, so that counters never go back.
  clients[0].client.destroy();
  assert.equal(await delivered(), 6);
  assert.equal(await pointOf('realtime.client.reconnects'), 2);
  assert.equal(await pointOf('realtime.client.subscriptions'), 1);
  assert.equal(await pointOf('realtime.client.connections', { 'realtime.connection.state': 'connected' }), 1);
});

test('metrics: what newer statistics have', async (t) => {
  const { metrics, instrumentation } = instrument(t);
  const distribution = { count: 2, sum: 3, p50: 10, p99: 250, max: 300, buckets: [] };
  const stats = { gaps: 4, errors: { NETWORK_ERROR: 2 }, eventAge: distribution, roundTrip: distribution };
  let reads = 0;
  const client = {
    state: 'connected',
    stats: () => {
      reads += 1;
      return stats;
    },
  };
  const { seam } = await import('../../lib/tracing/seam.js');
  seam.tracer.turn(client, 'https://realtime.example.com', Error);
  const attributes = { 'messaging.system': SYSTEM, 'server.address': 'realtime.example.com', 'server.port': 443 };
  const points = await metrics();
  const of = (name) =>
    points.filter((point) => point.name === name).map(({ attributes, value }) => [attributes, value]);
  assert.deepEqual(of('realtime.client.gaps'), [[attributes, 4]]);
  assert.deepEqual(of('realtime.client.errors'), [[{ ...attributes, 'error.type': 'NETWORK_ERROR' }, 2]]);
  for (const name of ['realtime.client.event.age', 'realtime.client.round_trip'])
    assert.deepEqual(
      of(name),
      Object.entries({ p50: 0.01, p99: 0.25, max: 0.3 }).map(([quantile, value]) => [
        { ...attributes, 'realtime.quantile': quantile },
        value,
      ]),
    );
  assert.deepEqual(of('realtime.client.events.received'), [], 'a figure that the client lacks');
  instrumentation.disable();
  const before = reads;
  await metrics();
  assert.deepEqual([reads, seam.tracer], [before, undefined], 'a client that nobody observes');
});

test('names of attributes and metrics are those of the conventions, or begin with realtime.', async (t) => {
  const { spans, metrics } = instrument(t);
  const platform = await startPlatform(t);
  const { client, reached } = connect(t, platform);
  await reached('connected');
  await client.socketClient.publish('lobby', 'a', {});
  await client.sync.create('notes', {});
  const points = await metrics();
  const all = [
    ...spans().flatMap(({ attributes }) => Object.keys(attributes)),
    ...points.flatMap(({ name, attributes }) => [name, ...Object.keys(attributes)]),
  ];
  assert.ok(all.length > 30);
  assert.deepEqual(
    [...new Set(all)].filter((name) => !OURS.test(name) && !STANDARD.has(name)),
    [],
  );
});

test('an instrumentation as the SDK uses it', () => {
  const instrumentation = new RealtimeInstrumentation({ enabled: false });
  assert.equal(instrumentation.instrumentationName, '@smarterservices/realtime');
  assert.match(instrumentation.instrumentationVersion, /^\d+\.\d+\.\d+/);
  assert.deepEqual(instrumentation.getConfig(), {
    enabled: false,
    handle: 'event',
    continueTrace: false,
    propagate: true,
    recordExceptions: false,
  });
  assert.throws(() => new RealtimeInstrumentation({ handle: 'each' }), {
    name: 'TypeError',
    message: /config\.handle/,
  });
});
