'use strict';

/** What verifying webhooks leaves in memory: nothing that grows with the number of deliveries. */

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { start } = require('./support/program.js');

const PACKAGE = require.resolve('../index.js');

/** Run in a process of its own. Far below what one preparation of the secret per call would take: 12 KiB each. */
const MAX_GROWTH = 24 * 2 ** 20;
const CALLS = 20_000;

for (const [name, verify] of Object.entries({
  'verifyWebhook() for each delivery': 'verifyWebhook(body, headers, secret)',
  'a new WebhookReceiver for each delivery': 'new WebhookReceiver(secret).verify(body, headers)',
  'signWebhook() for each delivery': 'signWebhook(body, secret)',
}))
  test(`memory stays flat: ${name}`, async (t) => {
    const program = start(
      t,
      async (_client, path, verify, calls) => {
        const { WebhookReceiver, signWebhook, verifyWebhook } = require(path);
        const secret = 'whsec_test';
        const body = JSON.stringify({ id: 'e', topic: 't', source: 'socket', type: 'x', payload: {} });
        const headers = signWebhook(body, secret);
        const names = ['WebhookReceiver', 'signWebhook', 'verifyWebhook', 'secret', 'body', 'headers'];
        const each = new Function(...names, verify);
        const rss = () => process.memoryUsage().rss;
        const run = async (count) => {
          let most = 0;
          for (let n = 0; n < count; n += 1) {
            each(WebhookReceiver, signWebhook, verifyWebhook, secret, body, headers);
            // What native objects leave is freed between two turns of the event loop.
            if (n % 500 === 0) await new Promise(setImmediate);
            if (n % 500 === 0) most = Math.max(most, rss());
          }
          return most;
        };
        const before = await run(calls / 10);
        console.log(JSON.stringify({ growth: (await run(calls)) - before }));
      },
      [PACKAGE, verify, CALLS],
    );
    const { stdout, stderr } = await program.ended;
    assert.equal(stderr, '');
    const { growth } = JSON.parse(stdout[0]);
    assert.ok(growth < MAX_GROWTH, `grew by ${Math.round(growth / 2 ** 20)} MiB`);
  });
