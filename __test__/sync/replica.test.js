/** How a live document applies updates, in every order in which they can arrive. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Announcement, NO_REVISION } from '../../lib/sync/announcement.js';
import { applyMutations } from '../../lib/sync/apply-mutations.js';
import { Changes } from '../../lib/sync/changes.js';
import { Replica } from '../../lib/sync/replica.js';

/**
 * A replica, and what it reported: `+3` a change to revision 3, `-4` a deletion, `L` a local one,
 * `R` a reset, `(2)` two skipped. `said` is what else it reported.
 */
function replica() {
  const told = [];
  const said = [];
  const outdated = [];
  const state = new Replica({
    changed: ({ revision, deleted, isLocal, reset, skipped }) =>
      told.push(
        `${deleted ? '-' : '+'}${revision}${isLocal ? 'L' : ''}${reset ? 'R' : ''}${skipped > 0 ? `(${skipped})` : ''}`,
      ),
    outdated: (revision) => outdated.push(revision),
    doubtful: (revision) => said.push(`doubtful ${revision}`),
    corrected: (revision) => said.push(`corrected ${revision}`),
    contradicted: () => said.push('contradicted'),
  });
  /** A read that begins and ends at once. */
  const read = (shown, least) => state.endRead(state.beginRead(least), shown);
  return { state, told, said, outdated, read };
}

const shows = (revision, data = { revision }) => ({ revision, data, deleted: false });

const full = (revision, data = { revision }) => ({ revision, data });
const diff = (revision) => ({ revision, diff: [{ op: 'set', path: '/revision', value: revision }] });
const answer = (revision) => ({ ...full(revision), isLocal: true });

test('revisions only rise', () => {
  const { state, told } = replica();
  for (const revision of [2, 1, 2, 3, 3, 2, 4]) state.receive(full(revision));
  assert.deepEqual(told, ['+2', '+3', '+4']);
  assert.deepEqual([state.revision, state.data], [4, { revision: 4 }]);
});

test('a whole document may skip revisions, a diff may not', () => {
  const { state, told, outdated } = replica();
  state.receive(full(1));
  state.receive(diff(2));
  state.receive(diff(4));
  state.receive({ revision: 5 });
  assert.deepEqual(outdated, [4, 5]);
  assert.equal(state.revision, 2);
  state.receive(full(5));
  assert.deepEqual(told, ['+1', '+2', '+5(2)']);
});

test('a diff that does not fit changes nothing', () => {
  const { state, told, outdated } = replica();
  state.receive(full(1, { list: [] }));
  state.receive({
    revision: 2,
    diff: [
      { op: 'set', path: '/n', value: 1 },
      { op: 'remove', path: '/none' },
    ],
  });
  assert.deepEqual([told, outdated, state.data], [['+1'], [2], { list: [] }]);
});

test('a deletion and a new creation', () => {
  const { state, told } = replica();
  state.receive(full(1));
  state.receive({ revision: 2, deleted: true });
  assert.deepEqual([state.data, state.revision, state.deleted], [undefined, 2, true]);
  state.receive({ revision: 3, diff: [{ op: 'set', path: '', value: 'new' }] });
  assert.deepEqual([state.data, state.revision, state.deleted], ['new', 3, false]);
  assert.deepEqual(told, ['+1', '-2', '+3']);
});

describe('a read that finds nothing', () => {
  test('means nothing where there was nothing', () => {
    const { state, told, read } = replica();
    read(undefined);
    assert.deepEqual([told, state.deleted, state.revision], [[], false, 0]);
  });

  test('is a deletion, which the event then does not repeat', () => {
    const { state, told, read } = replica();
    read(shows(1));
    state.renew();
    read(undefined);
    assert.deepEqual([state.revision, state.deleted], [1, true]);
    state.receive({ revision: 2, deleted: true });
    assert.deepEqual([told, state.revision], [['+1', '-1'], 2]);
  });

  test('is outdated when an update arrived while it was pending', () => {
    for (const news of [full(3), diff(2)]) {
      const { state, told, read } = replica();
      read(shows(1));
      state.renew();
      const reading = state.beginRead();
      state.receive(news);
      state.endRead(reading, undefined);
      assert.deepEqual([told.length, state.revision, state.deleted], [2, news.revision, false]);
    }
  });
});

describe('a server that goes back', () => {
  test('is believed by the first read on a connection, and later events follow from there', () => {
    const { state, told, said, read } = replica();
    read(shows(9));
    state.renew();
    read(shows(2));
    assert.deepEqual([state.revision, state.data, said], [2, { revision: 2 }, ['corrected 9']]);
    for (const event of [diff(3), full(4)]) state.receive(event);
    assert.deepEqual([told, state.data], [['+9', '+2R', '+3', '+4'], { revision: 4 }]);
  });

  test('is not believed by a read that is older than an event of the connection', () => {
    const { state, told, read } = replica();
    read(shows(9));
    state.renew();
    state.receive(full(10));
    read(shows(9));
    assert.deepEqual(told, ['+9', '+10']);
    read(shows(10));
    read(shows(9));
    assert.deepEqual(told, ['+9', '+10'], 'a read that lags behind undoes nothing');
  });

  test('sends events of its new history before the read has ended', () => {
    const { state, told, read } = replica();
    read(shows(9));
    state.renew();
    const reading = state.beginRead();
    for (const event of [diff(3), diff(4)]) state.receive(event);
    assert.deepEqual(told, ['+9'], 'they are older than what is known');
    assert.equal(state.endRead(reading, shows(2)), 4);
    assert.deepEqual([told, state.data], [['+9', '+4R'], { revision: 4 }]);
  });

  test('may have no document any more, or another one under the same revision', () => {
    const { state, told, read } = replica();
    read(shows(3));
    state.renew();
    read(shows(3, 'other'));
    assert.deepEqual([told, state.data], [['+3', '+3R'], 'other']);
    state.renew();
    read(undefined);
    read(shows(3, 'back'));
    assert.deepEqual(told, ['+3', '+3R', '-3'], 'a read that does not count');
    state.renew();
    read(shows(3, 'back'));
    assert.deepEqual(told, ['+3', '+3R', '-3', '+3R']);
  });

  test('answers writes with revisions that were there before', () => {
    const { state, told, said, read } = replica();
    state.receive(full(9));
    said.length = 0;
    state.end(state.begin(), answer(3));
    assert.deepEqual([told, said], [['+9'], ['contradicted']], 'a read will tell');
    read(shows(2));
    read(undefined);
    assert.deepEqual(told, ['+9'], 'but not one that shows a time before the write');
    read(shows(3));
    assert.deepEqual(told, ['+9', '+3R']);
  });

  test('counts from 1 again when a deleted document is created again', () => {
    for (const event of [full(1), { revision: 1, diff: [{ op: 'set', path: '', value: 'new' }] }]) {
      const { state, told } = replica();
      state.receive(full(5));
      state.receive({ revision: 6, deleted: true });
      state.receive(event);
      state.receive(full(2));
      assert.deepEqual(told, ['+5', '-6', '+1R', '+2']);
    }
  });
});

test('a read that finds nothing settles no doubt that came up shortly before', () => {
  const announcement = new Announcement();
  const nothing = { agrees: true, isGone: true, isLast: false, isProgress: false };
  announcement.doubt(9, 0);
  announcement.beginRead(100);
  assert.notEqual(announcement.shown(NO_REVISION, nothing, 200), undefined, 'a replica may lag behind');
  announcement.beginRead(5000);
  assert.equal(announcement.shown(NO_REVISION, nothing, 5100), undefined);
});

test('the first read that counts does not begin at the same moment for all', () => {
  const begins = Array.from({ length: 50 }, () => {
    const announcement = new Announcement();
    announcement.doubt(9, 0);
    // The last one before the reads count, after which a pause of some seconds is due.
    for (let n = 0; n < 8; n += 1)
      announcement.shown(5, { agrees: true, isGone: false, isLast: false, isProgress: false }, 100);
    return announcement.shown(5, { agrees: true, isGone: false, isLast: false, isProgress: false }, 4900);
  });
  assert.ok(Math.max(...begins) <= 1100);
  assert.ok(new Set(begins.map((pause) => Math.round(pause / 10))).size > 10, `${begins}`);
});

test('an event that does not follow is in doubt, and undone by a read that counts', () => {
  const { state, told, said, read } = replica();
  read(shows(5));
  state.receive(full(Number.MAX_SAFE_INTEGER));
  state.receive(full(6));
  assert.deepEqual(said, [`doubtful ${Number.MAX_SAFE_INTEGER}`, `doubtful ${Number.MAX_SAFE_INTEGER}`]);
  read(shows(6));
  assert.equal(state.revision, Number.MAX_SAFE_INTEGER);
  read(shows(6), 6);
  state.receive(diff(7));
  assert.deepEqual(told.slice(2), ['+6R', '+7']);
});

describe('a write of this client is local', () => {
  test('when its answer comes first', () => {
    const { state, told } = replica();
    state.receive(full(1));
    const write = state.begin();
    state.end(write, answer(2));
    state.receive(diff(2));
    assert.deepEqual(told, ['+1', '+2L']);
  });

  test('when its event comes first', () => {
    const { state, told } = replica();
    state.receive(full(1));
    const write = state.begin();
    state.receive(diff(2));
    assert.deepEqual(told, ['+1'], 'it is not known yet whose it is');
    state.end(write, answer(2));
    assert.deepEqual(told, ['+1', '+2L']);
  });

  test('while others write before and after it', () => {
    const { state, told } = replica();
    state.receive(full(1));
    const write = state.begin();
    for (const revision of [2, 3, 4]) state.receive(diff(revision));
    state.end(write, answer(3));
    assert.deepEqual(told, ['+1', '+2', '+3L', '+4']);
  });

  test('when its answer overtakes the events of others', () => {
    const { state, told } = replica();
    state.receive(full(1));
    const write = state.begin();
    state.end(write, answer(4));
    for (const revision of [2, 3, 4, 5]) state.receive(diff(revision));
    assert.deepEqual(told, ['+1', '+4L(2)', '+5']);
  });

  test('not when it fails: what was held then was of others', () => {
    const { state, told } = replica();
    state.receive(full(1));
    const write = state.begin();
    state.receive(diff(2));
    state.end(write);
    assert.deepEqual(told, ['+1', '+2']);
  });

  test('when a read shows it first', () => {
    const { state, told, read } = replica();
    state.receive(full(1));
    const write = state.begin();
    read(shows(2));
    state.end(write, answer(2));
    assert.deepEqual(told, ['+1', '+2L']);
  });

  test('when it is a deletion that a read noticed first', () => {
    const { state, told, read } = replica();
    state.receive(full(1));
    state.renew();
    const write = state.begin();
    read(undefined);
    state.end(write, { revision: 2, deleted: true, isLocal: true });
    assert.deepEqual(told, ['+1', '-2L']);
  });
});

test('an update waits only for the writes that were pending when it arrived', () => {
  const { state, told } = replica();
  state.receive(full(1));
  const first = state.begin();
  state.receive(diff(2));
  const second = state.begin();
  state.receive(diff(3));
  state.end(first, answer(2));
  assert.deepEqual(told, ['+1', '+2L']);
  state.end(second, answer(3));
  assert.deepEqual(told, ['+1', '+2L', '+3L']);
});

test('what is held is bounded, and the newest is kept', () => {
  const { state, told, outdated } = replica();
  state.receive(full(1));
  const write = state.begin();
  for (let revision = 2; revision <= 1010; revision++) state.receive(full(revision));
  state.end(write);
  assert.deepEqual([told.length, told[1], told.at(-1)], [1001, '+11(9)', '+1010']);
  const again = state.begin();
  for (let revision = 1011; revision <= 2015; revision++) state.receive(diff(revision));
  state.end(again);
  assert.deepEqual([state.revision, outdated[0]], [1010, 1016]);
});

test('handed-out data is never changed', () => {
  const data = { list: [{ n: 1 }, { n: 2 }], other: {} };
  const before = structuredClone(data);
  const next = applyMutations(data, [
    { op: 'increment', path: '/list/0/n', value: 5 },
    { op: 'increment', path: '/list/0/n', value: 5 },
    { op: 'push', path: '/list', value: { n: 3 } },
    { op: 'set', path: '/list/2/n', value: 4 },
    { op: 'remove', path: '/list/1' },
    { op: 'set', path: '/list/-', value: 'last' },
    { op: 'set', path: '/__proto__', value: { x: 1 } },
    { op: 'set', path: '/__proto__/y~1~0', value: 2 },
  ]);
  assert.deepEqual(data, before);
  assert.equal(next.other, data.other, 'what did not change is shared');
  assert.equal(JSON.stringify(next), '{"list":[{"n":11},{"n":4},"last"],"other":{},"__proto__":{"x":1,"y/~":2}}');
  assert.equal(Object.getPrototypeOf(next), Object.prototype);
});

test('mutations that do not fit', () => {
  for (const [data, mutation] of [
    [{}, { op: 'set', path: '/a/b', value: 1 }],
    [{}, { op: 'set', path: '/toString/x', value: 1 }],
    [[], { op: 'set', path: '/1', value: 1 }],
    [[], { op: 'set', path: '/01', value: 1 }],
    [[], { op: 'remove', path: '/-' }],
    [{ n: '1' }, { op: 'increment', path: '/n', value: 1 }],
    [{ n: {} }, { op: 'push', path: '/n', value: 1 }],
    [{}, { op: 'push', path: '/n', value: 1 }],
    [1, { op: 'set', path: '/n', value: 1 }],
    [{}, { op: 'move', path: '/n', value: 1 }],
  ])
    assert.throws(() => applyMutations(data, [mutation]), { code: 'PROTOCOL_ERROR' });
});

test('a loop that is too slow gets the reset that it missed', async () => {
  const changes = new Changes(() => {});
  changes.push({ revision: 2000, skipped: 0 });
  changes.push({ revision: 1, skipped: 0, reset: true });
  for (let revision = 2; revision <= 1001; revision++) changes.push({ revision, skipped: 0 });
  const { value } = await changes.next();
  assert.deepEqual(value, { revision: 2, skipped: 2, reset: true });
});

test('a loop that is too slow misses the oldest changes, and learns how many', async () => {
  const changes = new Changes(() => {});
  for (let revision = 1; revision <= 1003; revision++) changes.push({ revision, skipped: 0, diff: [] });
  changes.end();
  const seen = [];
  for await (const change of changes) seen.push(change);
  assert.equal(seen.length, 1000);
  assert.deepEqual(seen[0], { revision: 4, skipped: 3 });
  assert.deepEqual(seen[1], { revision: 5, skipped: 0, diff: [] });
});
