/** Back-pressure: the stream waits for slow subscribers, and gives up those that take nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from '../../local-platform/src/database/stream/backlog.js';

/** A broker with connections that have these sizes, one for each look at them. */
function brokerOf(sizes) {
  const dropped = [];
  const refused = [];
  const connections = Object.entries(sizes).map(([sub, list]) => ({
    identity: { sub },
    link: {
      isMuted: () => list === undefined,
      backlog: () => (list.length > 1 ? list.shift() : list[0]),
      drop: () => {
        dropped.push(sub);
        connections.splice(
          connections.findIndex(({ identity }) => identity.sub === sub),
          1,
        );
      },
    },
  }));
  return {
    connections: { all: connections },
    dropped,
    refused,
    refusals: { add: (what, reason) => refused.push([what, reason]) },
  };
}

test('there is room as long as little was published, and as long as everybody keeps up', async () => {
  const broker = brokerOf({ ada: [900_000], muted: undefined });
  const backlog = new Backlog(broker);
  assert.equal(backlog.add(100_000), undefined);
  assert.equal(backlog.add(10_000_000), undefined);
});

test('a subscriber that is slow is waited for', async () => {
  const sizes = { ada: [2_000_000, 2_000_000, 1_500_000, 1_500_000, 1_200_000, 100_000] };
  const broker = brokerOf(sizes);
  const waiting = new Backlog(broker, { stalledAfter: 60_000 }).add(300_000);
  assert.ok(waiting instanceof Promise);
  await waiting;
  assert.deepEqual(sizes.ada, [100_000]);
  assert.deepEqual(broker.dropped, []);
});

test('a subscriber that takes nothing is disconnected, and the others are not', async () => {
  const broker = brokerOf({ stalled: [5_000_000], ben: [3_000_000, 3_000_000, 2_000_000, 2_000_000, 10] });
  await new Backlog(broker, { stalledAfter: 0 }).relieve(1_000_000);
  assert.ok(broker.dropped.includes('stalled'));
  assert.match(broker.refused[0].join(' '), /further events for 'stalled' It takes none: disconnected/);
});

test('the end does not wait for anybody', async () => {
  const broker = brokerOf({ stalled: [5_000_000] });
  await new Backlog(broker).relieve(0, AbortSignal.timeout(1));
  assert.deepEqual(broker.dropped, []);
});
