/**
 * The local platform's webhooks, as a server that gets them and a caller of `/api/webhooks` see
 * them.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { WebhookReceiver } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';
import { ENDPOINT, idle, start } from '../support/webhook-target.js';

const eventIds = ({ requests }) => requests.map(({ body }) => JSON.parse(body).id);

describe('/api/webhooks', () => {
  async function call(platform, method, path, { body, permissions = ['service'] } = {}) {
    const token = permissions && platform.token({ permissions });
    const response = await fetch(`${platform.url}/api/webhooks${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    return [response.status, await response.json()];
  }

  test('endpoints are created, listed, deactivated, activated and deleted; the secret is never shown', async (t) => {
    const platform = await startPlatform(t);
    const [status, endpoint] = await call(platform, 'POST', '', { body: ENDPOINT });
    const { id, createdAt, ...rest } = endpoint;
    assert.equal(status, 201);
    assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
    assert.deepEqual(rest, { url: ENDPOINT.url, events: ['t'], scheme: 'realtime', active: true });
    assert.deepEqual(await call(platform, 'GET', '', { permissions: ['admin'] }), [200, [endpoint]]);
    const inactive = { ...endpoint, active: false };
    assert.deepEqual(await call(platform, 'POST', `/${id}/deactivate`), [200, inactive]);
    assert.deepEqual(await call(platform, 'GET', ''), [200, [inactive]]);
    assert.deepEqual(await call(platform, 'POST', `/${id}/activate`), [200, endpoint]);
    assert.deepEqual(await call(platform, 'DELETE', `/${id}`), [200, inactive]);
    assert.deepEqual(await call(platform, 'GET', ''), [200, []]);
  });

  test('the logs, all or of one type, and the dead letters', async (t) => {
    const { platform } = await start(t, {
      events: ['database.event', 'socket.message'],
      answer: (response, count) => response.writeHead(count === 1 ? 204 : 500).end(),
    });
    platform.publish({ topic: 'a' });
    await idle(platform);
    platform.publish({ topic: 'b', source: 'socket' });
    await idle(platform);
    const { logs, deadLetters } = platform.webhooks;
    assert.deepEqual(
      logs.map(({ event }) => event),
      ['database.event', ...Array(6).fill('socket.message')],
    );
    assert.deepEqual(await call(platform, 'GET', '/logs'), [200, logs]);
    assert.deepEqual(await call(platform, 'GET', '/logs?event=socket.message'), [200, logs.slice(1)]);
    assert.deepEqual(await call(platform, 'GET', '/logs?event=socket.connect'), [200, []]);
    assert.equal((await call(platform, 'GET', '/logs?event=a&event=b'))[0], 400);
    assert.equal(deadLetters.length, 1);
    assert.deepEqual(await call(platform, 'GET', '/dead-letters'), [200, deadLetters]);
  });

  test('what is not a whole endpoint is refused', async (t) => {
    const platform = await startPlatform(t);
    const BAD = [
      [[], /JSON object/],
      [{ ...ENDPOINT, url: undefined }, /^url/],
      [{ ...ENDPOINT, url: '/hooks' }, /^url/],
      [{ ...ENDPOINT, url: 'ftp://127.0.0.1/' }, /^url.*http/],
      [{ ...ENDPOINT, url: 'http://me:hush@127.0.0.1/' }, /^url.*password/],
      [{ ...ENDPOINT, url: `http://127.0.0.1/${'x'.repeat(2048)}` }, /^url.*2048/],
      [{ ...ENDPOINT, secret: '' }, /^secret/],
      [{ ...ENDPOINT, secret: 'whsec_' }, /^secret/],
      [{ ...ENDPOINT, secret: 'hush\n' }, /^secret.*line end.*trim/],
      [{ ...ENDPOINT, secret: ['hush'] }, /^secret/],
      [{ ...ENDPOINT, secret: 'hush'.repeat(257) }, /^secret.*1024/],
      [{ ...ENDPOINT, events: [] }, /^events/],
      [{ ...ENDPOINT, events: 'document.updated' }, /^events/],
      [{ ...ENDPOINT, events: ['t', 1] }, /^events\[1\]/],
      [{ ...ENDPOINT, events: ['t'.repeat(257)] }, /^events\[0\]/],
      [{ ...ENDPOINT, events: Array(101).fill('t') }, /^events.*100/],
      [{ ...ENDPOINT, scheme: 'toString' }, /^scheme.*standard-webhooks/],
    ];
    for (const [body, message] of BAD) {
      const [status, refusal] = await call(platform, 'POST', '', { body });
      assert.deepEqual([status, refusal.error], [400, 'ValidationError'], String(message));
      assert.match(refusal.message, message);
      assert.doesNotMatch(refusal.message, /hush/);
    }
    assert.deepEqual(platform.webhooks.endpoints, []);
    await assert.rejects(startPlatform(t, { webhookTimeout: 0 }), /options\.webhookTimeout/);
  });

  const ROUTES = [
    ['GET', ''],
    ['POST', ''],
    ['GET', '/logs'],
    ['GET', '/dead-letters'],
    ['POST', '/x/activate'],
    ['POST', '/x/deactivate'],
    ['DELETE', '/x'],
  ];
  test('only service and admin may; an unknown endpoint is 404', async (t) => {
    const platform = await startPlatform(t);
    for (const [method, path] of ROUTES) {
      const status = async (permissions) =>
        (await call(platform, method, path, { permissions, body: method === 'POST' ? ENDPOINT : undefined }))[0];
      assert.equal(await status(null), 401, path);
      assert.equal(await status(['client']), 403, path);
      assert.equal(await status(['admin']), path.startsWith('/x') ? 404 : method === 'POST' ? 201 : 200, path);
    }
  });
});

describe('a delivery', () => {
  const hmac = (key, ...parts) =>
    createHmac('sha256', key).update(Buffer.concat(parts.map((part) => Buffer.from(part))));
  /** secret: the key that Standard Webhooks makes of it; the other schemes take it as it is */
  const KEYS = {
    'whsec_YWI=': 'ab',
    whsec_YWI: 'ab',
    'whsec_+/+/': Buffer.from([0xfb, 0xff, 0xbf]),
    whsec_YWJ: 'whsec_YWJ', // no base64: bits are left over
    whsec_your_secret: 'whsec_your_secret',
    pässword: 'pässword',
  };

  /** scheme: the delivery's id, the time, and what all headers must then be */
  const EXPECTED = {
    realtime: ({ 'x-webhook-id': id, 'x-webhook-timestamp': at }, body, secret) => ({
      id,
      at: Number(at),
      headers: {
        'x-webhook-id': id,
        'x-webhook-timestamp': at,
        'x-webhook-signature': hmac(secret, at, '.', body).digest('hex'),
      },
    }),
    'standard-webhooks': ({ 'webhook-id': id, 'webhook-timestamp': at }, body, secret) => ({
      id,
      at: Number(at) * 1000,
      headers: {
        'webhook-id': id,
        'webhook-timestamp': at,
        'webhook-signature': `v1,${hmac(KEYS[secret], id, '.', at, '.', body).digest('base64')}`,
      },
    }),
    't-v1': ({ 'x-webhook-signature': signature }, body, secret) => {
      const [, at] = /^t=(\d+),/.exec(signature);
      const headers = { 'x-webhook-signature': `t=${at},v1=${hmac(secret, at, '.', body).digest('hex')}` };
      return { at: Number(at) * 1000, headers };
    },
  };

  for (const [scheme, expect] of Object.entries(EXPECTED)) {
    for (const secret of Object.keys(KEYS)) {
      test(`is signed by ${scheme} with '${secret}', and the SDK's receiver accepts it`, async (t) => {
        const { platform, receiver, id } = await start(t, { scheme, secret });
        const event = platform.publish({ topic: 't', payload: { text: 'ü\u2028"𝄞', n: 1.5 }, trace: 'kept' });
        await idle(platform);
        const [{ method, url, headers, body }] = receiver.requests;
        assert.deepEqual([method, url], ['POST', '/hooks?from=test']);
        assert.deepEqual(JSON.parse(body), event);

        const expected = expect(headers, body, secret);
        const webhookHeaders = Object.entries(headers).filter(([name]) => name.includes('webhook'));
        assert.deepEqual(Object.fromEntries(webhookHeaders), {
          ...expected.headers,
          'x-webhook-event': 'database.event',
          'x-webhook-attempt': '1',
        });
        assert.equal(headers['content-type'], 'application/json');
        const [{ deliveryId, timestamp, durationMs, ...entry }] = platform.webhooks.logs;
        assert.deepEqual(entry, { webhookId: id, event: 'database.event', attempt: 1, status: 204 });
        assert.ok(durationMs >= 0);
        assert.ok(timestamp - expected.at >= 0 && timestamp - expected.at < 1000);
        if (expected.id) assert.equal(expected.id, deliveryId);

        const verified = new WebhookReceiver(secret).verify(body, headers);
        assert.deepEqual(verified, { event, id: expected.id ?? event.id, timestamp: expected.at, attempt: 1, scheme });
      });
    }
  }

  const EVENTS = {
    db: { topic: 'order.updated' },
    updated: { topic: 'sync.orders.updated', source: 'sync' },
    deleted: { topic: 'sync.orders.deleted', source: 'sync', type: 'document.deleted' },
    join: { topic: 'room', source: 'socket', type: 'presence.join' },
    leave: { topic: 'room', source: 'socket', type: 'presence.leave' },
    message: { topic: 'room', source: 'socket', type: 'typing' },
    spoof: { topic: 'room', source: 'socket', type: 'socket.connect' },
    other: { topic: 'order', type: 'document.updated' },
  };
  const WANTED = [
    [['database.event'], ['db', 'other']],
    [['document.updated'], ['updated']],
    [['document.deleted'], ['deleted']],
    [['presence.updated'], ['join', 'leave']],
    [['socket.message'], ['message', 'spoof']],
    [['socket.connect', 'socket.disconnect'], []],
    [['order.updated'], ['db']],
    [['room'], ['join', 'leave', 'message', 'spoof']],
    [
      ['room', 'socket.message', 'order'],
      ['join', 'leave', 'message', 'spoof', 'other'],
    ],
  ];
  for (const [events, expected] of WANTED) {
    test(`goes to who wants ${events.join(', ')}, once`, async (t) => {
      const { platform, receiver } = await start(t, { events });
      for (const [id, event] of Object.entries(EVENTS)) platform.publish({ id, ...event });
      await idle(platform); // what is wanted is pending from the moment it is published
      assert.deepEqual(eventIds(receiver).sort(), expected.sort());
    });
  }

  test('goes to each endpoint that wants it, under an id of its own; a repeated event goes to none', async (t) => {
    const { platform, receiver } = await start(t);
    platform.webhooks.create({ ...ENDPOINT, url: receiver.url, secret: 'other' });
    platform.publish({ topic: 't' });
    await idle(platform);
    platform.faults.repeat(1);
    assert.equal(platform.webhooks.pending, 0);
    const [one, two] = receiver.requests;
    assert.equal(receiver.requests.length, 2);
    assert.notEqual(one.headers['x-webhook-id'], two.headers['x-webhook-id']);
    assert.deepEqual(one.body, two.body);
  });

  for (const protocol of PROTOCOLS) {
    test(`tells of connections by ${protocol}`, async (t) => {
      const { platform, receiver } = await start(t, { events: ['socket.connect', 'socket.disconnect'] });
      const client = await connect(protocol, platform, { token: platform.token({ sub: 'ann' }) });
      await platform.until(({ webhooks }) => webhooks.logs.length === 1);
      const [{ id: socketId }] = platform.connections;
      client.close();
      await platform.until(({ webhooks }) => webhooks.logs.length === 2);
      for (const [index, type] of ['socket.connect', 'socket.disconnect'].entries()) {
        const { headers, body } = receiver.requests[index];
        const { id, metadata, ...event } = JSON.parse(body);
        assert.equal(headers['x-webhook-event'], type);
        assert.match(id, /^evt_/);
        assert.equal(typeof metadata.timestamp, 'number');
        assert.deepEqual(event, { topic: type, source: 'socket', type, payload: { socketId, protocol, sub: 'ann' } });
      }
    });
  }
});

test('the example of the guide passes as it stands', () => {
  const root = join(import.meta.dirname, '..', '..');
  const [, example] = /^## Webhooks\n.*?```js\n(.*?)```/ms.exec(
    readFileSync(join(root, 'docs/local-platform.md'), 'utf8'),
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // else the inner run reports to the outer one
  const args = ['--input-type=module', '--eval', example];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /pass 1\b/);
});
