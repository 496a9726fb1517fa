/** The buffer of a loop: order, policies, and the reports to its owner. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { Stream } from '../../lib/waiting/stream.js';

const POLICIES = /** @type {const} */ (['disconnect', 'drop-oldest', 'drop-newest', 'latest']);

/** A stream whose owner records its calls. The clock of deliveries is the number of events. */
function setUp(overflow, capacity = 4) {
  const told = { full: [], gaps: [], dropped: 0, closed: 0, pushed: 0 };
  const stream = new Stream(capacity, overflow, {
    takenUntil: () => told.pushed,
    full: (waiting) => told.full.push(waiting),
    dropped: () => {
      told.dropped += 1;
    },
    missed: (missed) => told.gaps.push(missed),
    close: () => {
      told.closed += 1;
    },
  });
  const push = (...topics) => {
    for (const topic of topics) stream.push({ topic, n: told.pushed++ });
  };
  const take = async (count) => {
    const numbers = [];
    while (numbers.length < count) numbers.push((await stream.next()).value?.n);
    return numbers;
  };
  return { stream, told, push, take };
}

test('events keep their order, whether the loop waits for them or they for the loop', async () => {
  const { push, take } = setUp('disconnect', 100);
  const early = take(2);
  push('a', 'b', 'a');
  assert.deepEqual(await early, [0, 1]);
  push('a');
  assert.deepEqual(await take(2), [2, 3]);
});

test('disconnect: a full buffer holds the reading until it is half empty, and drops nothing', async () => {
  const { stream, told, push, take } = setUp('disconnect');
  push('a', 'a', 'a');
  assert.deepEqual(told.full, []);
  push('a', 'a', 'a');
  assert.deepEqual(told.full, [4, 5, 6], 'what is on its way still comes');
  assert.deepEqual(await take(3), [0, 1, 2]);
  assert.deepEqual(told.full.splice(3), [5, 4, 3]);
  assert.deepEqual(await take(2), [3, 4]);
  assert.deepEqual([told.full.splice(3), told.dropped], [[0], 0]);
  push('a', 'a', 'a');
  assert.deepEqual(told.full.splice(3), [4]);
  await stream.return();
  assert.deepEqual(told.full.splice(3), [0], 'a loop that is left holds nothing');
});

test('drop-oldest keeps the newest events', async () => {
  const { told, push, take } = setUp('drop-oldest');
  push('a', 'a', 'a', 'a', 'a', 'a');
  assert.deepEqual(told.gaps, [], 'it is full');
  assert.deepEqual(await take(4), [2, 3, 4, 5]);
  assert.deepEqual([told.dropped, told.gaps.map(({ dropped, since }) => [dropped, since])], [2, [[2, 1]]]);
});

test('drop-newest keeps the oldest events until it is half empty', async () => {
  const { told, push, take } = setUp('drop-newest');
  push('a', 'a', 'a', 'a', 'a');
  assert.deepEqual(await take(1), [0]);
  push('a');
  assert.deepEqual(await take(1), [1]);
  push('a');
  assert.deepEqual(await take(3), [2, 3, 6]);
  assert.deepEqual([told.dropped, told.gaps.map(({ dropped }) => dropped)], [2, [2]]);
});

test('latest keeps the newest event of each topic until it is half empty', async () => {
  const { told, push, take } = setUp('latest');
  push('a', 'b', 'a', 'a', 'a');
  push('b');
  assert.deepEqual(await take(1), [4]);
  push('a', 'a');
  assert.deepEqual(await take(3), [5, 6, 7]);
  assert.deepEqual([told.dropped, told.gaps.map(({ dropped }) => dropped)], [4, [4]]);
  push('a', 'b', 'c', 'd', 'e', 'f');
  assert.deepEqual(await take(4), [10, 11, 12, 13], 'more topics than fit');
});

test('the time before which nothing is missed is that of the first event that waits', async () => {
  const { told, push, take } = setUp('drop-oldest', 2);
  push('a', 'a');
  await take(2);
  push('a', 'a', 'a');
  await take(2);
  assert.deepEqual(
    told.gaps.map(({ since, until }) => [since, until <= Date.now()]),
    [[3, true]],
  );
});

test('a loop that ends gives what waits, then the error, then nothing', async () => {
  const { stream, told, push, take } = setUp('disconnect');
  push('a', 'a');
  const problem = new Error('the end');
  stream.end(problem);
  stream.end(new Error('another'));
  push('a');
  assert.deepEqual(await take(2), [0, 1]);
  await assert.rejects(stream.next(), problem);
  assert.deepEqual([await stream.next(), told.closed], [{ value: undefined, done: true }, 1]);
});

test('a loop that waits hears of the end, once', async () => {
  const problem = new Error('the end');
  const { stream } = setUp('disconnect');
  const waiting = [stream.next(), stream.next()];
  stream.cut(problem);
  await assert.rejects(waiting[0], problem);
  assert.equal((await waiting[1]).done, true);
});

test('a loop that is left discards what waits', async () => {
  for (const leave of [
    (stream) => stream.return(),
    (stream) => assert.rejects(stream.throw(new Error('thrown')), /thrown/),
  ]) {
    const { stream, told, push } = setUp('disconnect');
    push('a', 'a');
    await leave(stream);
    assert.deepEqual([await stream.next(), told.closed], [{ value: undefined, done: true }, 1]);
    await stream.return();
    assert.equal(told.closed, 1);
  }
});

test('every event is taken once, in order, or counted; the buffer stays within its bound', async () => {
  const seen = new Set();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...POLICIES),
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.constantFrom('a', 'b', 'c', 'take', 'take')),
      async (overflow, capacity, steps) => {
        const { stream, told, push, take } = setUp(overflow, capacity);
        const taken = [];
        let waiting = 0;
        for (const step of steps) {
          if (step !== 'take') push(step);
          else if (waiting > 0) taken.push(...(await take(1)));
          waiting = told.pushed - told.dropped - taken.length;
          if (overflow !== 'disconnect') assert.ok(waiting <= capacity, `${waiting} wait`);
        }
        taken.push(...(await take(waiting)));
        assert.deepEqual(
          taken,
          [...taken].sort((a, b) => a - b),
        );
        assert.equal(new Set(taken).size + told.dropped, told.pushed);
        const reported = told.gaps.reduce((sum, { dropped }) => sum + dropped, 0);
        assert.equal(reported, told.dropped, 'all that was dropped is reported once the loop has caught up');
        if (overflow === 'disconnect') assert.equal(told.dropped, 0);
        seen.add(`${overflow} ${told.dropped > 0} ${told.full.length > 0}`);
        await stream.return();
      },
    ),
    { numRuns: 500 },
  );
  for (const outcome of [
    'disconnect false true',
    'drop-oldest true false',
    'drop-newest true false',
    'latest true false',
  ])
    assert.ok(seen.has(outcome), outcome);
});
