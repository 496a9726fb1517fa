/** Slow consumers: how long the connection may stay unread, and what follows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, seconds, World } from './world.js';

/**
 * Asserts that the connection survives `time`, but not a millisecond more.
 *
 * @param {World} world
 * @param {number} time
 */
function assertSurvives(world, time) {
  world.pass(time - 1);
  assert.deepEqual([world.lastState, world.codes], ['connected', []]);
  world.pass(1);
  assert.deepEqual(world.codes, ['SLOW_CONSUMER']);
  assert.deepEqual([world.lastState, world.lastReason], ['reconnecting', 'slow consumer']);
  assert.deepEqual(world.hangUps.at(-1), [undefined, false]);
}

test('disconnects a slow consumer shortly before the server would', () => {
  const world = World.connected();
  world.pass(seconds(25));
  world.receive('2');
  world.pass(seconds(4));
  world.pause();
  // From the last pong: 25 s until the next ping, and half of the 20 s that the server waits.
  assertSurvives(world, seconds(31));
});

test('counts from the connection if no ping has arrived', () => {
  const world = World.connected();
  world.pause();
  assertSurvives(world, seconds(35));
});

test("a late ping of the server is not the user's fault", () => {
  const world = World.connected();
  world.pass(seconds(40));
  world.event('1', 't', '{}');
  world.pause();
  assertSurvives(world, seconds(10));
});

test('pauses add up until the link is read to its end or a ping is answered', () => {
  const often = World.connected();
  often.pass(seconds(20));
  for (let n = 0; n < 7; n += 1) {
    often.pause();
    often.pass(seconds(2));
    often.resume();
    often.event(`${n}`, 't', '{}');
    often.pass(100);
  }
  often.pause();
  assertSurvives(often, 300);

  const read = World.connected();
  read.pass(seconds(34));
  read.pause();
  read.resume();
  read.session.handleReadToEnd();
  read.pass(seconds(7));
  read.pause();
  assertSurvives(read, seconds(10));

  const answered = World.connected();
  for (let n = 0; n < 10; n += 1) {
    answered.pause();
    answered.pass(seconds(30));
    answered.resume();
    answered.receive('2');
  }
  answered.pause();
  assertSurvives(answered, seconds(35));
});

test('on the plain protocol the link must be read to its end every 20 seconds', () => {
  const unread = World.plain();
  unread.pass(seconds(5));
  unread.pause();
  unread.pass(seconds(15));
  unread.resume();
  unread.pause();
  assertSurvives(unread, seconds(5));

  const read = World.plain();
  for (let n = 0; n < 10; n += 1) {
    read.pause();
    read.pass(seconds(15));
    read.resume();
    read.session.handleReadToEnd();
  }
  read.pause();
  assertSurvives(read, seconds(20));
});

test('maxPause disconnects earlier', () => {
  const short = World.connected({ maxPause: seconds(3) });
  for (let n = 0; n < 3; n += 1) {
    short.pause();
    short.pass(2999);
    short.resume();
  }
  short.pause();
  assertSurvives(short, seconds(3));

  const long = World.connected({ maxPause: seconds(100) });
  long.pause();
  assertSurvives(long, seconds(35));

  const none = World.connected({ maxPause: 0 });
  none.pause();
  assert.equal(none.session.deadline(), none.now, 'at once');
});

test('the error reports how much waits and since when', () => {
  const world = World.connected();
  world.pass(seconds(1));
  world.pause();
  world.pass(seconds(34));
  assert.equal(
    world.errors.at(-1)?.message,
    'the client closed the connection: 5 events (77 bytes) wait for their handlers, and the connection has not been ' +
      'read to its end for 34000 ms',
  );
});

test('reconnects when the inbox has room again', () => {
  const world = new World();
  world.session.subscribe(world.now, 'a', undefined, undefined);
  world.connect();
  world.receive('430[{}]');
  const heard = world.now;
  world.pause();
  world.pass(seconds(500));
  assert.deepEqual([world.dials, world.codes], [1, ['SLOW_CONSUMER']]);
  world.resume();
  assert.equal(world.dials, 2);
  world.establish();
  world.receive('431[{}]');
  assert.equal(world.gaps.length, 1);
  assert.deepEqual(
    [world.gaps[0].until - world.gaps[0].since, world.gaps[0].reason],
    [world.now - heard, 'slow consumer'],
  );
});

test('room in the inbox does not shorten the reconnect delay', () => {
  const world = World.connected();
  world.pause();
  world.pass(seconds(35));
  world.pass(500);
  world.resume();
  assert.equal(world.dials, 1);
  world.pass(500);
  assert.equal(world.dials, 2);
});

test('does not dial while the inbox is full', () => {
  const world = new World();
  world.pause();
  world.session.connect(world.now);
  world.settle();
  world.pass(seconds(60));
  assert.deepEqual([world.dials, world.stateNames], [0, ['connecting']]);
  world.session.disconnect();
  world.resume();
  assert.deepEqual([world.dials, world.stateNames], [0, ['connecting', 'disconnected']]);
  world.session.connect(world.now);
  world.settle();
  assert.equal(world.dials, 1);
});

test('a user who does not read the missed events of a recovery is a slow consumer', () => {
  const world = new World();
  world.session.connect(world.now);
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  world.pause();
  world.pass(seconds(20));
  assert.deepEqual(world.codes, ['SLOW_CONSUMER']);
});

test('unread answers count when they are read', () => {
  const world = new World();
  world.session.subscribe(world.now, 't', undefined, undefined);
  world.session.joinChannel(world.now, 'old');
  world.connect();
  world.receive('430[{}]');
  world.receive('431[{}]');
  world.lose();
  world.pass(seconds(1));
  world.establish();
  world.takeFrames();
  world.session.joinChannel(world.now, 'new');
  world.emit('{}', 5);
  world.takeFrames();
  world.pass(seconds(1));
  world.receive('2');
  world.confirmed = [];
  world.joined = [];
  world.outcomes = [];
  world.pause();
  world.pass(seconds(34));
  assert.deepEqual(world.outcomeCodes, ['TIMEOUT', 'TIMEOUT'], 'a call has its time limit');
  assert.ok(world.outcomes.every(({ error }) => error?.uncertain));
  world.resume();
  for (const ack of [2, 3, 4, 5]) world.receive(`43${ack}[{}]`);
  assert.deepEqual([world.confirmed, world.joined], [['sub_1'], ['old', 'new']]);
  assert.deepEqual([world.outcomes.length, world.session.pendingAcks()], [2, 0]);
});

test('reports dropped events for their topics only', () => {
  const world = new World();
  for (const topic of ['a', 'b', 'a.*']) world.session.subscribe(world.now, topic, undefined, undefined);
  world.session.joinChannel(world.now, 'room');
  world.session.joinChannel(world.now, 'a');
  world.connect();
  const [since, until] = [world.now, world.now + seconds(3)];
  world.session.reportDropped(since, until, 7, (topic) => topic === 'a');
  world.session.reportDropped(since, until, 7, (topic) => topic === 'direct');
  world.settle();
  const gap = { since: 1_000_000, until: 1_003_000, reason: 'slow consumer', dropped: 7 };
  const pattern = { subscriptionId: 'sub_3', topic: 'a.*' };
  assert.deepEqual(world.gaps, [
    { ...gap, subscriptions: [{ subscriptionId: 'sub_1', topic: 'a' }, pattern], channels: ['a'] },
    { ...gap, subscriptions: [pattern], channels: [] },
  ]);

  const empty = World.connected();
  empty.session.reportDropped(since, until, 7, (topic) => topic === 'ended');
  empty.settle();
  assert.deepEqual(empty.gaps, [], 'there is nothing to read');
  empty.session.reportDropped(since, until, 7, (topic) => topic === 'direct');
  empty.settle();
  assert.equal(empty.gaps.length, 1);
});
