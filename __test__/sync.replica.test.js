'use strict';

/** What a live document makes of news, in every order in which it can come. */

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');

const { Changes } = require('../lib/sync/changes.js');
const { applyMutations } = require('../lib/sync/mutations.js');
const { Replica } = require('../lib/sync/replica.js');

/** A replica, and what it told: `+3` a change to revision 3, `-4` a deletion, `L` a local one, `(2)` two skipped. */
function replica() {
  const told = [];
  const outdated = [];
  const state = new Replica(
    ({ revision, deleted, isLocal, skipped }) =>
      told.push(`${deleted ? '-' : '+'}${revision}${isLocal ? 'L' : ''}${skipped > 0 ? `(${skipped})` : ''}`),
    (revision) => outdated.push(revision),
  );
  return { state, told, outdated };
}

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

test('a diff that does not fit is no change', () => {
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
    const { state, told } = replica();
    state.receive({ revision: 0, missing: true });
    assert.deepEqual([told, state.deleted, state.revision], [[], false, 0]);
  });

  test('is a deletion, which the event then does not repeat', () => {
    const { state, told } = replica();
    state.receive(full(1));
    state.receive({ revision: 1, missing: true });
    assert.deepEqual([state.revision, state.deleted], [1, true]);
    state.receive({ revision: 2, deleted: true });
    assert.deepEqual([told, state.revision], [['+1', '-1'], 2]);
  });

  test('is outdated when news came while it was under way', () => {
    const { state, told } = replica();
    state.receive(full(1));
    state.receive(full(3));
    state.receive({ revision: 1, missing: true });
    assert.deepEqual([told, state.deleted], [['+1', '+3(1)'], false]);
  });
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
    const { state, told } = replica();
    state.receive(full(1));
    const write = state.begin();
    state.receive(full(2));
    state.end(write, answer(2));
    assert.deepEqual(told, ['+1', '+2L']);
  });

  test('when it is a deletion that a read noticed first', () => {
    const { state, told } = replica();
    state.receive(full(1));
    const write = state.begin();
    state.receive({ revision: 1, missing: true });
    state.end(write, { revision: 2, deleted: true, isLocal: true });
    assert.deepEqual(told, ['+1', '-2L']);
  });
});

test('news waits only for the writes that were under way when it came', () => {
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

test('a loop that is too slow misses the oldest changes, and is told how many', async () => {
  const changes = new Changes(() => {});
  for (let revision = 1; revision <= 1003; revision++) changes.push({ revision, skipped: 0, diff: [] });
  changes.end();
  const seen = [];
  for await (const change of changes) seen.push(change);
  assert.equal(seen.length, 1000);
  assert.deepEqual(seen[0], { revision: 4, skipped: 3 });
  assert.deepEqual(seen[1], { revision: 5, skipped: 0, diff: [] });
});
