/** The entry `prometheus`: its text as another program's parser reads it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
// Loaded before the first client connects, as it is in the bundle for Node.
import '../../lib/engines/javascript/session/meter/meter.js';
import parse from 'parse-prometheus-text-format';
import { contentType, prometheus } from '../../lib/prometheus/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

/** What Prometheus itself accepts as a line of version 0.0.4. */
const LINE =
  /^(?:# HELP [a-z_]+ .+|# TYPE [a-z_]+ (?:counter|gauge|histogram)|[a-z_]+\{[a-z_]+="(?:[^"\\\n\0]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\\n\0]|\\["\\n])*")*\} [-+\dInfe.]+)$/;

const NOTHING = {
  eventsReceived: 0,
  eventsDelivered: 0,
  droppedRepeats: 0,
  droppedUnwanted: 0,
  droppedOverflow: 0,
  droppedDiscarded: 0,
  gaps: 0,
  errors: {},
  reconnects: 0,
  bytesReceived: 0,
  bytesSent: 0,
  inboxEvents: 0,
  inboxBytes: 0,
  outboxMessages: 0,
  outboxBytes: 0,
  subscriptions: 0,
  pendingAcks: 0,
  transport: null,
};

/** A client with these figures. */
const measured = (stats) => ({ connected: false, stats: () => ({ ...NOTHING, ...stats }) });

/** The families of a text by name, after both parsers have accepted all of it. */
function read(text) {
  assert.ok(text.endsWith('\n'));
  const lines = text.slice(0, -1).split('\n');
  for (const line of lines) assert.match(line, LINE);
  const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' ')));
  assert.equal(new Set(series).size, series.length, 'the same sample twice');
  const families = parse(text);
  assert.equal(families.length, lines.filter((line) => line.startsWith('# TYPE')).length);
  return Object.fromEntries(families.map(({ name, type, metrics }) => [name, { type, metrics }]));
}

/** The values of a family, by one label. */
const byLabel = ({ metrics }, label) => Object.fromEntries(metrics.map(({ labels, value }) => [labels[label], value]));

test('the figures of two live clients', async (t) => {
  const platform = await startPlatform(t);
  const stats = { latency: true, topics: true };
  const { client, seen } = observe(t, { url: platform.url, token: platform.token(), stats });
  const { client: idle } = observe(t, { url: platform.url, token: platform.token(), autoConnect: false });
  client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  for (let n = 0; n < 3; n++) platform.publish({ topic: 't', id: `${n % 2}` });
  await seen('event', ({ id }) => id === '1');
  platform.publish({ topic: 't', id: 'last' });
  await seen('event', ({ id }) => id === 'last');

  const text = prometheus({ chat: client, idle });
  const found = read(text);
  assert.deepEqual(byLabel(found.realtime_connected, 'client'), { chat: '1', idle: '0' });
  assert.deepEqual(byLabel(found.realtime_events_received_total, 'client'), { chat: '4', idle: '0' });
  assert.equal(found.realtime_events_received_total.type, 'COUNTER');
  const dropped = found.realtime_events_dropped_total.metrics.filter(({ labels }) => labels.client === 'chat');
  assert.deepEqual(
    dropped.map(({ labels, value }) => [labels.reason, value]),
    [
      ['repeat', '1'],
      ['unwanted', '0'],
      ['overflow', '0'],
      ['discarded', '0'],
    ],
  );
  assert.deepEqual(byLabel(found.realtime_topic_events_total, 'topic'), { t: '3' });
  assert.equal(found.realtime_errors_total, undefined, 'there were none');
  const { type, metrics } = found.realtime_event_age_seconds;
  const { eventAge } = client.stats();
  // Of histograms with labels, the parser reads the buckets alone.
  const [{ buckets }] = metrics;
  const count = String(eventAge.count);
  assert.deepEqual([type, metrics.length, Object.keys(buckets).length], ['HISTOGRAM', 1, 22]);
  assert.deepEqual([buckets['134.217728'], buckets['+Inf']], [count, count]);
  const ofChat = (/** @type {string} */ line) =>
    assert.ok(text.includes(`\nrealtime_event_age_seconds_${line}\n`), line);
  ofChat(`bucket{client="chat",le="0.000128"} ${eventAge.buckets[0].count}`);
  ofChat(`sum{client="chat"} ${eventAge.sum / 1000}`);
  ofChat(`count{client="chat"} ${count}`);
  assert.equal(found.realtime_clock_offset_seconds.metrics.length, 1);

  client.destroy();
  assert.equal(byLabel(read(prometheus({ chat: client })).realtime_connected, 'client').chat, '0');
});

test('topics of a hostile server are one sample each, and break nothing', () => {
  const hostile = [
    'a"} 1\nrealtime_connected{client="x"} 7\n',
    '\\',
    '\\"',
    '\\n',
    '\n',
    '"',
    '# TYPE',
    'é€😀',
    '{}',
    ' ',
    '__proto__',
    'le',
  ];
  const topics = hostile.map((topic, n) => ({ topic, events: n + 1 }));
  const found = read(prometheus({ c: measured({ topics, otherTopics: 5 }) }));
  const values = found.realtime_topic_events_total.metrics.map(({ labels, value }) => [labels.topic, Number(value)]);
  assert.deepEqual(
    values,
    topics.map(({ topic, events }) => [topic, events]),
  );
  assert.equal(found.realtime_connected.metrics.length, 1);
  assert.equal(found.realtime_other_topics_events_total.metrics[0].value, '5');
});

test('what no parser has to accept is replaced, and equal samples are added', () => {
  const topics = ['a\0', 'a\u0001', 'a\ud800', 'a\u2028', 'a\r', 'a\u0085'].map((topic) => ({ topic, events: 2 }));
  const found = read(prometheus({ c: measured({ topics, otherTopics: 0 }) }));
  assert.deepEqual(byLabel(found.realtime_topic_events_total, 'topic'), { 'a\ufffd': '12' });
});

test('clients come as an object, a Map or pairs, and their names are cut and escaped', () => {
  const client = measured({ errors: { SUBSCRIBE_DENIED: 2, PROTOCOL_ERROR: 1 } });
  const long = '😀'.repeat(200);
  for (const clients of [
    { [long]: client, 'a"b': client },
    new Map([
      [long, client],
      ['a"b', client],
    ]),
    [
      [long, client],
      ['a"b', client],
    ].values(),
  ]) {
    const found = read(prometheus(clients));
    assert.deepEqual(byLabel(found.realtime_connected, 'client'), { ['😀'.repeat(128)]: '0', 'a"b': '0' });
    assert.equal(found.realtime_errors_total.metrics.length, 4);
  }
  assert.equal(prometheus({}), '');
});

test('mistakes are refused by name', () => {
  const client = measured({});
  const refused = (clients, message) => assert.throws(() => prometheus(clients), { name: 'TypeError', message });
  refused(undefined, /^prometheus\(\): clients must be an object, a Map or pairs .*, not undefined$/);
  refused({ a: {} }, /^prometheus\(\): 'a' must be a client/);
  refused({ a: null }, /^prometheus\(\): 'a' must be a client/);
  refused(
    [
      ['a', client],
      ['a', client],
    ],
    /two clients have the name 'a'/,
  );
  assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
});
