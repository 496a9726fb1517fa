/** Gaps: the events that the user may have missed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, seconds, World } from './world.js';

const START = 1_000_000;

/** @param {...string} topics */
function subscribed(...topics) {
  const world = new World();
  for (const topic of topics) world.session.subscribe(world.now, topic, undefined, undefined);
  world.session.connect(world.now);
  return world;
}

/**
 * Connects to a server that assigns this private session ID.
 *
 * @param {World} world
 * @param {string} pid
 */
function establish(world, pid) {
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  world.receive(`40{"sid":"abc","pid":"${pid}"}`);
}

/**
 * The server confirms `count` requests, starting with the ack ID `first`.
 *
 * @param {World} world
 * @param {number} first
 * @param {number} count
 */
function confirm(world, first, count) {
  for (let ack = first; ack < first + count; ack += 1) world.receive(`43${ack}[{}]`);
}

/** @param {World} world @param {number} index */
function topicsOf(world, index) {
  return world.gaps[index].subscriptions.map(({ subscriptionId, topic }) => `${subscriptionId} ${topic}`);
}

test('reports a gap once every subscription is live again', () => {
  const world = subscribed('a', 'b');
  world.session.joinChannel(world.now, 'room');
  world.establish();
  confirm(world, 0, 3);
  assert.deepEqual(world.gaps, [], 'a first connection has no gap');
  world.pass(seconds(20));
  world.event('1', 'a', '{}');
  const heard = world.now;
  world.pass(seconds(5));
  world.lose();
  world.pass(seconds(1));
  world.establish();
  world.pass(seconds(1));
  confirm(world, 3, 2);
  assert.deepEqual(world.gaps, [], 'the channel is still missing');
  confirm(world, 5, 1);
  assert.deepEqual(world.gaps, [
    {
      since: START + heard,
      until: START + world.now,
      reason: 'ECONNRESET',
      subscriptions: [
        { subscriptionId: 'sub_1', topic: 'a' },
        { subscriptionId: 'sub_2', topic: 'b' },
      ],
      channels: ['room'],
    },
  ]);
  world.pass(seconds(30));
  assert.equal(world.gaps.length, 1);
});

test('a gap stays open until a connection closes it', () => {
  const world = subscribed('a');
  establish(world, 'p');
  const heard = world.now;
  world.lose();
  world.pass(seconds(10));
  establish(world, 'q');
  world.session.subscribe(world.now, 'b', undefined, undefined);
  world.lose();
  world.pass(seconds(10));
  // Recovery restores the latest lost session, not an earlier one.
  establish(world, 'q');
  confirm(world, 0, 10);
  assert.deepEqual([world.gaps.length, world.gaps[0].since, topicsOf(world, 0)], [1, START + heard, ['sub_1 a']]);

  world.lose();
  world.pass(seconds(10));
  establish(world, 'r');
  const later = world.now;
  world.pass(seconds(1));
  world.lose();
  world.pass(seconds(10));
  establish(world, 's');
  confirm(world, 0, 20);
  assert.ok(world.gaps[1].since < START + later, 'it began on the connection before');
  assert.deepEqual([world.gaps.length, topicsOf(world, 1)], [2, ['sub_1 a', 'sub_2 b']]);
});

test('ended, new and refused subscriptions have no gap', () => {
  const world = subscribed('ended', 'refused', 'kept');
  world.establish();
  confirm(world, 0, 3);
  world.lose();
  assert.ok(world.session.unsubscribe('sub_1'));
  world.session.subscribe(world.now, 'new', undefined, undefined);
  world.pass(seconds(1));
  world.establish();
  world.receive('433[{"error":"ForbiddenError","message":"no longer"}]');
  confirm(world, 4, 2);
  world.pass(seconds(5));
  assert.deepEqual([world.gaps.length, topicsOf(world, 0)], [1, ['sub_3 kept']]);
});

test('a gap after disconnect starts with the undelivered events, also of a paused link', () => {
  for (const isPaused of [false, true]) {
    const world = subscribed('a');
    establish(world, 'p');
    confirm(world, 0, 1);
    const taken = world.now;
    world.pass(seconds(3));
    world.event('1', 'a', '{}');
    if (isPaused) world.pause();
    world.pass(seconds(1));
    // The user's code has not handled this event yet, and now never will.
    world.session.discardSince(taken);
    world.session.disconnect();
    world.settle();
    world.pass(seconds(60));
    if (isPaused) world.resume();
    world.session.connect(world.now);
    establish(world, 'q');
    confirm(world, 1, 1);
    assert.deepEqual(
      world.gaps.map(({ since, until, reason }) => [since, until, reason]),
      [[START + taken, START + world.now, 'client disconnect']],
    );
  }
});

test('undelivered events of an earlier connection extend the gap that is open', () => {
  const world = subscribed('a');
  world.establish();
  const taken = world.now;
  world.pass(seconds(3));
  world.event('1', 'a', '{}');
  world.lose();
  world.session.discardSince(taken);
  world.pass(seconds(1));
  world.establish();
  confirm(world, 1, 1);
  assert.equal(world.gaps[0].since, START + taken);
});

test('a destroyed session reports no gap', () => {
  const world = subscribed('a');
  world.establish();
  world.session.destroy();
  world.session.connect(world.now);
  world.session.subscribe(world.now, 'a', undefined, undefined);
  world.establish();
  world.pass(seconds(60));
  assert.deepEqual(world.gaps, []);
});

test('unread frames do not advance the watermark until the server has pinged twice', () => {
  const world = subscribed('a');
  world.establish();
  confirm(world, 0, 1);
  const heard = world.now;
  world.pause();
  world.pass(seconds(20));
  world.resume();
  world.event('1', 'a', '{}');
  world.receive('2');
  world.lose();
  world.pass(seconds(5));
  world.establish();
  confirm(world, 1, 1);
  assert.equal(world.gaps[0].since, START + heard, 'what was read had been sent at any time before');

  world.pause();
  world.resume();
  world.receive('2');
  world.pass(seconds(20));
  world.receive('2');
  world.pass(seconds(3));
  world.event('2', 'a', '{}');
  const later = world.now;
  world.lose();
  world.pass(seconds(5));
  world.establish();
  confirm(world, 2, 1);
  assert.equal(world.gaps[1].since, START + later, 'the second ping followed the answer to the first');
});

test('on the plain protocol a pong proves that a backlog was read', () => {
  const confirmation = '{"type":"subscribed","subscriptionId":"x","topic":"a"}';
  const pong = '{"type":"pong"}';
  const world = new World({ protocol: 'ws' });
  world.session.subscribe(world.now, 'a', undefined, undefined);
  world.session.connect(world.now);
  world.session.handleOpen(world.now);
  world.receive(confirmation);
  const reconnect = () => {
    world.lose();
    world.pass(seconds(5));
    world.session.handleOpen(world.now);
    world.receive(confirmation);
    return Number(world.gaps.at(-1)?.since) - START;
  };

  const heard = world.now;
  world.pause();
  world.pass(seconds(15));
  world.resume();
  world.receive(pong);
  world.pass(seconds(1));
  assert.equal(reconnect(), heard, 'that pong was not asked for');

  world.pass(seconds(20));
  world.pause();
  world.pass(seconds(5));
  const asked = world.now;
  world.pass(seconds(5));
  world.resume();
  world.receive(pong);
  assert.equal(reconnect(), asked, 'the ping was sent before the link was read again');

  world.pause();
  world.pass(seconds(10));
  world.resume();
  world.pass(seconds(15));
  world.receive(pong);
  world.pass(seconds(3));
  world.receive('{"type":"event","topic":"a","data":{"id":"1","topic":"a"}}');
  const read = world.now;
  world.pass(seconds(2));
  assert.equal(reconnect(), read, 'it was sent afterwards, so that nothing is left of the backlog');
});
