/** What clients, `socketClient` and live documents share with EventEmitters of Node. */

import assert from 'node:assert/strict';
import { listenerCount, on, once } from 'node:events';
import { test } from 'node:test';

import { CoreClient, RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

const OPTIONS = { url: 'http://127.0.0.1:1', token: 'token', autoConnect: false };

for (const [what, create, name] of [
  ['RealtimeClient', () => new RealtimeClient(OPTIONS), 'event:a'],
  ['CoreClient', () => new CoreClient(OPTIONS), 'gap'],
  ['socketClient', () => new RealtimeClient(OPTIONS).socketClient, 'message:lobby'],
  ['LiveDocument', () => new RealtimeClient(OPTIONS).sync.watch('notes', 'n1'), 'change'],
])
  test(`${what}: methods can be chained, and have both names`, () => {
    const emitter = create();
    const [one, two] = [() => {}, () => {}];
    assert.equal(emitter.on(name, one).addListener(name, two).once(name, one).off(name, two), emitter);
    assert.deepEqual([emitter.listenerCount(name), emitter.listenerCount(name, one)], [2, 2]);
    assert.equal(listenerCount(emitter, name), 2);
    assert.equal(emitter.removeListener(name, one).removeListener(name, one), emitter);
    assert.equal(emitter.listenerCount(name), 0);
    emitter.removeListener(name, one).off(name, one);
  });

test('an unknown name has no count', () => {
  const client = new RealtimeClient(OPTIONS);
  assert.throws(() => client.listenerCount('conection'), { code: 'INVALID_ARGUMENT' });
  assert.throws(() => client.addListener('conection', () => {}), { code: 'INVALID_ARGUMENT' });
});

async function open(t) {
  const platform = await startPlatform(t);
  const { client } = observe(t, { url: platform.url, token: platform.token({ permissions: ['service'] }) });
  await client.subscribed(client.subscribe({ topic: 'a' }));
  return { platform, client };
}

test('once() of node:events waits for an event, and leaves no listener', async (t) => {
  const { platform, client } = await open(t);
  const before = client.listenerCount('error');
  const event = once(client, 'event:a', { signal: new AbortController().signal });
  platform.publish({ topic: 'a', payload: { n: 1 } });
  const [{ payload }] = await event;
  assert.deepEqual([payload, client.listenerCount('event:a'), client.listenerCount('error')], [{ n: 1 }, 0, before]);
});

test('once() of node:events ends by its signal, without harm', async (t) => {
  const { client } = await open(t);
  const controller = new AbortController();
  const before = client.listenerCount('error');
  const event = once(client, 'event:a', { signal: controller.signal });
  controller.abort();
  await assert.rejects(event, { name: 'AbortError' });
  assert.deepEqual([client.listenerCount('event:a'), client.listenerCount('error')], [0, before]);
});

test('on() of node:events iterates over events until its signal', async (t) => {
  const { platform, client } = await open(t);
  const controller = new AbortController();
  const numbers = [];
  const run = async () => {
    for await (const [{ payload }] of on(client, 'event:a', { signal: controller.signal })) {
      numbers.push(payload.n);
      if (payload.n === 2) controller.abort();
    }
  };
  const ended = assert.rejects(run(), { name: 'AbortError' });
  for (const n of [1, 2]) platform.publish({ topic: 'a', payload: { n } });
  await ended;
  assert.deepEqual([numbers, client.listenerCount('event:a')], [[1, 2], 0]);
});
