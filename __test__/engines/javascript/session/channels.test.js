/** Channels: joining and leaving. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds, World } from './world.js';

const REFUSAL = '[{"error":"ForbiddenError","message":"not yours"}]';

test('joins channels again after reconnect and after the subscriptions', () => {
  const world = new World();
  const waiting = world.session.joinChannel(world.now, 'a');
  world.session.subscribe(world.now, 't', undefined, undefined);
  world.connect();
  const second = world.session.joinChannel(world.now, 'b');
  const join = (/** @type {number} */ ack, /** @type {string} */ channel) =>
    `42${ack}["channel:join",{"channel":"${channel}"}]`;
  assert.deepEqual(world.takeFrames().slice(2), [join(1, 'a'), join(2, 'b')]);
  world.receive('432[{"channel":"b","memberCount":1}]');
  world.receive('431[{"channel":"a","memberCount":2}]');
  assert.deepEqual(world.outcomes, [
    { id: second, result: { channel: 'b', memberCount: 1 } },
    { id: waiting, result: { channel: 'a', memberCount: 2 } },
  ]);
  world.lose();
  world.pass(seconds(1));
  world.establish();
  assert.deepEqual(world.takeFrames().slice(2), [join(4, 'a'), join(5, 'b')]);
  world.receive('434[{"channel":"a","memberCount":2}]');
  assert.deepEqual(world.joined, ['b', 'a', 'a']);
  assert.equal(world.outcomes.length, 2);
});

test('does not rejoin a left channel, and messages go before the leave', () => {
  const world = World.connected();
  world.session.joinChannel(world.now, 'a');
  world.takeFrames();
  world.emit('{}', 5);
  world.session.leaveChannel(world.now, 'a');
  assert.deepEqual(world.takeFrames(), ['421["m",{}]', '422["channel:leave",{"channel":"a"}]']);
  world.lose();
  assert.deepEqual(world.outcomeCodes, ['NETWORK_ERROR', 'NETWORK_ERROR', undefined], 'of the join, message and leave');
  world.session.joinChannel(world.now, 'b');
  world.session.leaveChannel(world.now, 'b');
  world.settle();
  assert.deepEqual(world.outcomeCodes.slice(3), ['NETWORK_ERROR', undefined]);
  world.pass(seconds(1));
  world.establish();
  assert.equal(world.takeFrames().length, 1);
});

test('does not rejoin a refused channel', () => {
  const world = World.connected();
  world.session.joinChannel(world.now, 'a');
  world.takeFrames();
  world.receive(`430${REFUSAL}`);
  assert.deepEqual(world.outcomeCodes, ['CHANNEL_DENIED']);

  world.session.joinChannel(world.now, 'b');
  world.takeFrames();
  world.receive('431[{"channel":"b","memberCount":1}]');
  world.lose();
  world.pass(seconds(1));
  world.establish();
  world.takeFrames();
  world.receive(`432${REFUSAL}`);
  assert.deepEqual(
    world.errors.map(({ code, channel }) => [code, channel]),
    [['CHANNEL_DENIED', 'b']],
    'nobody called',
  );
});

test('the last answer to two joins of a channel counts', () => {
  for (const [last, isJoined] of /** @type {const} */ ([
    ['[{"channel":"a","memberCount":1}]', true],
    [REFUSAL, false],
  ])) {
    const world = World.connected();
    world.session.joinChannel(world.now, 'a');
    world.session.joinChannel(world.now, 'a');
    world.takeFrames();
    world.receive(`430${REFUSAL}`);
    world.receive(`431${last}`);
    assert.deepEqual(world.outcomeCodes, ['CHANNEL_DENIED', isJoined ? undefined : 'CHANNEL_DENIED']);
    const event = world.receive('42["event",{"id":"1","topic":"a","source":"socket"}]');
    assert.equal(event !== undefined, isJoined);
    const gone = world.outcomes.flatMap(({ error }) => error?.channel ?? []);
    assert.deepEqual(gone, isJoined ? [] : ['a'], 'the channel in the error says that the client is not in it');
  }
});

test('a refusal fails the calls that wait for the next connection, too', () => {
  const world = World.connected();
  world.session.joinChannel(world.now, 'a');
  world.takeFrames();
  world.lose();
  assert.deepEqual(world.outcomes, [], 'it is asked again');
  world.session.joinChannel(world.now, 'a');
  world.pass(seconds(1));
  world.establish();
  const frames = world.takeFrames().slice(1);
  assert.equal(frames.length, 2);
  world.receive(`431${REFUSAL}`);
  world.receive(`432${REFUSAL}`);
  assert.deepEqual(world.outcomeCodes, ['CHANNEL_DENIED', 'CHANNEL_DENIED']);
});

test('a join call expires like a message but its channel is kept', () => {
  const world = new World({ outbox: { messages: 9, bytes: 999, age: seconds(10) } });
  world.session.joinChannel(world.now, 'a');
  world.pass(seconds(100));
  assert.deepEqual([world.outcomes, world.session.isIdle()], [[], true], 'nobody has asked for a connection');
  world.session.connect(world.now);
  world.pass(seconds(10) - 1);
  assert.deepEqual(world.outcomes, []);
  world.pass(1);
  assert.deepEqual(
    world.outcomes.map(({ error }) => [error?.code, error?.channel]),
    [['EXPIRED', 'a']],
  );
  world.establish();
  assert.deepEqual(world.takeFrames().slice(1), ['420["channel:join",{"channel":"a"}]']);
});

test('an unconfirmed join is reported once by its call or by an error', () => {
  const world = World.connected();
  world.ignoreSilence();
  world.session.joinChannel(world.now, 'a');
  world.session.joinChannel(world.now, 'b');
  world.takeFrames();
  world.receive('430[{"channel":"a"}]');
  world.pass(seconds(10));
  assert.deepEqual([world.outcomeCodes, world.codes], [[undefined, 'TIMEOUT'], []], 'its call tells');
  world.lose();
  world.pass(seconds(1));
  world.establish();
  world.ignoreSilence();
  world.pass(seconds(11));
  assert.deepEqual(
    world.errors,
    [
      {
        code: 'SUBSCRIBE_UNCONFIRMED',
        message: "the server did not confirm the channel 'a' in time, but confirms others",
        channel: 'a',
      },
    ],
    'the caller of the other knows already',
  );
  world.lose();
  world.pass(seconds(1));
  world.establish();
  world.ignoreSilence();
  world.pass(seconds(100));
  assert.deepEqual([world.errors.length, world.outcomes.length], [1, 2], 'once each');
});

test('a server that never confirms channels causes no error, one that confirms subscriptions does', () => {
  const world = World.connected();
  world.ignoreSilence();
  world.session.joinChannel(world.now, 'b');
  world.pass(seconds(100));
  assert.deepEqual([world.errors, world.outcomeCodes], [[], ['TIMEOUT']]);
  world.lose();
  world.pass(seconds(1));
  world.establish();
  world.ignoreSilence();
  world.session.joinChannel(world.now, 'c');
  world.session.disconnect();
  world.settle();
  world.connect();
  world.ignoreSilence();
  world.pass(seconds(100));
  assert.deepEqual(world.errors, []);
  world.session.subscribe(world.now, 't', undefined, undefined);
  world.receive('42["subscribed",{"subscriptionId":"sub_1","topic":"t"}]');
  assert.deepEqual(
    world.errors.map(({ channel }) => channel),
    ['c'],
    'the caller of the first knows already',
  );
});
