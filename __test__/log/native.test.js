/**
 * The records of the native engine on their way from its thread: bounded, apart, and none is lost
 * at the end.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { RealtimeClient } from '../../lib/index.js';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { logRecords } from '../support/log-records.js';
import { ENTRY, start } from '../support/program.js';

/**
 * A connected client with a log.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('@smarterservices/realtime-local').LocalPlatform} platform
 */
async function connected(t, platform) {
  const log = logRecords();
  const { handler } = log;
  const client = new RealtimeClient({ url: platform.url, token: platform.token(), log: { level: 'debug', handler } });
  t.after(() => client.destroy());
  client.on('error', () => {});
  await log.seen('connected');
  return { client, log };
}

nativeTest('addon')('records wait in a bounded number, the oldest are dropped, and the count is logged', async (t) => {
  const { client, log } = await connected(t, await startPlatform(t));
  // The thread that reads the records is busy in the meantime.
  for (let count = 0; count < 1500; count += 1) client.subscribe({ topic: `t${count}` });
  const { level, part, fields } = await log.seen('records dropped');
  assert.deepEqual([level, part], ['warn', 'client']);
  await log.seen('subscribing', 900);
  const topics = log.records.filter(({ message }) => message === 'subscribing').map(({ fields }) => fields.topic);
  assert.ok(topics.includes('t1499') && !topics.includes('t0'), 'the newest are there');
  assert.ok(Number(fields.dropped) >= 500, `${fields.dropped}`);
});

nativeTest('addon')('records of several clients do not mix, and a destroyed client logs no more', async (t) => {
  const platform = await startPlatform(t);
  const [one, other] = await Promise.all([connected(t, platform), connected(t, platform)]);
  one.client.subscribe({ topic: 'one' });
  other.client.subscribe({ topic: 'other' });
  await Promise.all([one.log.seen('subscribed'), other.log.seen('subscribed')]);
  one.client.destroy();
  const last = one.log.records.length;
  assert.equal(one.log.records.at(-1)?.message, 'destroyed');
  await platform.faults.dropAll();
  await other.log.seen('connected', 2);
  assert.equal(one.log.records.length, last);
  for (const [{ log }, topic] of /** @type {const} */ ([
    [one, 'one'],
    [other, 'other'],
  ])) {
    assert.equal(new Set(log.records.map(({ client }) => client)).size, 1);
    assert.deepEqual(new Set(log.records.flatMap(({ fields }) => fields.topic ?? [])), new Set([topic]));
  }
});

nativeTest('addon')('a process that ends writes its last records first, as JSON lines', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token) => {
      const client = new RealtimeClient({ url, token });
      client.on('connection', ({ state }) => {
        if (state !== 'connected') return;
        client.disconnect();
        process.exit();
      });
    },
    [platform.url, platform.token()],
    [],
    { environment: { REALTIME_LOG: 'debug' } },
  );
  const { code, stderr } = await program.ended;
  assert.equal(code, 0);
  const records = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    records.slice(-2).map(({ level, part, message }) => [level, part, message]),
    [
      ['debug', 'session', 'closing the link'],
      ['info', 'session', 'disconnected'],
    ],
  );
  for (const { time } of records) assert.equal(new Date(time).toISOString(), time);
});

nativeTest('addon')('a log does not hold the process', async (t) => {
  const program = start(
    t,
    (RealtimeClient) => {
      new RealtimeClient({ url: 'http://127.0.0.1:9', token: 't', autoConnect: false, log: 'trace' });
    },
    [],
  );
  const { code, stderr } = await program.ended;
  assert.equal(code, 0);
  assert.match(stderr, /"created"/);
});

nativeTest('addon')('a worker that is terminated with a log leaves the others alone', async (t) => {
  const platform = await startPlatform(t);
  const { client, log } = await connected(t, platform);
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { RealtimeClient } = require(workerData.entry);
    const handler = ({ message }) => message === 'connected' && parentPort.postMessage(message);
    new RealtimeClient({ ...workerData.options, log: { level: 'trace', handler } });`;
  const options = { url: platform.url, token: platform.token() };
  const worker = new Worker(source, { eval: true, workerData: { entry: ENTRY, options } });
  await once(worker, 'message');
  await worker.terminate();
  client.subscribe({ topic: 'a' });
  await log.seen('subscribed');
});
