/** Token requests, token renewal, and the expiry of a fixed token. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseToken } from '../../../../lib/engines/javascript/token.js';
import { HANDSHAKE, JOINED, seconds, token, World } from './world.js';

const REFUSED = '44{"message":"token expired","data":{"code":"AUTH_FAILED"}}';

/** A session with a token provider, after `connect()`. @param {object} [config] */
function asking(config) {
  const world = new World({ token: undefined, ...config });
  world.session.connect(world.now);
  world.settle();
  return world;
}

/** Connected with a token of 100 seconds, which the session renews after 90. */
function connected() {
  const world = asking();
  world.provide('first', 100);
  world.establish();
  world.asked = [];
  world.frames = [];
  return world;
}

/**
 * Asserts that the session sends this token to the connection.
 *
 * @param {World} world
 * @param {number} id
 * @param {string} text
 * @param {number} lives
 */
function presents(world, id, text, lives) {
  assert.deepEqual(world.takeFrames(), [`42${id}["auth",{"token":"${token(text, lives).text}"}]`]);
}

test('asks for a token before the first dial', () => {
  const world = asking();
  world.pass(seconds(1000));
  assert.deepEqual([world.dials, world.asked], [0, ['connect']]);
  assert.ok(!world.session.isIdle(), 'the driver goes on');
  world.provide('t');
  assert.deepEqual([world.dials, world.lastDialled], [1, 't']);
  world.establish();
  assert.deepEqual(world.frames, ['40{"token":"t"}']);
  assert.deepEqual(world.stateNames, ['connecting', 'connected']);
  assert.deepEqual([world.session.tokenWanted(), world.asked.length], [undefined, 1]);
});

test('redials with a valid token and asks for a new one otherwise', () => {
  const world = connected();
  world.lose();
  world.pass(seconds(1));
  assert.deepEqual([world.dials, world.asked], [2, []]);
  world.session.disconnect();
  world.pass(seconds(100));
  world.session.connect(world.now);
  world.settle();
  assert.deepEqual([world.dials, world.asked], [2, ['expiring']]);
  world.provide('second');
  assert.deepEqual([world.dials, world.lastDialled], [3, 'second']);
});

test('a failed token request counts as an attempt', () => {
  const world = asking({ reconnect: { attempts: 2 } });
  for (const delay of [1, 2]) {
    assert.ok(world.refuse());
    assert.ok(!world.refuse(), 'it was not asked for another');
    assert.deepEqual([world.lastState, world.lastReason], ['reconnecting', 'no token']);
    world.pass(delay * 1000 - 1);
    assert.equal(world.session.tokenWanted(), undefined);
    world.pass(1);
    assert.equal(world.session.tokenWanted(), 'connect');
  }
  assert.ok(world.refuse());
  assert.deepEqual(world.codes, ['RECONNECT_FAILED']);
  assert.ok(world.session.isIdle() && world.dials === 0 && world.asked.length === 3);
});

test('replaces a refused token once', () => {
  const world = asking();
  world.provide('old');
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  world.receive(REFUSED);
  assert.deepEqual(world.asked, ['connect', 'refused']);
  assert.equal(world.lastReason, 'refused by the server: token expired');
  assert.deepEqual(world.errors, [], 'no failure yet');
  world.provide('new');
  assert.deepEqual([world.dials, world.lastDialled], [2, 'new']);
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  world.receive(REFUSED);
  assert.deepEqual(world.codes, ['AUTH_FAILED']);
  assert.deepEqual(world.stateNames, ['connecting', 'reconnecting', 'disconnected']);
  assert.deepEqual([world.asked.length, world.session.isIdle(), world.session.deadline()], [2, true, undefined]);
  world.session.connect(world.now);
  world.settle();
  assert.equal(world.asked.at(-1), 'connect', 'the refused one is not tried again');
});

test('a refused upgrade counts as a refused token', () => {
  const world = asking({ protocol: 'ws' });
  world.provide('old');
  for (const [code, asked] of /** @type {const} */ ([
    ['UPGRADE_REFUSED', 1],
    ['AUTH_FAILED', 2],
  ])) {
    world.refuseUpgrade(code, undefined);
    world.pass(seconds(1));
    assert.equal(world.asked.length, asked, code);
  }
  world.provide('new');
  world.session.handleOpen(world.now);
  assert.deepEqual([world.takeFrames(), world.lastState], [[], 'connected']);
});

test('replaces a token that a gateway may have refused once', () => {
  const world = connected();
  world.lose();
  world.pass(seconds(1));
  world.refuseUpgrade('AUTH_FAILED', 'unproven');
  assert.deepEqual(world.asked, ['refused']);
  world.provide('second');
  for (let n = 0; n < 3; n += 1) {
    world.refuseUpgrade('AUTH_FAILED', 'unproven');
    assert.equal(world.lastState, 'reconnecting');
    world.pass(seconds(5));
    assert.deepEqual([world.asked.length, world.lastDialled], [1, 'second'], 'it may well be good');
  }
  world.refuseUpgrade('AUTH_FAILED', 'permanent');
  assert.deepEqual([world.lastState, world.asked.length], ['disconnected', 1], 'this time it is refused');
});

test('a connection allows another replacement', () => {
  const world = connected();
  for (let n = 0; n < 3; n += 1) {
    world.lose();
    world.pass(seconds(5));
    world.session.handleOpen(world.now);
    world.receive(HANDSHAKE);
    world.receive(REFUSED);
    world.provide('next');
    world.establish();
    assert.equal(world.lastState, 'connected');
  }
  assert.deepEqual([world.asked, world.errors], [['refused', 'refused', 'refused'], []]);
});

test('the refusal of an already replaced token requests none', () => {
  const world = asking({ protocol: 'ws' });
  world.provide('old');
  world.provide('new');
  world.refuseUpgrade('AUTH_FAILED', 'permanent');
  assert.deepEqual([world.dials, world.lastDialled, world.asked.length], [2, 'new', 1]);
});

test('renews the token of a connection before it expires', () => {
  const world = connected();
  world.ignoreSilence();
  world.pass(89_999);
  assert.deepEqual([world.asked, world.session.tokenState(world.now)], [[], 'fresh']);
  world.pass(1);
  assert.deepEqual(world.asked, ['expiring']);
  assert.equal(world.session.tokenState(world.now), 'due');
  world.provide('second', 200);
  presents(world, 0, 'second', 200);
  world.receive('430[{"ok":true,"expiresAt":1}]');
  assert.deepEqual([world.session.pendingAcks(), world.session.tokenState(world.now)], [0, 'fresh']);
  world.pass(seconds(180));
  assert.deepEqual([world.dials, world.asked.length, world.errors], [1, 2, []], 'and so on');
});

test('reconnects if the server refuses a renewed token', () => {
  for (const [answer, problem] of [
    ['430[{"error":"NotFoundError","message":"what?"}]', 'NotFoundError: what?'],
    [undefined, 'no answer'],
  ]) {
    const world = connected();
    world.provide('second', 200);
    presents(world, 0, 'second', 200);
    if (answer === undefined) world.pass(seconds(10));
    else world.receive(answer);
    assert.deepEqual(world.hangUps, [[undefined, true]], 'so that the session can be recovered');
    assert.ok(world.lastReason?.endsWith(`${problem}`), world.lastReason);
    assert.deepEqual([world.dials, world.lastDialled], [2, token('second', 200).text]);
    world.establish();
    assert.deepEqual(world.stateNames, ['connecting', 'connected', 'reconnecting', 'connected']);
    assert.deepEqual([world.errors, world.asked], [[], []]);
  }
});

test('the plain codec reconnects if the server does not know the renewal frame', () => {
  const world = asking({ protocol: 'ws' });
  world.provide('first');
  world.session.handleOpen(world.now);
  world.settle();
  world.receive('{"type":"error","error":"E","message":"unrelated"}');
  assert.deepEqual([world.dials, world.codes], [1, ['SERVER_ERROR']]);
  world.provide('second');
  assert.deepEqual(world.takeFrames(), ['{"type":"auth","token":"second","ackId":0}']);
  world.receive('{"type":"error","error":"ValidationError","message":"type: unknown"}');
  assert.deepEqual([world.dials, world.errors.length], [2, 1]);
});

test('sends a token that arrives while connecting to the connection', () => {
  const world = asking();
  world.provide('first');
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  world.provide('second', 200);
  world.takeFrames();
  world.receive(JOINED);
  presents(world, 0, 'second', 200);
  world.provide('second', 200);
  assert.deepEqual(world.takeFrames(), [], 'the same one again is nothing new');
});

test('requests a new token again with growing delays', () => {
  const world = connected();
  world.ignoreSilence();
  world.pass(seconds(90));
  for (const [delay, asked] of [
    [1, 2],
    [2, 3],
    [4, 4],
  ]) {
    assert.ok(world.refuse());
    world.pass(delay * 1000 - 1);
    assert.equal(world.asked.length, asked - 1);
    world.pass(1);
    assert.equal(world.asked.length, asked);
  }
  assert.deepEqual([world.errors, world.lastState], [[], 'connected']);
  world.provide('second', 100);
  world.receive('430[{"ok":true}]');
  world.pass(seconds(90));
  assert.equal(world.asked.length, 5);
});

test('stops requesting tokens if none is newer', () => {
  const world = connected();
  world.ignoreSilence();
  const first = token('first', 100);
  for (let n = 0; n < 500; n += 1) {
    world.pass(250);
    if (world.session.tokenWanted() !== undefined)
      world.session.provideToken(world.now, parseToken(first.text, 1_000_000 + world.now));
  }
  assert.ok(world.asked.length >= 3 && world.asked.length < 10, `${world.asked.length}`);
  assert.deepEqual([world.takeFrames(), world.dials], [[], 1], 'the server has this token already');
});

test('answers a disconnect for an expired token with a new token', () => {
  const expired = connected();
  expired.ignoreSilence();
  expired.pass(seconds(100));
  expired.receive('41');
  assert.equal(expired.lastState, 'reconnecting');
  expired.pass(seconds(1));
  expired.provide('second');
  assert.equal(expired.lastDialled, 'second');

  const valid = connected();
  valid.receive('41');
  assert.equal(valid.lastState, 'disconnected', 'one that is valid was not the reason');
});

test('disconnecting cancels the token request', () => {
  const world = asking();
  world.session.disconnect();
  world.settle();
  assert.ok(world.session.isIdle() && world.session.deadline() === undefined);
  assert.equal(world.session.tokenWanted(), undefined);
  assert.ok(!world.refuse());
  world.provide('late');
  assert.deepEqual([world.dials, world.stateNames], [0, ['connecting', 'disconnected']]);
});

test('reports once that the only token expired', () => {
  const world = World.connected({ token: token('only', 100) });
  world.ignoreSilence();
  world.pass(99_999);
  assert.deepEqual(world.errors, []);
  world.pass(1);
  assert.deepEqual(world.codes, ['TOKEN_EXPIRED']);
  world.session.disconnect();
  world.connect();
  assert.deepEqual([world.errors.length, world.dials], [1, 2], 'and the server has the last word');
});

test('reports an only token that is already expired', () => {
  const world = new World({ token: token('only', 0) });
  world.pass(seconds(10));
  assert.deepEqual(world.errors, [], 'nothing was asked of it yet');
  world.connect();
  assert.deepEqual([world.codes, world.asked], [['TOKEN_EXPIRED'], []]);
  assert.deepEqual(world.stateNames, ['connecting', 'connected']);
});

test('an unread answer to a renewal does not reconnect', () => {
  const answered = connected();
  answered.provide('second', 200);
  presents(answered, 0, 'second', 200);
  answered.pause();
  answered.pass(seconds(29));
  assert.deepEqual([answered.dials, answered.session.pendingAcks()], [1, 1]);
  answered.resume();
  answered.pass(seconds(9));
  answered.receive('430[{"ok":true}]');
  answered.ignoreSilence();
  answered.pass(seconds(60));
  assert.deepEqual([answered.dials, answered.session.pendingAcks()], [1, 0]);

  const unanswered = connected();
  unanswered.provide('second', 200);
  unanswered.pause();
  unanswered.pass(seconds(29));
  unanswered.resume();
  unanswered.pass(seconds(10));
  assert.equal(unanswered.dials, 2, 'all was read, and there is no answer');
});
