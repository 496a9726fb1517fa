/** Subscriptions: requests to the server, and its answers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, JOINED, seconds, World } from './world.js';

const RECOVERABLE = '40{"sid":"abc","pid":"p1"}';

/** @param {World} world @param {string} topic */
function subscribe(world, topic) {
  return world.session.subscribe(world.now, topic, undefined, undefined);
}

/**
 * Connected to a server that recovers sessions, with these confirmed subscriptions.
 *
 * @param {[topic: string, serverId: string][]} subscriptions
 */
function recoverable(subscriptions) {
  const world = new World();
  world.connect(RECOVERABLE);
  for (const [ack, [topic, serverId]] of subscriptions.entries()) {
    subscribe(world, topic);
    world.receive(`43${ack}[{"subscriptionId":"${serverId}"}]`);
  }
  return world;
}

/**
 * Loses the connection and recovers the session. Returns the frames after CONNECT.
 *
 * @param {World} world
 */
function recover(world) {
  world.lose();
  world.pass(seconds(5));
  world.takeFrames();
  world.establish(RECOVERABLE);
  return world.takeFrames().slice(1);
}

test('keeps subscriptions across reconnect in order', () => {
  const world = new World();
  assert.equal(subscribe(world, 'a'), 'sub_1');
  world.connect();
  assert.equal(world.session.subscribe(world.now, 'b', '{"campusId":12}', 'diff'), 'sub_2');
  assert.equal(subscribe(world, 'c'), 'sub_3');
  assert.ok(world.session.unsubscribe('sub_3') && !world.session.unsubscribe('sub_3'));
  const first = '["subscribe",{"subscriptionId":"sub_1","topic":"a"}]';
  const second = '["subscribe",{"filter":{"campusId":12},"returnMode":"diff","subscriptionId":"sub_2","topic":"b"}]';
  assert.deepEqual(world.takeFrames().slice(1), [
    `420${first}`,
    `421${second}`,
    '422["subscribe",{"subscriptionId":"sub_3","topic":"c"}]',
    '42["unsubscribe",{"subscriptionId":"sub_3"}]',
  ]);
  world.lose();
  world.pass(seconds(1));
  world.establish();
  assert.deepEqual(world.takeFrames().slice(1), [`423${first}`, `424${second}`]);
  assert.ok(world.event('1', 'a', '{}'));
});

test('sends a filter unchanged', () => {
  for (const filter of ['{"at":12345678901234567890,"x":1e400,"y":0.30000000000000004}', '{"a":{"eq":1.0}}']) {
    const world = World.connected();
    world.takeFrames();
    world.session.subscribe(world.now, 't', filter, undefined);
    assert.deepEqual(world.takeFrames(), [
      `420["subscribe",{"filter":${filter},"subscriptionId":"sub_1","topic":"t"}]`,
    ]);
  }
});

test('reports confirmed subscriptions on each connection', () => {
  const world = World.connected();
  for (const topic of ['a', 'b', 'c']) subscribe(world, topic);
  world.takeFrames();
  world.receive('432[{"error":"ForbiddenError","message":"not yours"}]');
  world.receive('431[{"subscriptionId":"theirs","topic":"b"}]');
  world.receive('42["subscribed",{"subscriptionId":"x","topic":"a"}]');
  world.receive('430[{"subscriptionId":"x","topic":"a"}]');
  assert.deepEqual(world.confirmed, ['sub_2', 'sub_1']);
  world.lose();
  world.pass(seconds(1));
  world.establish();
  world.receive('433[{"subscriptionId":"y","topic":"a"}]');
  assert.deepEqual(world.confirmed, ['sub_2', 'sub_1', 'sub_1']);
});

test('unsubscribes a subscription that is confirmed too late', () => {
  const world = World.connected();
  subscribe(world, 't');
  world.session.unsubscribe('sub_1');
  world.takeFrames();
  world.receive('430[{"subscriptionId":"late","topic":"t"}]');
  assert.deepEqual(world.takeFrames(), ['42["unsubscribe",{"subscriptionId":"late"}]']);
});

test('ignores the refusal of an ended subscription', () => {
  const world = World.connected();
  for (let n = 0; n < 2; n += 1) subscribe(world, 't');
  world.receive('430[{"error":"ForbiddenError","message":"not yours"}]');
  assert.deepEqual(world.codes, ['SUBSCRIBE_DENIED']);
  world.session.unsubscribe('sub_1');
  world.session.unsubscribe('sub_2');
  world.receive('42["error",{"error":"NotFoundError","message":"what?","subscriptionId":"sub_1"}]');
  world.receive('431[{"error":"ForbiddenError","message":"not yours"}]');
  assert.equal(world.errors.length, 1);
});

test('destroying forgets the subscriptions', () => {
  const world = World.connected();
  subscribe(world, 't');
  world.session.destroy();
  world.settle();
  assert.deepEqual([world.session.subscriptionCount(), world.session.isIdle()], [0, true]);
  assert.deepEqual(world.hangUps, [['41', true]]);
});

test('matches confirmations by ID in a recovered session', () => {
  const world = recoverable([
    ['t', 'x1'],
    ['t', 'x2'],
  ]);
  recover(world);
  world.receive('42["subscribed",{"subscriptionId":"x2","topic":"t"}]');
  world.receive('42["subscribed",{"subscriptionId":"x1","topic":"t"}]');
  assert.deepEqual(world.confirmed, ['sub_1', 'sub_2', 'sub_2', 'sub_1']);
  assert.deepEqual(world.takeFrames(), [], 'both are what they were');
});

test('unsubscribes a duplicate of a recovered session once', () => {
  const world = recoverable([
    ['a', 'x1'],
    ['b', 'x2'],
  ]);
  recover(world);
  world.receive('432[{"subscriptionId":"y1","topic":"a"}]');
  world.receive('433[{"subscriptionId":"x2","topic":"b"}]');
  assert.deepEqual(world.takeFrames(), ['424["unsubscribe",{"subscriptionId":"x1"}]']);
  world.receive('434[{"error":"NotFoundError","message":"no such subscription"}]');
  assert.deepEqual(world.errors, [], 'it was gone already');
  const frames = recover(world);
  assert.equal(frames.length, 3);
  assert.equal(frames[2], '427["unsubscribe",{"subscriptionId":"x1"}]', 'the server may not have heard of it');
});

test('does not unsubscribe the ID of a live subscription', () => {
  // This server uses topics as subscription IDs.
  const world = recoverable([
    ['t', 't'],
    ['t', 't'],
  ]);
  world.takeFrames();
  world.session.unsubscribe('sub_1');
  assert.deepEqual(world.takeFrames(), [], 'the other is still wanted');
  world.session.unsubscribe('sub_2');
  assert.deepEqual(world.takeFrames(), ['42["unsubscribe",{"subscriptionId":"t"}]']);
  subscribe(world, 't');
  world.receive('432[{"subscriptionId":"t"}]');
  const frames = recover(world);
  assert.equal(frames.length, 1);
  assert.match(frames[0], /"subscribe".*sub_3/);
});

test('remembers a bounded number of ends for a recovered session', () => {
  const world = recoverable([]);
  for (let n = 1; n <= 300; n += 1) {
    subscribe(world, 't');
    world.session.unsubscribe(`sub_${n}`);
    world.session.leaveChannel(world.now, `c${n}`);
  }
  const frames = recover(world);
  assert.deepEqual(
    [frames.length, frames.at(0), frames.at(255), frames.at(256), frames.at(-1)].map((part) =>
      `${part}`.replace(/^42\d+/, ''),
    ),
    [
      '512',
      '["unsubscribe",{"subscriptionId":"sub_45"}]',
      '["unsubscribe",{"subscriptionId":"sub_300"}]',
      '["channel:leave",{"channel":"c45"}]',
      '["channel:leave",{"channel":"c300"}]',
    ],
  );
});

test('reports an unconfirmed subscription once if the server confirms others', () => {
  for (const world of [World.connected(), World.plain()]) {
    const isPlain = world.protocol === 'ws';
    world.ignoreSilence();
    for (const topic of ['a', 'b', 'c']) subscribe(world, topic);
    world.takeFrames();
    world.receive(
      isPlain ? '{"type":"subscribed","subscriptionId":"sub_2","topic":"b"}' : '431[{"subscriptionId":"sub_2"}]',
    );
    world.session.unsubscribe('sub_3');
    assert.equal(world.session.pendingAcks(), isPlain ? 1 : 2);
    world.pass(seconds(29));
    assert.deepEqual(world.errors, []);
    world.pass(seconds(1));
    assert.deepEqual(world.errors, [
      {
        code: 'SUBSCRIBE_UNCONFIRMED',
        message: "the server did not confirm subscription sub_1 to 'a' in time, but confirms others",
        subscriptionId: 'sub_1',
      },
    ]);
    world.lose();
    world.pass(seconds(5));
    world.session.handleOpen(world.now);
    if (!isPlain) {
      world.receive(HANDSHAKE);
      world.receive(JOINED);
    }
    world.ignoreSilence();
    world.pass(seconds(31));
    assert.deepEqual(
      world.errors.map(({ subscriptionId }) => subscriptionId),
      ['sub_1', 'sub_2'],
      'each once, and the second now',
    );
  }
});

test("reports unconfirmed subscriptions after the server's first confirmation", () => {
  const world = World.connected();
  world.ignoreSilence();
  subscribe(world, 'a');
  subscribe(world, 'b');
  world.pass(seconds(100));
  assert.deepEqual(world.errors, [], 'it may confirm nothing at all');
  world.session.unsubscribe('sub_2');
  subscribe(world, 'c');
  world.receive('42["subscribed",{"subscriptionId":"sub_3","topic":"c"}]');
  assert.deepEqual(
    world.errors.map(({ code, subscriptionId }) => [code, subscriptionId]),
    [['SUBSCRIBE_UNCONFIRMED', 'sub_1']],
  );
  world.pass(seconds(100));
  assert.equal(world.errors.length, 1);
});

test('waits for unread confirmations of a paused link', () => {
  const world = World.connected();
  subscribe(world, 'a');
  subscribe(world, 'b');
  world.receive('430[{"subscriptionId":"x"}]');
  world.pause();
  world.pass(seconds(34));
  world.resume();
  world.ignoreSilence();
  world.pass(seconds(9));
  assert.deepEqual(world.errors, []);
  world.receive('431[{"subscriptionId":"y"}]');
  world.pass(seconds(100));
  assert.deepEqual(world.errors, []);
});
