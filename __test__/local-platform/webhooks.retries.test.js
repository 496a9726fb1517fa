/**
 * The local platform's webhooks when receivers fail, when deliveries are stopped, and at their
 * bounds.
 */

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import https from 'node:https';
import { describe, test } from 'node:test';
import * as certificate from '../support/certificate.js';
import { startPlatform } from '../support/local-platform.js';
import { ENDPOINT, idle, NEVER, SECRET, start, startTarget } from '../support/webhook-target.js';

describe('a failed attempt', () => {
  test('is repeated with the same id and body, a fresh timestamp and signature', async (t) => {
    const answer = (response, count) => {
      if (count === 1) response.writeHead(500).end('x'.repeat(1_000_000));
      else if (count === 2) response.destroy();
      else response.writeHead(299).end();
    };
    t.mock.method(Math, 'random', () => 1);
    const { platform, receiver } = await start(t, {
      answer,
      options: { webhookRetryDelay: 10, webhookTimeout: NEVER },
    });
    platform.publish({ topic: 't' });
    await idle(platform);
    const { requests } = receiver;
    const each = (name) => requests.map(({ headers }) => headers[name]);
    assert.deepEqual(each('x-webhook-attempt'), ['1', '2', '3']);
    assert.equal(new Set(each('x-webhook-id')).size, 1);
    assert.equal(new Set(each('x-webhook-timestamp')).size, 3);
    for (const { headers, body } of requests) {
      const expected = createHmac('sha256', SECRET).update(`${headers['x-webhook-timestamp']}.`).update(body);
      assert.equal(headers['x-webhook-signature'], expected.digest('hex'));
      assert.deepEqual(body, requests[0].body);
    }
    const logs = platform.webhooks.logs.map(({ attempt, status, error }) => [attempt, status ?? error]);
    assert.deepEqual(logs, [
      [1, 500],
      [2, 'socket hang up'],
      [3, 299],
    ]);
    assert.deepEqual(platform.webhooks.deadLetters, []);
  });

  test('the sixth is the last: the delivery becomes a dead letter', async (t) => {
    const { platform, receiver, id } = await start(t, { answer: (response) => response.writeHead(503).end() });
    const event = platform.publish({ topic: 't' });
    await idle(platform);
    assert.equal(receiver.requests.length, 6);
    const [{ deliveryId, timestamp, ...letter }] = platform.webhooks.deadLetters;
    assert.deepEqual(letter, { webhookId: id, event: 'database.event', attempts: 6, status: 503, body: event });
    assert.equal(deliveryId, receiver.requests[5].headers['x-webhook-id']);
    assert.ok(timestamp >= platform.webhooks.logs[5].timestamp);
  });

  test('leaves the start of the body of its answer in the log and in the dead letter', async (t) => {
    const bodies = [
      '{"error":"SIGNATURE_MISMATCH"}',
      undefined,
      'x'.repeat(5000),
      `${'x'.repeat(1023)}é`,
      'a\u0000é',
      'last',
    ];
    const { platform } = await start(t, {
      answer: (response, count) => {
        const body = bodies[count - 1];
        response.writeHead(400);
        // In two pieces, of which the second one may begin within a character.
        if (body) response.write(Buffer.from(body).subarray(0, 3));
        response.end(body && Buffer.from(body).subarray(3));
      },
    });
    platform.publish({ topic: 't' });
    await idle(platform);
    const kept = platform.webhooks.logs.map(({ responseBody }) => responseBody);
    assert.deepEqual(kept, [bodies[0], undefined, 'x'.repeat(1024), 'x'.repeat(1023), 'a\u0000é', 'last']);
    assert.equal('responseBody' in platform.webhooks.logs[1], false);
    const [{ status, responseBody, error }] = platform.webhooks.deadLetters;
    assert.deepEqual([status, responseBody, error], [400, 'last', undefined]);
  });

  test('keeps Retry-After, up to webhookRetryDelayMax', async (t) => {
    const answer = (response, count) => {
      if (count < 5) response.setHeader('retry-after', ['1', '99999', '-1', 'soon'][count - 1]);
      response.writeHead(409).end();
    };
    const { platform } = await start(t, { answer, options: { webhookRetryDelayMax: 50 } });
    platform.publish({ topic: 't' });
    await idle(platform);
    const { logs } = platform.webhooks;
    assert.equal('retryAfter' in logs[0], false);
    for (const first of [0, 1]) assert.ok(logs[first + 1].timestamp - logs[first].timestamp >= 48);
    assert.equal(logs.length, 6);
  });

  test('is what a redirect is: it is not followed', async (t) => {
    const { platform, receiver } = await start(t, {
      answer: (response, count) => {
        if (count === 1) response.writeHead(307, { location: '/elsewhere' }).end();
        else response.writeHead(204).end();
      },
    });
    platform.publish({ topic: 't' });
    await idle(platform);
    assert.deepEqual(
      receiver.requests.map(({ url }) => url),
      ['/hooks?from=test', '/hooks?from=test'],
    );
    assert.deepEqual(
      platform.webhooks.logs.map(({ status }) => status),
      [307, 204],
    );
  });

  test('is one that takes longer than webhookTimeout; a status in time counts', async (t) => {
    const { platform } = await start(t, {
      options: { webhookTimeout: 100 },
      answer: (response, count) => {
        if (count > 1) response.writeHead(200).write('a body that never ends');
      },
    });
    platform.publish({ topic: 't' });
    await idle(platform);
    const [late] = platform.webhooks.logs;
    assert.equal(late.error, 'No answer within 100 ms.');
    assert.equal(late.status, undefined);
    assert.ok(late.durationMs >= 99);
    assert.equal(platform.webhooks.logs.at(-1).status, 200);
    assert.deepEqual(platform.webhooks.deadLetters, []);
  });

  test('is one that reaches nobody, or nobody who can be trusted', async (t) => {
    const gone = await startTarget(t);
    gone.server.close();
    const untrusted = await startTarget(t, undefined, { server: https.createServer(certificate) });
    const { platform } = await start(t);
    for (const url of [gone.url, untrusted.url]) platform.webhooks.create({ ...ENDPOINT, url, events: ['u'] });
    platform.publish({ topic: 'u' });
    await idle(platform);
    const errors = platform.webhooks.deadLetters.map(({ error }) => error).sort();
    assert.match(errors[0], /ECONNREFUSED/);
    assert.match(errors[1], /self-signed certificate/);
    assert.equal(untrusted.requests.length, 0);
  });

  test('waits exponentially longer, up to a maximum', async (t) => {
    t.mock.method(Math, 'random', () => 1);
    const answer = (response) => response.writeHead(500).end();
    const { platform } = await start(t, { answer, options: { webhookRetryDelay: 20, webhookRetryDelayMax: 90 } });
    platform.publish({ topic: 't' });
    await idle(platform);
    const starts = platform.webhooks.logs.map(({ timestamp }) => timestamp);
    for (const [index, least] of [20, 40, 80, 90, 90].entries()) {
      assert.ok(starts[index + 1] - starts[index] >= least - 2, `${starts}: after attempt ${index + 1}`);
    }
    const capped = await start(t, { answer, options: { webhookRetryDelay: NEVER, webhookRetryDelayMax: 1 } });
    capped.platform.publish({ topic: 't' });
    await idle(capped.platform);
  });

  test('waits a random part of that', async (t) => {
    t.mock.method(Math, 'random', () => 0);
    const { platform } = await start(t, {
      answer: (response) => response.writeHead(500).end(),
      options: { webhookRetryDelay: NEVER, webhookRetryDelayMax: NEVER },
    });
    platform.publish({ topic: 't' });
    await idle(platform);
    assert.equal(platform.webhooks.deadLetters.length, 1);
  });
});

describe('deliveries that are stopped', () => {
  const WAYS = [
    ['deactivate', 'The endpoint was deactivated.'],
    ['remove', 'The endpoint was deleted.'],
    ['close', 'The local platform was closed.'],
  ];
  for (const [way, reason] of WAYS) {
    const stop = (platform, id) => (way === 'close' ? platform.close() : platform.webhooks[way](id));

    test(`${way}: those in the middle of an attempt, and those behind them`, async (t) => {
      const ends = [];
      const answer = (response) => ends.push(once(response, 'close')); // and nothing else
      const { platform, receiver, id } = await start(t, { answer });
      for (let n = 1; n <= 7; n += 1) platform.publish({ topic: 't' });
      await receiver.arrived(5);
      await stop(platform, id);
      await idle(platform);
      await Promise.all(ends);
      const { deadLetters, logs } = platform.webhooks;
      assert.deepEqual(
        deadLetters.map(({ error }) => error),
        Array(7).fill(reason),
      );
      assert.deepEqual(deadLetters.map(({ attempts }) => attempts).sort(), [0, 0, 1, 1, 1, 1, 1]);
      assert.deepEqual(
        logs.map(({ error }) => error),
        Array(5).fill(reason),
      );
      assert.equal(receiver.requests.length, 5);
    });

    test(`${way}: one that waits for its next attempt`, async (t) => {
      const { platform, receiver, id } = await start(t, {
        answer: (response) => response.writeHead(503).end(),
        options: { webhookRetryDelay: NEVER, webhookRetryDelayMax: NEVER },
      });
      platform.publish({ topic: 't' });
      await platform.until(({ webhooks }) => webhooks.logs.length === 1);
      await stop(platform, id);
      await idle(platform);
      const [{ attempts, error, status }] = platform.webhooks.deadLetters;
      assert.deepEqual({ attempts, error, status }, { attempts: 1, error: reason, status: undefined });
      platform.publish({ topic: 't' });
      assert.equal(platform.webhooks.pending, 0);
      assert.equal(receiver.requests.length, 1);
    });
  }

  test('a closed platform sends nothing to a new endpoint either', async (t) => {
    const { platform } = await start(t);
    await platform.close();
    platform.webhooks.create(ENDPOINT);
    platform.publish({ topic: 't' });
    assert.equal(platform.webhooks.pending, 0);
  });

  test('an endpoint that is activated again gets what happens from then on', async (t) => {
    const { platform, receiver, id } = await start(t);
    platform.webhooks.deactivate(id);
    platform.publish({ topic: 't', id: 'missed' });
    platform.webhooks.activate(id);
    platform.webhooks.activate(id);
    platform.publish({ topic: 't', id: 'new' });
    await idle(platform);
    assert.deepEqual(
      receiver.requests.map(({ body }) => JSON.parse(body).id),
      ['new'],
    );
  });
});

describe('bounds', () => {
  test('five attempts at a time for each endpoint; one that waits for its retry holds up nobody', async (t) => {
    const held = [];
    const { platform, receiver } = await start(t, {
      answer: (response, count) => {
        if (count <= 10) response.writeHead(500).end();
        else held.push(response);
      },
      options: { webhookRetryDelay: NEVER, webhookRetryDelayMax: NEVER },
    });
    const warnings = [];
    process.on('warning', (warning) => warnings.push(warning));
    for (let n = 1; n <= 20; n += 1) platform.publish({ topic: 't' });
    await receiver.arrived(15);
    const other = await startTarget(t);
    platform.webhooks.create({ ...ENDPOINT, url: other.url, events: ['u'] });
    platform.publish({ topic: 'u' });
    await other.arrived(1);
    assert.equal(receiver.requests.length, 15); // 10 wait for a retry, 5 are held, 5 have no turn yet
    for (const response of held.splice(0)) response.writeHead(204).end();
    await receiver.arrived(20);
    assert.deepEqual(warnings, []);
  });

  test('1000 pending deliveries for each endpoint, 1000 dead letters', async (t) => {
    const { platform } = await start(t, { answer: () => {} });
    for (let n = 1; n <= 2001; n += 1) platform.publish({ topic: 't', id: `t${n}` });
    const { pending, deadLetters } = platform.webhooks;
    assert.equal(pending, 1000);
    assert.equal(deadLetters.length, 1000);
    assert.deepEqual([deadLetters[0].body.id, deadLetters[0].attempts], ['t1002', 0]); // of 1001, the first is gone
    assert.match(deadLetters[0].error, /1000 pending/);
  });

  test('10000 log entries, for the sake of time tried with 10', async (t) => {
    const { WEBHOOK_LIMITS } = await import('../../local-platform/src/vocabulary.js');
    assert.equal(WEBHOOK_LIMITS.logs, 10_000);
    WEBHOOK_LIMITS.logs = 10;
    t.after(() => {
      WEBHOOK_LIMITS.logs = 10_000;
    });
    const { platform, receiver } = await start(t);
    for (let n = 1; n <= 12; n += 1) platform.publish({ topic: 't' });
    await idle(platform);
    const { logs } = platform.webhooks;
    assert.equal(receiver.requests.length, 12);
    assert.equal(logs.length, 10);
    assert.ok(logs.every(({ status }) => status === 204));
    platform.publish({ topic: 't', source: 'socket' });
    await idle(platform);
    assert.equal(platform.webhooks.logs.at(-1).event, 'socket.message'); // the oldest went, not the newest
  });

  test('100 endpoints', async (t) => {
    const platform = await startPlatform(t);
    for (let n = 1; n <= 100; n += 1) platform.webhooks.create(ENDPOINT);
    assert.throws(() => platform.webhooks.create(ENDPOINT), { name: 'ValidationError', message: /100/ });
    platform.webhooks.remove(platform.webhooks.endpoints[0].id);
    platform.webhooks.create(ENDPOINT);
  });
});
