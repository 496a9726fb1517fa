/**
 * A handler that outlasts the sender's timeout, behind the local platform: it runs once, and its
 * delivery does not end as a dead letter.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WebhookReceiver } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { deferred, kinds, listening, SECRET } from '../support/webhook-endpoint.js';
import { idle } from '../support/webhook-target.js';

for (const [kind, startServer] of Object.entries(kinds)) {
  test(`${kind}: a delivery whose handler outlasts the platform's timeout is delivered once`, async (t) => {
    const { promise: finished, resolve: finish } = deferred();
    let calls = 0;
    const handler = () => {
      calls += 1;
      return finished;
    };
    const url = await listening(t, startServer(new WebhookReceiver(SECRET), handler));
    const platform = await startPlatform(t, { webhookTimeout: 500, webhookRetryDelay: 0, webhookRetryDelayMax: 100 });
    platform.webhooks.create({ url, secret: SECRET, events: ['t'] });
    platform.publish({ topic: 't' });
    await platform.until(({ webhooks }) => webhooks.logs.some(({ status }) => status === 409));
    finish();
    await idle(platform);

    const { logs, deadLetters } = platform.webhooks;
    assert.deepEqual([calls, deadLetters], [1, []]);
    assert.deepEqual([logs[0].status, logs[0].error], [undefined, 'No answer within 500 ms.']);
    const { status, responseBody } = logs.at(-1);
    assert.deepEqual([status, responseBody], [200, '{"duplicate":true}']);
  });
}

test('the log of the platform says why a delivery was refused', async (t) => {
  const server = kinds.node(new WebhookReceiver(SECRET), assert.fail, { onRefused() {} });
  const url = await listening(t, server);
  const platform = await startPlatform(t, { webhookRetryDelay: 0 });
  platform.webhooks.create({ url, secret: 'another', events: ['t'] });
  platform.publish({ topic: 't' });
  await idle(platform);
  const [{ status, responseBody }] = platform.webhooks.deadLetters;
  assert.deepEqual([status, responseBody], [400, '{"error":"SIGNATURE_MISMATCH"}']);
  assert.equal(platform.webhooks.logs.length, 6);
  assert.ok(platform.webhooks.logs.every((entry) => entry.responseBody === responseBody));
});
