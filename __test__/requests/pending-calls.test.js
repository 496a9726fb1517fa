import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as node from '../../lib/calls/pending-calls.node.js';
import * as web from '../../lib/calls/pending-calls.web.js';

for (const [runtime, { PendingCalls }] of Object.entries({ node, web })) {
  test(`${runtime}: calls are found by their numbers as in a Map, in any order and number`, () => {
    let seed = 1;
    const random = (below) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (const most of [1, 3, 100, 3000]) {
      const calls = new PendingCalls();
      const expected = new Map();
      for (let number = 1; number < 20_000; ) {
        if (expected.size < most && random(5) < 3) {
          calls.add(number, `call ${number}`);
          expected.set(number, `call ${number}`);
          number += 1 + random(3);
        } else {
          // Mostly the oldest, at times one that is not there.
          const [oldest] = expected.keys();
          const chosen = random(3) > 0 && oldest !== undefined ? oldest : random(number);
          assert.equal(calls.has(chosen), expected.has(chosen));
          assert.equal(calls.take(chosen), expected.get(chosen));
          expected.delete(chosen);
          assert.equal(calls.has(chosen), false);
        }
        assert.equal(calls.size, expected.size);
      }
      assert.deepEqual(calls.takeAll(), [...expected]);
      assert.deepEqual([calls.size, calls.takeAll(), calls.take(1), calls.has(1)], [0, [], undefined, false]);
    }
  });

  test(`${runtime}: a call may wait while thousands of others come and go`, () => {
    const calls = new PendingCalls();
    calls.add(1, 'patient');
    for (let number = 2; number < 10_000; number += 1) {
      calls.add(number, number);
      assert.equal(calls.take(number), number);
    }
    assert.equal(calls.take(1), 'patient');
  });
}
