/**
 * Two processes under load, one killed now and then: every event is delivered once or lies in a
 * reported gap. `npm run soak -- --cluster` runs longer.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealtimeClient } from '../../lib/index.js';
import { runCluster } from '../../tests/soak/cluster.js';
import { redisIsMissing } from '../support/redis-process.js';

for (const recovery of [0, 10_000]) {
  const how = recovery > 0 ? 'with recovery' : 'without recovery';
  test(`${how}: every event is delivered once or lies in a gap`, {
    timeout: 120_000,
    skip: redisIsMissing,
  }, async (t) => {
    const faults = ['kill', 'cutOff', 'move', 'kill', 'comeHome'];
    const { problems, summary } = await runCluster(t, { RealtimeClient, faults, rate: 200, recovery });
    for (const line of summary) t.diagnostic(line);
    assert.deepEqual(problems, []);
  });
}
