/** The timeout of a wait, in virtual time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pass } from '../support/virtual-clock.js';

const { Wait } = await import('../../lib/waiting/wait.js');

/** A wait, and how often it has ended. */
function setUp(timeout) {
  const state = { ends: 0 };
  const wait = new Wait('RealtimeClient.ready(): Connecting', { timeout }, () => {
    state.ends += 1;
  });
  return { wait, state };
}

test('a wait rejects after its timeout, and not before', async () => {
  const { wait, state } = setUp(1000);
  const rejected = assert.rejects(wait.promise, {
    code: 'TIMEOUT',
    message: /^RealtimeClient\.ready\(\): Connecting took longer than 1000 ms\. /,
  });
  await pass(999);
  assert.equal(state.ends, 0);
  await pass(1);
  await rejected;
  assert.equal(state.ends, 1);
});

test('a wait without a timeout has none', async () => {
  const { state } = setUp(undefined);
  await pass(1e9);
  assert.equal(state.ends, 0);
});

for (const [how, end] of Object.entries({
  resolves: async (wait) => {
    wait.resolve(1);
    assert.equal(await wait.promise, 1);
  },
  rejects: async (wait) => {
    wait.reject(new Error('gone'));
    await assert.rejects(wait.promise, /gone/);
  },
}))
  test(`the timer of a wait that ${how} is cleared`, async () => {
    const { wait, state } = setUp(1000);
    await end(wait);
    await pass(5000);
    assert.equal(state.ends, 1, 'an expired timer would end it again');
  });
