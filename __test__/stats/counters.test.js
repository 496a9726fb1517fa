/** The counters of `stats()`: no event is lost silently, and gaps and errors are counted. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

/** Every event that the server sent is in one of these. */
function assertNothingLost(client) {
  const stats = client.stats();
  const { droppedRepeats, droppedUnwanted, droppedOverflow, droppedDiscarded } = stats;
  const dropped = droppedRepeats + droppedUnwanted + droppedOverflow + droppedDiscarded;
  assert.equal(stats.eventsReceived, stats.eventsDelivered + dropped + stats.inboxEvents, JSON.stringify(stats));
  return stats;
}

test('events that wait when the user disconnects are counted', async (t) => {
  const platform = await startPlatform(t);
  // Events wait for more, unless a notice wakes the client anyway.
  const { client, events } = observe(t, { url: platform.url, token: platform.token(), coalesceMs: 600_000 });
  client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  while (client.stats().inboxEvents < 3) {
    platform.publish({ topic: 't' });
    await setImmediate();
  }
  assert.equal(assertNothingLost(client).droppedDiscarded, 0);
  client.disconnect();
  const { droppedDiscarded, inboxEvents } = assertNothingLost(client);
  assert.ok(droppedDiscarded >= 3 && inboxEvents === 0, `${droppedDiscarded} ${inboxEvents}`);
  client.destroy();
  const { eventsReceived } = assertNothingLost(client);
  assert.equal(events().length, eventsReceived - droppedDiscarded, 'each was counted once');
});

for (const overflow of /** @type {const} */ (['drop-oldest', 'drop-newest', 'latest']))
  test(`with '${overflow}', too, every event is in one of the counters`, async (t) => {
    const platform = await startPlatform(t);
    const inbox = { maxEvents: 8, overflow };
    const { client, seen } = observe(t, { url: platform.url, token: platform.token(), inbox });
    for (const topic of ['a', 'b', 'end']) client.subscribe({ topic });
    // Longer than handlers may take before the event loop gets its turn.
    client.on('event', () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3));
    await platform.subscribed('end');
    const count = 200;
    for (let n = 0; n < count; n++) platform.publish({ topic: n % 3 ? 'a' : 'b', id: n % 20 ? `${n}` : 'repeated' });
    platform.publish({ topic: 'end' });
    // 'drop-newest' may drop this one; the gap comes in any case.
    await seen('gap');
    while (client.stats().eventsReceived <= count) await setImmediate();
    const { droppedRepeats, droppedOverflow, gaps } = assertNothingLost(client);
    assert.ok(droppedRepeats === 9 && droppedOverflow > 0 && gaps > 0, `${droppedRepeats} ${droppedOverflow} ${gaps}`);
  });

test('a gap after a lost connection is counted once', async (t) => {
  const platform = await startPlatform(t, { recovery: 1 });
  const { client, seen } = observe(t, {
    url: platform.url,
    token: platform.token(),
    reconnectionDelay: 40,
    randomizationFactor: 0,
  });
  client.subscribe({ topic: 't' });
  await platform.subscribed('t');
  assert.equal(client.stats().gaps, 0);
  await platform.faults.dropAll();
  await seen('gap');
  const { gaps, reconnects } = client.stats();
  assert.deepEqual({ gaps, reconnects }, { gaps: 1, reconnects: 1 });
});

test('errors are counted by code, with and without listeners', async (t) => {
  const platform = await startPlatform(t);
  const { client, seen, errors } = observe(t, { url: platform.url, token: platform.token() });
  assert.deepEqual(client.stats().errors, {});
  // The local platform allows a thousand of them.
  for (let n = 1; n <= 1002; n++) client.subscribe({ topic: `t${n}` });
  await seen('error', () => true, 2);
  assert.deepEqual(
    errors().map(({ code }) => code),
    ['SUBSCRIBE_DENIED', 'SUBSCRIBE_DENIED'],
  );
  const counted = client.stats().errors;
  assert.deepEqual(counted, { SUBSCRIBE_DENIED: 2 });
  counted.SUBSCRIBE_DENIED = 7;
  assert.deepEqual(client.stats().errors, { SUBSCRIBE_DENIED: 2 }, 'it was a copy');
});
