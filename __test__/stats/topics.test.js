/** `stats: { topics: true }`: events by topic, bounded. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
// Loaded before the first client connects, as it is in the bundle for Node.
import '../../lib/engines/javascript/session/meter/meter.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';
import { startScriptedServer } from '../support/scripted-server.js';

const TOPICS = { stats: { topics: true } };

test('the most frequent topic comes first', async (t) => {
  const platform = await startPlatform(t);
  const { client, seen } = observe(t, { url: platform.url, token: platform.token(), ...TOPICS });
  for (const topic of ['a', 'b', 'end']) client.subscribe({ topic });
  await platform.subscribed('end');
  assert.deepEqual(client.stats().topics, []);
  platform.publish({ topic: 'a' });
  for (let n = 0; n < 3; n++) platform.publish({ topic: 'b', id: `${n % 2}` });
  platform.publish({ topic: 'end' });
  await seen('event', ({ topic }) => topic === 'end');
  const { topics, otherTopics, droppedRepeats } = client.stats();
  assert.deepEqual(topics, [
    { topic: 'b', events: 2 },
    { topic: 'a', events: 1 },
    { topic: 'end', events: 1 },
  ]);
  assert.deepEqual({ otherTopics, droppedRepeats }, { otherTopics: 0, droppedRepeats: 1 });
});

test('more than 100 topics are counted together, and so are long ones', async (t) => {
  const server = await startScriptedServer(t);
  const { client, seen } = observe(t, { url: server.url, token: 'a.b.c', ...TOPICS });
  const names = ['__proto__', 'constructor', 'x'.repeat(257), ...Array.from({ length: 110 }, (_, n) => `t${n}`)];
  // Only the server knows what a pattern matches.
  client.subscribe({ topic: 'many.*' });
  await server.received('subscribe');
  for (const [id, topic] of names.entries())
    server.send({ id: `${id}`, topic, source: 'x', type: 'x', payload: {}, metadata: {} });
  await seen('event', ({ topic }) => topic === 't109');
  const { topics, otherTopics } = client.stats();
  assert.deepEqual([topics.length, otherTopics], [100, names.length - 100]);
  assert.deepEqual(topics.slice(0, 3), [
    { topic: '__proto__', events: 1 },
    { topic: 'constructor', events: 1 },
    { topic: 't0', events: 1 },
  ]);
});
