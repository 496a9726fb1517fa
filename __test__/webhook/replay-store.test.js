/** MemoryReplayStore: each id once, until it expires, within a bound. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { MemoryReplayStore } from '../../lib/index.js';

function storeAt(now, maxEntries) {
  const time = { now };
  return { time, store: new MemoryReplayStore({ maxEntries, clock: () => time.now }) };
}

test('an id can be claimed once', () => {
  const { store } = storeAt(0);
  assert.equal(store.claim('a', 100), true);
  assert.equal(store.claim('a', 200), false);
  assert.equal(store.claim('b', 100), true);
});

test('a released id can be claimed again', () => {
  const { store } = storeAt(0);
  store.claim('a', 100);
  store.release('a');
  store.release('never claimed');
  assert.equal(store.claim('a', 100), true);
});

test('a completed id is done, until it expires or is released', () => {
  const { store, time } = storeAt(0);
  store.claim('a', 100);
  store.complete('a', 100);
  store.complete('never claimed', 100);
  assert.equal(store.claim('a', 200), 'done');
  assert.equal(store.claim('never claimed', 100), true);
  time.now = 101;
  assert.equal(store.claim('a', 200), true);
  assert.equal(store.claim('a', 200), false, 'claimed again, and not done');
  store.complete('a', 200);
  store.release('a');
  assert.equal(store.claim('a', 200), true);
});

test('an id is held up to and including its last millisecond', () => {
  const { store, time } = storeAt(0);
  store.claim('a', 100);
  time.now = 100;
  assert.equal(store.claim('a', 300), false);
  time.now = 101;
  assert.equal(store.claim('a', 300), true);
  time.now = 300;
  assert.equal(store.claim('a', 400), false);
});

test('a full store lets nothing in, and forgets nothing', () => {
  const { store, time } = storeAt(0, 2);
  store.claim('a', 100);
  store.claim('b', 5000);
  assert.throws(() => store.claim('c', 5000), { code: 'REPLAY_STORE_FULL', retryable: true });
  assert.equal(store.claim('a', 5000), false);
  assert.equal(store.claim('b', 5000), false);
  time.now = 1000;
  assert.equal(store.claim('c', 5000), true, 'a has expired');
  assert.throws(() => store.claim('d', 5000), { code: 'REPLAY_STORE_FULL' });
  store.release('b');
  assert.equal(store.claim('d', 5000), true);
});

test('a store for 100000 by default', () => {
  const { store } = storeAt(0);
  for (let i = 0; i < 100_000; i++) store.claim(`id ${i}`, 100);
  assert.throws(() => store.claim('one more', 100), { code: 'REPLAY_STORE_FULL' });
});

test('what expires is swept: a steady stream holds about twice what is live', () => {
  const { store, time } = storeAt(0);
  let most = 0;
  for (let i = 0; i < 200_000; i++) {
    time.now = i;
    assert.equal(store.claim(`id ${i}`, i + 2000), true);
    most = Math.max(most, store.size);
  }
  assert.ok(most <= 2 * 2001 + 1, `${most}`);
});

test('a full store does not look through all its claims at each new one', () => {
  let asked = 0;
  const store = new MemoryReplayStore({ maxEntries: 50_000, clock: () => 0 });
  // An expiry that counts how often it is looked at.
  const expiry = { [Symbol.toPrimitive]: () => ++asked };
  for (let i = 0; i < 50_000; i++) store.claim(`id ${i}`, expiry);
  for (let i = 0; i < 1000; i++) assert.throws(() => store.claim('another', 1), { code: 'REPLAY_STORE_FULL' });
  assert.ok(asked < 4 * 50_000, `${asked}`);
});

test('it behaves as a plain table of times does', () => {
  const command = fc.oneof(
    fc.record({
      what: fc.constant('claim'),
      id: fc.integer({ min: 0, max: 9 }),
      lasts: fc.integer({ max: 50, min: -5 }),
    }),
    fc.record({ what: fc.constantFrom('release', 'complete'), id: fc.integer({ min: 0, max: 9 }) }),
    fc.record({ what: fc.constant('wait'), lasts: fc.integer({ min: 0, max: 30 }) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const { store, time } = storeAt(0);
      const model = new Map();
      for (const { what, id, lasts } of commands) {
        if (what === 'wait') time.now += lasts;
        else if (what === 'release') {
          store.release(`${id}`);
          model.delete(id);
        } else if (what === 'complete') {
          store.complete(`${id}`);
          if (model.has(id)) model.get(id).state = 'done';
        } else {
          const { until, state } = model.get(id) ?? {};
          const isFree = !(until >= time.now);
          assert.equal(store.claim(`${id}`, time.now + lasts), isFree || state);
          if (isFree) model.set(id, { until: time.now + lasts, state: false });
        }
      }
    }),
  );
});

for (const [options, path] of [
  [null, 'options'],
  [{ maxEntries: 0 }, 'options.maxEntries'],
  [{ maxEntries: 1.5 }, 'options.maxEntries'],
  [{ maxEntries: Infinity }, 'options.maxEntries'],
  [{ clock: 5 }, 'options.clock'],
]) {
  test(`INVALID_ARGUMENT: ${JSON.stringify(options)}`, () => {
    assert.throws(() => new MemoryReplayStore(options), {
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`^MemoryReplayStore\\(\\): ${path.replace('.', '\\.')}: `),
    });
  });
}
