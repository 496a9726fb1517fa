/** The two hosts offer the same, so shared code runs on either. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as node from '../../lib/host/node.js';
import * as web from '../../lib/host/web.js';

test('both hosts have the same members', () => {
  assert.deepEqual(Object.keys(node).sort(), Object.keys(web).sort());
});

for (const [name, host] of Object.entries({ node, web })) {
  test(`${name}: a later callback comes, a cancelled one does not, and the clock goes on`, async () => {
    const began = host.now();
    const order = [];
    host.cancel(host.later(() => order.push('cancelled'), 1));
    host.cancel(undefined);
    await new Promise((resolve) => host.later(resolve, 5));
    host.later(() => order.push('never'), 60_000, false);
    await new Promise((resolve) => host.yieldTurn(resolve));
    assert.deepEqual(order, []);
    assert.ok(host.now() > began);
  });

  test(`${name}: texts have their UTF-8 form and its length`, () => {
    for (const text of ['', 'a', 'Zoë ☃', '\u{1f600}', '\ud800']) {
      assert.deepEqual([...host.utf8(text)], [...new TextEncoder().encode(text)]);
      assert.equal(host.utf8Length(text), host.utf8(text).length);
    }
  });

  test(`${name}: random ids are UUIDs of version 4, each another one`, () => {
    const ids = new Set(Array.from({ length: 100 }, () => host.randomId()));
    assert.equal(ids.size, 100);
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
}

test('on Node bytes are Buffers over the same memory', () => {
  const bytes = new Uint8Array([1, 2, 3]).subarray(1);
  assert.deepEqual(node.asBytes(bytes), Buffer.from([2, 3]));
  assert.equal(node.asBytes(bytes).buffer, bytes.buffer);
  assert.equal(web.asBytes(bytes), bytes);
});
