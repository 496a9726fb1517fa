/** The members of a channel when there are more of them than are kept. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Presence } from '../../lib/socket/presence.js';

const MAX = 100_000;
const event = (type, number) => ({ type, channel: 'lobby', socketId: `m${number}`, joinedAt: 1 });
const list = (from, count) => Array.from({ length: count }, (_, n) => ({ socketId: `m${from + n}`, joinedAt: 1 }));

/** Presence of one channel, whose lists are answered by the test. */
function open() {
  const [reads, told, errors] = [[], [], []];
  const presence = new Presence({
    read: () => new Promise((resolve, reject) => reads.push({ resolve, reject })),
    deliver: ({ type, socketId }) => told.push(`${type} ${socketId}`),
    report: (error) => errors.push([error.code, error.channel]),
  });
  const members = presence.follow('lobby');
  presence.joined('lobby');
  return {
    presence,
    members,
    reads,
    told,
    errors,
    send: (type, from, count = 1) => {
      for (let n = from; n < from + count; n += 1) presence.receive(event(type, n));
    },
    /** Answers the latest list. */
    answer: async (members) => {
      reads.at(-1).resolve(members);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('members beyond the bound are not kept, which is reported once', async () => {
  const { members, told, errors, send, answer } = open();
  await answer([]);
  send('join', 0, MAX + 50_000);
  assert.equal(members.size, MAX);
  assert.deepEqual([told.length, told.at(-1)], [MAX, `join m${MAX - 1}`]);
  assert.deepEqual(errors, [['ROSTER_FULL', 'lobby']]);
  send('leave', MAX, 50_000);
  assert.equal(told.length, MAX, 'who was not told to have come is not told to leave');
});

test('a list that is too long is cut, and who is known stays', async () => {
  const { members, told, errors, answer, presence } = open();
  await answer(list(500_000, 3));
  presence.joined('lobby');
  await answer([...list(0, 150_000), ...list(500_000, 3)]);
  assert.equal(members.size, MAX);
  assert.deepEqual([members.has('m500002'), members.has('m0'), members.has('m140000')], [true, true, false]);
  assert.ok(!told.some((each) => each.startsWith('leave')));
  assert.deepEqual(errors, [['ROSTER_FULL', 'lobby']]);
});

test('when members leave, the list is read for those beyond the bound, which can be reported again', async () => {
  const { members, reads, errors, send, answer } = open();
  await answer([]);
  send('join', 0, MAX + 5);
  send('leave', 0, 9999);
  assert.equal(reads.length, 1);
  send('leave', 9999, 3);
  assert.equal(reads.length, 2, 'one read, not one for each');
  await answer(list(10_002, MAX - 10_002 + 5));
  assert.deepEqual([members.size, members.has(`m${MAX + 4}`)], [MAX - 10_002 + 5, true]);
  send('join', MAX + 5, 20_000);
  assert.deepEqual(errors, [
    ['ROSTER_FULL', 'lobby'],
    ['ROSTER_FULL', 'lobby'],
  ]);
});

test('a list that cannot be read is not asked for at each event', async () => {
  const { reads, errors, send, answer } = open();
  await answer([]);
  send('join', 0, MAX + 5);
  send('leave', 0, 10_000);
  reads.at(-1).reject(Object.assign(new Error('down'), { code: 'NETWORK_ERROR' }));
  await new Promise((resolve) => setImmediate(resolve));
  send('leave', 10_000, 100);
  assert.equal(reads.length, 2);
  assert.deepEqual(errors.length, 2);
});

test('while a list is read, each member counts once, however often it comes and goes', async () => {
  const { members, errors, send, answer } = open();
  for (let n = 0; n < 50_000; n += 1) {
    send('join', 1);
    send('leave', 1);
    send('join', 2);
  }
  send('join', 1);
  await answer([
    { socketId: 'm2', joinedAt: 0 },
    { socketId: 'm3', joinedAt: 0 },
  ]);
  assert.deepEqual([...members.keys()].sort(), ['m1', 'm2', 'm3']);
  assert.deepEqual(errors, []);
});

test('while a list is read, no more events are remembered than members are kept', async () => {
  const { errors, members, send, answer } = open();
  // Those who leave unseen need a place, too.
  send('leave', 0, MAX);
  send('leave', MAX, 1);
  await answer(list(0, MAX + 1));
  assert.deepEqual([...members.keys()], [], 'the list was cut before');
  assert.deepEqual(errors, [['ROSTER_FULL', 'lobby']]);
});

test('a member without an ID, or with an endless one, is ignored', async () => {
  const { presence, members, told, answer } = open();
  await answer([{ socketId: 'x'.repeat(513) }, { socketId: 'y' }]);
  for (const socketId of [undefined, 5, {}, 'z'.repeat(513)]) presence.receive({ ...event('join', 0), socketId });
  assert.deepEqual([[...members.keys()], told], [['y'], ['join y']]);
});

test('of a member of a list no more is kept than of one that an event brings', async () => {
  const { members, answer } = open();
  await answer([
    { socketId: 'a', joinedAt: { long: 'x'.repeat(9) }, more: 1 },
    { socketId: 'b', joinedAt: 7 },
  ]);
  assert.deepEqual(
    [...members.values()],
    [
      { socketId: 'a', joinedAt: undefined },
      { socketId: 'b', joinedAt: 7 },
    ],
  );
});
