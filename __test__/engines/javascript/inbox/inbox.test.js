/** The inbox in virtual time, as `src/client/inbox/tests.rs` has it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createInbox } from '../../../../lib/engines/javascript/inbox/inbox.js';

const LIMITS = { maxEvents: 16_384, maxBytes: 8 << 20, overflow: 'disconnect' };
const CONNECTED = ['connection', { state: 'connected', recovered: true }];

/** An inbox that delivers the events whose ids are in `wanted`, or all of them. */
function setUp({ coalesce = 0, wanted, limits = LIMITS } = {}) {
  const inbox = createInbox(0, limits, coalesce, ({ id }) => wanted?.has(id) ?? true);
  const push = (id, at = 0, watermark = at, bytes = 10) => inbox.push(at, watermark, { id, topic: 't' }, bytes);
  const takeAll = (at = 0) => {
    const items = [];
    for (let item = inbox.next(() => at); item !== undefined; item = inbox.next(() => at)) items.push(item);
    return items;
  };
  return { inbox, push, takeAll };
}

test('keeps events and notices in order, as they are', () => {
  const { inbox, push, takeAll } = setUp();
  const event = { id: '1', topic: 't' };
  inbox.pushNotice(CONNECTED, 40);
  inbox.push(0, 0, event, 20);
  inbox.pushNotice(['error', { code: 'TLS_ERROR', message: 'm' }], 30);
  push('2');
  assert.deepEqual(inbox.depth(), { count: 2, bytes: 100 });
  const items = takeAll();
  assert.deepEqual(
    items.map((item) => item[0] ?? item.id),
    ['connection', '1', 'error', '2'],
  );
  assert.equal(items[1], event, 'the event itself');
  assert.deepEqual([inbox.depth(), inbox.count.eventsDelivered], [{ count: 0, bytes: 0 }, 2]);
});

test('discards the events and keeps the notices', () => {
  const { inbox, push, takeAll } = setUp();
  for (let n = 0; n < 3000; n += 1) push(String(n));
  inbox.pushNotice(CONNECTED, 40);
  push('last');
  inbox.discardEvents();
  assert.deepEqual(inbox.depth(), { count: 0, bytes: 40 });
  assert.deepEqual(takeAll(), [CONNECTED]);
  assert.deepEqual(
    [inbox.depth(), inbox.count.eventsDelivered, inbox.count.droppedOverflow],
    [{ count: 0, bytes: 0 }, 0, 0],
  );
});

test('filters the events that waited when a subscription ended, and no later ones', () => {
  const wanted = new Set(['2']);
  const { inbox, push, takeAll } = setUp({ wanted });
  push('1');
  push('2');
  inbox.pushNotice(CONNECTED, 40);
  inbox.markForFiltering();
  push('3');
  assert.deepEqual(
    takeAll().map((item) => item.id ?? item[0]),
    ['2', 'connection', '3'],
  );
  assert.equal(inbox.count.eventsDelivered, 3, 'a filtered event counts as taken');
});

test('stays full until half of it was taken', () => {
  const { inbox, push } = setUp();
  const large = LIMITS.maxBytes / 4;
  for (let n = 1; n < 4; n += 1) {
    push('x', 0, 0, large);
    assert.equal(inbox.updateFull(), false);
  }
  push('x', 0, 0, large);
  assert.equal(inbox.updateFull(), true);
  assert.equal(inbox.next(() => 0)[0], 'slow');
  let taken = 0;
  for (; !inbox.isAwaited(); taken += 1) {
    assert.equal(inbox.updateFull(), true);
    assert.ok(inbox.next(() => 0).id);
  }
  assert.equal(taken, 2);
  assert.equal(inbox.updateFull(), false);
});

test('events that loops hold keep it full until they are taken', () => {
  const { inbox, push, takeAll } = setUp();
  push('1');
  inbox.hold(7);
  assert.deepEqual([inbox.updateFull(), inbox.isAwaited(), inbox.depth().count], [true, false, 8]);
  takeAll();
  assert.deepEqual([inbox.updateFull(), inbox.isAwaited()], [true, false], 'the loops are still full');
  inbox.hold(0);
  assert.equal(inbox.isAwaited(), true);
  assert.deepEqual([inbox.updateFull(), inbox.depth()], [false, { count: 0, bytes: 0 }]);
});

test('knows until when everything was taken', () => {
  const { inbox, push } = setUp();
  assert.equal(
    inbox.next(() => 50),
    undefined,
  );
  push('1', 60, 40);
  assert.ok(inbox.next(() => 70));
  push('2', 80, 75);
  assert.equal(inbox.takenUntil(), 40, 'the first event may have been sent then');
  assert.ok(inbox.next(() => 90) && !inbox.next(() => 95));
  assert.equal(inbox.takenUntil(), 95);
});

test('knows since when the user is behind', () => {
  const { inbox, push } = setUp();
  const takeAt = (at) => inbox.next(() => at);
  assert.equal(takeAt(2), undefined);
  assert.equal(inbox.undeliveredSince(), undefined);
  push('1', 1);
  push('1', 3);
  assert.equal(inbox.undeliveredSince(), 1, 'the event arrived when the inbox had been found empty');
  assert.ok(inbox.pollWake(4) <= 4 && takeAt(4) && takeAt(4));
  assert.equal(inbox.undeliveredSince(), 1, 'handlers may be busy with the event');
  assert.equal(takeAt(5), undefined);
  assert.equal(inbox.undeliveredSince(), undefined);
  push('1', 6);
  assert.equal(inbox.undeliveredSince(), 5);
  assert.ok(takeAt(7) && !takeAt(7));
  push('1', 8, 4);
  assert.equal(inbox.undeliveredSince(), 4, 'the event may have waited in the link for long');
});

test('wakes once until the inbox was found empty', () => {
  const { inbox, push } = setUp();
  assert.equal(inbox.pollWake(0), undefined);
  push('1');
  assert.deepEqual([inbox.pollWake(0), inbox.pollWake(0)], [0, undefined]);
  assert.ok(inbox.next(() => 0));
  push('2');
  assert.equal(inbox.pollWake(0), undefined, 'it will be taken, too');
  assert.ok(inbox.next(() => 0) && !inbox.next(() => 0));
  push('3');
  assert.equal(inbox.pollWake(0), 0);
});

test('events wait for more events, and notices do not', () => {
  const { inbox, push, takeAll } = setUp({ coalesce: 10 });
  assert.equal(inbox.pollWake(0), undefined);
  for (const received of [1, 5]) {
    push('1', received);
    assert.equal(inbox.pollWake(received), 11, '10 ms after the first of them');
  }
  assert.equal(inbox.pollWake(10), 11);
  assert.equal(inbox.pollWake(11), 11);
  assert.equal(inbox.pollWake(30), undefined, 'woken already');
  assert.equal(takeAll(12).length, 2);

  push('1', 20);
  assert.equal(inbox.pollWake(21), 30);
  inbox.pushNotice(CONNECTED, 40);
  assert.equal(inbox.pollWake(21), 21, 'a notice takes along the events before it');
  assert.equal(takeAll(22).length, 2);

  let pushed = 0;
  while (inbox.pollWake(30) !== 30) {
    push('1', 30);
    pushed += 1;
  }
  assert.ok(pushed >= 100 && pushed < 5000, `many events, not ${pushed}`);
});
