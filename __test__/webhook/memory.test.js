/** Programs that verify with a new receiver for each request: the process does not grow. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { start } from '../support/program.js';

/** How many megabytes a process grows by, over calls after the first few. */
async function growth(t, kind) {
  const program = start(
    t,
    async (_RealtimeClient, kind) => {
      const { WebhookReceiver, signWebhook, verifyWebhook } = require(process.env.PACKAGE);
      const body = JSON.stringify({ id: 'e', topic: 't', source: 'database', type: 'x', payload: { n: 1 } });
      const headers = signWebhook(body, 'secret');
      const kinds = {
        verifyWebhook: () => verifyWebhook(body, headers, 'secret'),
        options: () => verifyWebhook(body, headers, ['secret', 'old'], { toleranceMs: 1e6 + Math.random() * 1e6 }),
        WebhookReceiver: () => new WebhookReceiver('secret', { clock: () => Date.now() }).verify(body, headers),
        signWebhook: () => signWebhook(body, 'secret'),
        'a secret for each of 1000 endpoints': (n) => signWebhook(body, `secret ${n % 1000}`),
        'a secret for each': (n) => verifyWebhook(body, signWebhook(body, `secret ${n}`), `secret ${n}`),
      };
      const call = kinds[kind];
      const run = async (from, to) => {
        let most = 0;
        for (let n = from; n < to; n += 1) {
          call(n);
          if (n % 500 !== 0) continue;
          most = Math.max(most, process.memoryUsage.rss());
          await new Promise((turn) => setImmediate(turn));
        }
        return most;
      };
      const before = await run(0, 5000);
      console.log(((await run(5000, 50_000)) - before) / 2 ** 20);
    },
    [kind],
    [],
    { environment: { PACKAGE: path.join(import.meta.dirname, '..', '..') } },
  );
  const { stdout, stderr, code } = await program.ended;
  assert.equal(code, 0, stderr);
  return Number(stdout[0]);
}

for (const kind of [
  'verifyWebhook',
  'options',
  'WebhookReceiver',
  'signWebhook',
  'a secret for each of 1000 endpoints',
])
  test(`${kind} for each request takes no memory`, async (t) => {
    const megabytes = await growth(t, kind);
    assert.ok(megabytes < 24, `it grows by ${megabytes} MB`);
  });

test('secrets of which each is used once are given back', async (t) => {
  const megabytes = await growth(t, 'a secret for each');
  // Without the collector's knowledge it would be 90 MB and more.
  assert.ok(megabytes < 80, `it grows by ${megabytes} MB`);
});
