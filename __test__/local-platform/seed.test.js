/** What a platform has from the start: `startLocalPlatform({ seed })`. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

import { newFolder } from '../support/command.js';
import { startPlatform } from '../support/local-platform.js';
import { connect } from '../support/platform-client.js';

test('the first client finds documents, endpoints and channels', async (t) => {
  const endpoint = { url: 'http://127.0.0.1:1/', secret: 'whsec_a', events: ['order.updated'] };
  const platform = await startPlatform(t, {
    seed: { documents: { orders: { a: 1, b: null } }, endpoints: [endpoint], channels: { lobby: 2 } },
  });
  assert.deepEqual(
    platform.documents.list('orders').documents.map(({ id, data, revision }) => ({ id, data, revision })),
    [
      { id: 'a', data: 1, revision: 1 },
      { id: 'b', data: null, revision: 1 },
    ],
  );
  assert.equal(platform.webhooks.endpoints[0].url, endpoint.url);
  const client = await connect('socket.io', platform);
  const { memberCount } = await client.request('channel:join', { channel: 'lobby' });
  assert.equal(memberCount, 3);
  assert.equal(platform.connections.length, 1);
  await platform.joined('lobby', 1);
  client.close();
  await platform.until(({ connections }) => connections.length === 0);
});

test('documents of an earlier run stay as they are', async (t) => {
  const options = { data: join(newFolder(t), 'data.db'), seed: { documents: { orders: { a: 1, b: 1 } } } };
  const first = await startPlatform(t, options);
  first.documents.replace('orders', 'a', { data: 2 });
  first.documents.delete('orders', 'b');
  await first.close();
  const second = await startPlatform(t, options);
  assert.equal(second.documents.get('orders', 'a').data, 2);
  assert.deepEqual([second.documents.get('orders', 'b').data, second.documents.get('orders', 'b').revision], [1, 3]);
});

test('samples are published again and again, until the platform is closed', async (t) => {
  const numbers = /** @type {number[]} */ ([]);
  const platform = await startPlatform(t, {
    seed: {
      channels: { lobby: 1 },
      samples: [
        { every: 10, topic: 'order.updated', type: 'order', payload: (n) => ({ n: numbers.push(n) }) },
        { every: 10, channel: 'lobby', event: 'tick', data: (n) => ({ n }) },
        { every: 10, channel: 'lobby', event: 'value', data: 1 },
      ],
    },
  });
  const client = await connect('socket.io', platform);
  await client.request('subscribe', { topic: 'order.updated' });
  await client.request('channel:join', { channel: 'lobby' });
  const seen = new Map();
  while (['order', 'tick', 'value'].some((type) => !(seen.get(type)?.length > 2))) {
    const event = await client.events.next();
    seen.set(event.type, [...(seen.get(event.type) ?? []), event]);
  }
  const [first, second] = seen.get('order');
  assert.equal(second.payload.n, first.payload.n + 1);
  assert.notEqual(second.id, first.id);
  const [tick, next] = seen.get('tick');
  assert.equal(next.payload.n, tick.payload.n + 1);
  assert.deepEqual(seen.get('value')[0].payload, { value: 1 });
  client.close();
  await platform.close();
  const { length } = numbers;
  assert.deepEqual(
    numbers,
    Array.from({ length }, (_, index) => index + 1),
  );
});

test('a sample whose function fails ends with a warning that names it', async (t) => {
  let calls = 0;
  await startPlatform(t, {
    seed: {
      samples: [
        {
          every: 10,
          topic: 'order.updated',
          payload: () => {
            calls += 1;
            throw new Error('out of orders');
          },
        },
      ],
    },
  });
  const [warning] = await once(process, 'warning');
  assert.equal(warning.code, 'SAMPLE_ENDED');
  assert.equal(warning.message, 'options.seed.samples[0] ended: out of orders');
  assert.equal(calls, 1);
});

for (const [seed, message] of [
  [{ document: {} }, /options\.seed\.document is not known\. Did you mean 'documents'\?$/],
  [{ documents: { orders: [] } }, /options\.seed\.documents: expected data by service and id/],
  [{ documents: { orders: { '': 1 } } }, /options\.seed\.documents\.orders\.: id: expected/],
  [{ channels: { '': 1 } }, /options\.seed\.channels: channel: /],
  [{ samples: [{ every: 10, topic: 'a', payload: 1 }] }, /options\.seed\.samples\[0\]: payload: expected an object\.$/],
  [
    { samples: [{ every: 10, channel: 'a', evnt: 'b' }] },
    /options\.seed\.samples\[0\]: evnt is not known\. Did you mean 'event'\?$/,
  ],
]) {
  test(`${JSON.stringify(seed)} is refused with its place`, async (t) => {
    await assert.rejects(startPlatform(t, { seed }), { name: 'ValidationError', message });
  });
}
