/** Gaps: which events the client misses during an outage, and that it reports them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

const PROTOCOLS = ['socket.io', 'ws'];

/** A client that is subscribed to `t`, and has received one event. */
async function follow(t, platform, options = {}) {
  const observed = observe(t, { url: platform.url, token: platform.token(), ...options });
  observed.client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  platform.publish({ topic: 't', id: 'first' });
  await observed.seen('event');
  return observed;
}

const recovered = ({ changes }) =>
  changes()
    .filter(({ state }) => state === 'connected')
    .map((change) => change.recovered);
const ids = ({ events }) => events().map(({ id }) => id);

/** Loses the connections; `meanwhile` is called while nobody is connected, and the client knows. */
async function lose(platform, observed, meanwhile) {
  const losses = observed.changes().filter(({ state }) => state === 'reconnecting').length;
  await platform.faults.goAway();
  await observed.reached('reconnecting', losses + 1);
  meanwhile();
  await platform.faults.comeBack();
}

test('the official server recovers the session, however often it is lost', async (t) => {
  const platform = await startPlatform(t, { recovery: 60_000 });
  const observed = await follow(t, platform);
  for (let n = 1; n <= 5; n++) {
    await lose(platform, observed, () => {
      platform.publish({ topic: 't', id: `missed ${n}` });
      platform.publish({ topic: 't', id: `missed too ${n}` });
    });
    await observed.reached('connected', n + 1);
    await platform.subscribed('t');
    platform.publish({ topic: 't', id: `after ${n}` });
    await observed.seen('event', ({ id }) => id === `after ${n}`);
  }
  const each = [1, 2, 3, 4, 5].flatMap((n) => [`missed ${n}`, `missed too ${n}`, `after ${n}`]);
  assert.deepEqual(ids(observed), ['first', ...each]);
  assert.deepEqual(recovered(observed), [false, true, true, true, true, true]);
  assert.deepEqual(observed.gaps(), []);
});

test('a session that has expired is a gap', async (t) => {
  const platform = await startPlatform(t, { recovery: 1 });
  const observed = await follow(t, platform, { reconnectionDelay: 40, randomizationFactor: 0 });
  await platform.faults.dropAll();
  await observed.seen('gap');
  assert.deepEqual(recovered(observed), [false, false]);
});

for (const protocol of PROTOCOLS) {
  test(`${protocol}: a gap tells what may have been missed, once the stream is whole again`, async (t) => {
    const platform = await startPlatform(t);
    const observed = await follow(t, platform, { protocol });
    const ended = observed.client.subscribe({ topic: 'ended' });
    observed.client.subscribe({ topic: 'other' });
    await observed.client.socketClient.joinChannel('room');
    await platform.subscribed('other');

    let published;
    const before = Date.now();
    await lose(platform, observed, () => {
      published = platform.publish({ topic: 't', id: 'missed' }).metadata.timestamp;
      observed.client.unsubscribe(ended);
      observed.client.subscribe({ topic: 'new' });
    });
    const gap = await observed.seen('gap');
    // What is published from here on arrives: nothing has to be waited for.
    platform.publish({ topic: 't', id: 'after' });
    await observed.seen('event', ({ id }) => id === 'after');

    assert.deepEqual(
      [gap.subscriptions, gap.channels],
      [
        [
          { subscriptionId: 'sub_1', topic: 't' },
          { subscriptionId: 'sub_3', topic: 'other' },
        ],
        ['room'],
      ],
    );
    assert.equal(gap.reason, observed.changes().find(({ state }) => state === 'reconnecting').reason);
    assert.ok(gap.since <= before && gap.since <= published && published <= gap.until, JSON.stringify(gap));
    assert.ok(gap.until <= Date.now());
    assert.deepEqual(ids(observed), ['first', 'after']);
    assert.deepEqual([recovered(observed), observed.gaps().length], [[false, false], 1]);
  });

  test(`${protocol}: a disconnect() and connect() report a gap, a first connection does not`, async (t) => {
    const platform = await startPlatform(t);
    const observed = await follow(t, platform, { protocol });
    observed.client.disconnect();
    await observed.reached('disconnected');
    observed.client.connect();
    assert.equal((await observed.seen('gap')).reason, 'client disconnect');
    assert.equal(observed.gaps().length, 1);
  });
}

nativeTest('blocked')('what disconnect() dropped lies inside of the gap', async (t) => {
  const platform = await startPlatform(t);
  const observed = await follow(t, platform);
  const { client } = observed;
  // In the turn after the one that delivered the event, the inbox is empty.
  await setImmediate();
  await setImmediate();
  let stopped;
  client.on('event', ({ payload }) => {
    if (payload.n !== 10) return;
    // All of them are there, on their way through the engine: wait for that without giving
    // JavaScript a turn.
    while (client.stats().eventsReceived < 201) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    stopped = Date.now();
    client.disconnect();
  });
  const start = Date.now();
  // All in one turn of the event loop, in which the client receives and its handlers wait. So few
  // that the platform, which lives in this thread, sends them with one system call.
  for (let n = 0; n < 200; n++) platform.publish({ topic: 't', payload: { n } });
  await observed.reached('disconnected');
  client.connect();
  const gap = await observed.seen('gap');
  assert.equal(observed.events().length, 12);
  assert.ok(gap.since <= start + 1 && start + 1 < stopped, JSON.stringify({ start, stopped, ...gap }));
});

test('live documents read again by themselves, so they report no gap', async (t) => {
  const platform = await startPlatform(t);
  const observed = observe(t, { url: platform.url, token: platform.token({ permissions: ['service'] }) });
  await observed.client.sync.create('notes', { n: 1 }, 'a');
  const live = observed.client.sync.watch('notes', 'a');
  await platform.subscribed('sync.notes.updated');
  await live.ready;
  await lose(platform, observed, () => platform.documents.merge('notes', 'a', { data: { n: 2 } }));
  await new Promise((resolve) => {
    const check = () => live.data?.n === 2 && resolve();
    live.on('change', check);
    check();
  });
  observed.client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  await lose(platform, observed, () => {});
  const gap = await observed.seen('gap');
  assert.deepEqual(gap.subscriptions, [{ subscriptionId: 'sub_3', topic: 't' }]);
  assert.equal(observed.gaps().length, 1);
});
