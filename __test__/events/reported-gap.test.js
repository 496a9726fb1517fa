/**
 * A gap that the platform reports: it lost events itself, behind a connection that was never cut.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { logRecords } from '../support/log-records.js';
import { observe } from '../support/observed-client.js';

for (const protocol of ['socket.io', 'ws']) {
  test(`over ${protocol}, a gap names what it concerns, in the order of the events`, async (t) => {
    const platform = await startPlatform(t);
    const { client, reached } = observe(t, { url: platform.url, token: platform.token(), protocol });
    const seen = [];
    client.on('event', ({ id }) => seen.push(id));
    client.on('gap', (gap) => seen.push(gap));
    client.subscribe({ topic: 'orders' });
    client.subscribe({ topic: 'quiet' });
    await reached('connected');
    await client.socketClient.joinChannel('room');
    await platform.subscribed('quiet');
    const before = Date.now();
    platform.publish({ topic: 'orders', id: 'first' });
    platform.faults.gap({ topics: ['orders', 'room', 'nobody'], milliseconds: 5000, reason: 'the slot was lost' });
    platform.publish({ topic: 'orders', id: 'last' });
    await once(client, 'event:orders');
    await platform.idle();
    const [first, { since, until, ...gap }, last] = seen;
    assert.deepEqual([first, last, seen.length], ['first', 'last', 3]);
    assert.deepEqual(gap, {
      reason: 'the slot was lost',
      reportedBy: 'server',
      subscriptions: [{ subscriptionId: 'sub_1', topic: 'orders' }],
      channels: ['room'],
    });
    // Both clocks are rounded.
    assert.ok(since <= Date.now() - 4998 && since > before - 60_000, `${since}`);
    assert.ok(until >= before - 2 && until <= Date.now() + 2, `${until}`);
    assert.equal(client.stats().gaps, 1);
  });

  test(`over ${protocol}, live documents and presence are read again`, async (t) => {
    const platform = await startPlatform(t);
    const token = platform.token({ permissions: ['service'] });
    const log = logRecords();
    const options = { url: platform.url, token, protocol, log: { level: 'debug', handler: log.handler } };
    const { client, reached } = observe(t, options);
    await reached('connected');
    await client.sync.watch('notes', 'n1').ready();
    client.socketClient.on('presence', () => {});
    await client.socketClient.joinChannel('room');
    const done = () => log.records.filter(({ message }) => message === 'done').length;
    for (const topics of [['sync.notes.deleted'], ['room']]) {
      const before = done();
      platform.faults.gap({ topics });
      await log.seen('done', before + 1);
    }
  });
}

test('the fault refuses what it does not know', async (t) => {
  const { faults } = await startPlatform(t);
  for (const [options, message] of [
    [{ topic: 'a' }, /faults\.gap\(\): .*'topics'/],
    [{ topics: 'a' }, /topics: expected an array/],
    [{ milliseconds: -1 }, /milliseconds: expected/],
    [{ reason: 7 }, /reason: expected a string/],
  ])
    assert.throws(() => faults.gap(options), message);
});
