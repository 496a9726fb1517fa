/** `--record` and `--replay`: what was published once is published again, in another run. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { call, newFolder, outcome, startReady } from '../support/command.js';
import { connect } from '../support/platform-client.js';

/** Connects with the token of the command. @param {{ url: string, token: string }} command */
const connectTo = (command) => connect('ws', /** @type {any} */ ({ url: command.url, token: () => command.token }));

test('a recording of one run is replayed to the first subscriber of another', async (t) => {
  const file = join(newFolder(t), 'orders.ndjson');
  const first = await startReady(t, ['--record', file]);
  for (const n of [1, 2, 3]) {
    const event = { payload: { n }, type: 'order', metadata: { table: 'orders' }, extra: 'kept' };
    await call(first, 'POST', '/api/topics/order.updated/events', event);
  }
  await call(first, 'POST', '/api/sync/orders/documents', { id: 'o', data: 1 });
  assert.equal(await first.stop(), 0);
  const recorded = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    recorded.map(({ event }) => event.payload),
    [{ n: 1 }, { n: 2 }, { n: 3 }],
  );
  assert.deepEqual(
    recorded.map(({ at }) => at),
    recorded.map(({ at }) => at).sort((a, b) => a - b),
  );

  const second = await startReady(t, ['--replay', file]);
  const client = await connectTo(second);
  await client.request('subscribe', { topic: 'order.updated', subscriptionId: 'sub_1' });
  for (const { event } of recorded) {
    const { id, metadata, ...again } = await client.events.next();
    const { id: former, metadata: formerly, ...rest } = event;
    assert.deepEqual(again, rest);
    assert.notEqual(id, former);
    assert.equal(metadata.table, 'orders');
    assert.ok(metadata.timestamp > formerly.timestamp);
  }
  client.close();
  assert.equal(await second.stop(), 0);
});

test('a replay that waits does not keep the command from ending', async (t) => {
  const file = join(newFolder(t), 'orders.ndjson');
  writeFileSync(file, `${JSON.stringify({ at: 3600_000, event: { topic: 'a' } })}\n`);
  const waiting = await startReady(t, ['--replay', file]);
  assert.equal(await waiting.stop(), 0);
  const running = await startReady(t, ['--replay', file]);
  const client = await connectTo(running);
  await client.request('subscribe', { topic: 'a', subscriptionId: 'sub_1' });
  assert.equal(await running.stop(), 0);
});

for (const [text, message] of [
  ['nonsense', /^--replay: \S+:1: not JSON\. Expected a file of --record\.\n$/],
  ['\n{"at":0}', /^--replay: \S+:2: expected { "at": milliseconds, "event": { "topic": \.\.\. } }\.\n$/],
  ['{"at":0,"event":{"topic":""}}', /^--replay: \S+:1: topic: /],
]) {
  test(`a file with ${JSON.stringify(text)} is refused before anything starts`, async (t) => {
    const file = join(newFolder(t), 'broken.ndjson');
    writeFileSync(file, text);
    const { code, stdout, stderr } = await outcome(['-p', '0', '--replay', file]);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, message);
  });
}
