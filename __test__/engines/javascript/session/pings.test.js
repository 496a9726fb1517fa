/**
 * Control and application pings: which of them a server answers, and when its silence means that
 * it is dead.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, JOINED, seconds, World } from './world.js';

const HEARTBEAT = { interval: 2000, timeout: 2500 };
const PROTOCOLS = /** @type {const} */ (['socket.io', 'ws']);
const LOST = 'heartbeat timeout: nothing heard for 4500 ms';
/** The application ping of each protocol, and its answer. */
const ASKED = { 'socket.io': '40/-,', ws: '{"type":"ping"}' };
const ANSWER = { 'socket.io': '44/-,{"message":"Invalid namespace"}', ws: '{"type":"pong"}' };

/** Connected with a heartbeat. The first ping is sent. @param {'socket.io' | 'ws'} [protocol] */
function connected(protocol = 'socket.io') {
  const world = new World({ protocol, heartbeat: HEARTBEAT });
  world.session.connect(world.now);
  establish(world);
  return world;
}

/** @param {World} world @param {string} [ping] */
function establish(world, ping = 'PING') {
  if (world.protocol === 'ws') world.session.handleOpen(world.now);
  else world.establish();
  const frames = world.takeFrames();
  assert.equal(frames.filter((frame) => frame === ping).length, 1, `${frames}`);
}

/** Connected to a server that answers control pings. @param {'socket.io' | 'ws'} [protocol] */
function watchful(protocol) {
  const world = connected(protocol);
  world.pong();
  return world;
}

/**
 * Connected to a server that did not answer the control ping. The application ping is sent.
 *
 * @param {'socket.io' | 'ws'} [protocol]
 */
function unanswered(protocol = 'socket.io') {
  const world = connected(protocol);
  world.pass(1999);
  assert.deepEqual(world.takeFrames(), []);
  world.pass(1);
  assert.deepEqual(world.takeFrames(), [ASKED[protocol]]);
  return world;
}

/** Connected in a runtime that cannot send ping frames. @param {'socket.io' | 'ws'} protocol */
function inBrowser(protocol) {
  const world = new World({ protocol, heartbeat: HEARTBEAT });
  world.session.setCanPing(world.now, true, false);
  world.session.connect(world.now);
  establish(world, ASKED[protocol]);
  return world;
}

/**
 * Only the server's pings arrive. Returns what the client sends besides its pongs.
 *
 * @param {World} world
 * @param {number} time
 */
function liveOn(world, time) {
  for (let second = 0; second < time; second += 1) {
    world.pass(1000);
    if (world.protocol === 'ws') world.session.handleBytes(world.now);
    else world.receive('2');
  }
  return world.takeFrames().filter((frame) => frame !== '3');
}

/** The server sends only late answers to the application ping. @param {World} world */
function keepsAnswering(world) {
  for (let n = 0; n < 30; n += 1) {
    world.pass(2000);
    assert.equal(world.takeFrames()[0], ASKED[world.protocol]);
    world.pass(2499);
    world.receive(ANSWER[world.protocol]);
  }
}

test('pings a silent peer and disconnects if it does not answer', () => {
  for (const protocol of PROTOCOLS) {
    const world = watchful(protocol);
    world.pass(1999);
    assert.deepEqual(world.takeFrames(), []);
    world.pass(1);
    assert.deepEqual(world.takeFrames(), ['PING']);
    world.pass(2499);
    assert.equal(world.lastState, 'connected');
    world.pass(1);
    assert.deepEqual([world.lastState, world.lastReason], ['reconnecting', LOST]);
    assert.deepEqual(world.hangUps, [[undefined, false]]);
  }
});

test('a server that answers control pings never sees an application ping', () => {
  const world = connected();
  world.pass(1900);
  world.pong();
  for (let n = 0; n < 20; n += 1) {
    world.pass(2000);
    assert.deepEqual(world.takeFrames(), ['PING']);
    world.pong();
    world.receive('2');
    world.takeFrames();
  }
  assert.deepEqual(world.stateNames, ['connecting', 'connected']);
});

test('the first ping goes out ahead of CONNECT', () => {
  const world = new World({ heartbeat: { interval: 2000, timeout: 2000 } });
  world.session.connect(world.now);
  world.session.handleOpen(world.now);
  assert.deepEqual(world.takeFrames(), [], 'the handshake comes first');
  world.receive(HANDSHAKE);
  assert.deepEqual(world.takeFrames(), ['PING', '40{"token":"t0ken"}']);
  // The pong may arrive before the connection is ready, or together with the frame that makes it
  // ready.
  world.pong();
  world.pass(seconds(19));
  world.receive(JOINED);
  assert.deepEqual(world.takeFrames(), []);
  world.pass(2000);
  assert.deepEqual(world.takeFrames(), ['PING']);
  world.pass(2000);
  assert.equal(world.lastReason, 'heartbeat timeout: nothing heard for 4000 ms');
});

test('sends no pings without a heartbeat', () => {
  const world = World.connected();
  world.takeFrames();
  assert.deepEqual(liveOn(world, 100), []);
  world.pong();
  assert.deepEqual(liveOn(world, 100), []);
});

test('uses application pings if the server sends no pongs', () => {
  for (const protocol of PROTOCOLS) {
    const world = unanswered(protocol);
    world.pass(2499);
    world.receive(ANSWER[protocol]);
    keepsAnswering(world);
    world.pass(4499);
    assert.deepEqual(world.stateNames, ['connecting', 'connected']);
    world.pass(1);
    assert.equal(world.lastReason, LOST);
  }
});

test("relies on the server's pings if it answers neither ping", () => {
  const world = unanswered();
  world.pass(2500);
  assert.deepEqual(liveOn(world, 1000), []);
  assert.deepEqual(world.stateNames, ['connecting', 'connected']);
  world.pass(seconds(45));
  assert.equal(world.lastReason, 'ping timeout: nothing heard for 45000 ms');
  // The next connection pings again: it may lead to another server.
  world.pass(seconds(1));
  establish(world);
  world.pong();
  world.pass(4500);
  assert.equal(world.lastReason, LOST);
});

test('events are signs of life but not pongs', () => {
  const world = connected();
  for (let n = 0; n < 10; n += 1) {
    world.pass(900);
    world.event(`${n}`, 't', '{}');
  }
  assert.deepEqual(world.takeFrames(), ['40/-,']);
  world.receive('2');
  world.pass(seconds(40));
  assert.deepEqual(world.stateNames, ['connecting', 'connected']);
});

test('a late pong counts', () => {
  for (const answer of [
    (/** @type {World} */ world) => world.pong(),
    (/** @type {World} */ world) => world.receive(ANSWER['socket.io']),
  ]) {
    const world = unanswered();
    world.pass(seconds(20));
    answer(world);
    world.pass(4500);
    assert.equal(world.lastReason, LOST);
  }
  // After a slow answer to the first ping the client uses control pings again.
  const world = unanswered();
  world.pong();
  world.receive(ANSWER['socket.io']);
  world.pass(2000);
  assert.deepEqual(world.takeFrames(), ['PING']);
});

test('remembers across reconnect which pings the server answers', () => {
  const world = watchful();
  world.lose();
  world.pass(seconds(1));
  // The server freezes before it has answered a ping.
  establish(world);
  world.pass(4499);
  assert.equal(world.lastState, 'connected');
  world.pass(1);
  assert.equal(world.lastReason, LOST);
});

test('a gateway that starts to swallow pongs costs at most one connection', () => {
  const world = watchful();
  world.lose();
  world.pass(seconds(1));
  establish(world);
  // The gateway answers neither ping, and the server sends nothing.
  world.pass(4500);
  assert.equal(world.lastState, 'reconnecting');
  world.pass(seconds(5));
  world.takeFrames();
  establish(world);
  world.pass(4500);
  liveOn(world, 1000);
  assert.equal(world.lastState, 'connected');

  // If the application ping is answered, no connection is lost.
  const other = watchful();
  other.lose();
  other.pass(seconds(1));
  establish(other);
  other.pass(2000);
  assert.deepEqual(other.takeFrames(), ['40/-,']);
  other.receive(ANSWER['socket.io']);
  assert.equal(other.lastState, 'connected');
});

test('a gateway that swallows all but the first pongs costs no connection', () => {
  for (const protocol of PROTOCOLS) {
    for (const pongs of [1, 2, 3]) {
      const world = watchful(protocol);
      for (let n = 1; n < pongs; n += 1) {
        world.pass(2000);
        assert.deepEqual(world.takeFrames(), ['PING']);
        world.pong();
      }
      world.pass(2000);
      assert.deepEqual(world.takeFrames(), ['PING']);
      world.pass(1250);
      assert.deepEqual(world.takeFrames(), [ASKED[protocol]]);
      world.pass(1249);
      world.receive(ANSWER[protocol]);
      keepsAnswering(world);
      assert.deepEqual(world.stateNames, ['connecting', 'connected']);
      world.pass(4500);
      assert.equal(world.lastReason, LOST);
    }
  }
});

test('returns to control pings after a late pong', () => {
  const world = watchful();
  world.pass(2000);
  world.pass(1250);
  assert.deepEqual(world.takeFrames(), ['PING', '40/-,']);
  world.pass(1249);
  world.pong();
  world.receive(ANSWER['socket.io']);
  world.pass(2000);
  assert.deepEqual(world.takeFrames(), ['PING']);
});

test('the plain codec relies on the JSON ping until it fails once', () => {
  const world = unanswered('ws');
  world.pass(2500);
  assert.equal(world.lastReason, LOST);
  world.pass(seconds(1));
  establish(world);
  world.pass(4500);
  // From then on any byte suffices: the server's WebSocket pings.
  const frames = liveOn(world, 1000);
  assert.ok(frames.length > 0 && frames.every((frame) => frame === ASKED.ws), `${frames}`);
  assert.equal(world.lastState, 'connected');
  world.pass(seconds(45));
  assert.equal(world.lastReason, 'ping timeout: nothing heard for 45000 ms');
});

test('leaves an opened ping namespace at once and never uses it again', () => {
  const world = unanswered();
  world.receive('40/-,{"sid":"other"}');
  assert.deepEqual(world.takeFrames(), ['41/-,']);
  // The rest of that namespace is ignored.
  world.receive('42/-,["event",{"id":"x","topic":"t"}]');
  world.receive('41/-,');
  world.receive('40/-,{"sid":"once more"}');
  assert.deepEqual(liveOn(world, 1000), []);
  world.lose();
  world.pass(seconds(1));
  establish(world);
  assert.deepEqual(liveOn(world, 1000), []);
  assert.deepEqual([world.lastState, world.codes], ['connected', []]);
  // Pongs of the server would still count.
  world.pong();
  world.pass(4500);
  assert.equal(world.lastReason, LOST);
});

test('a refusal without the namespace is a pong', () => {
  const world = unanswered();
  world.receive('44{"message":"Invalid namespace"}');
  world.pass(2000);
  assert.deepEqual(world.takeFrames(), ['40/-,']);
  assert.deepEqual([world.lastState, world.codes], ['connected', []]);
});

test('stops pinging a server that closes connections at a ping', () => {
  for (const lose of [
    (/** @type {World} */ world) => world.lose(),
    (/** @type {World} */ world) => world.receive('1'),
    (/** @type {World} */ world) => world.pass(seconds(20)),
  ]) {
    const world = new World({ heartbeat: { interval: 2000, timeout: 2000 } });
    world.session.connect(world.now);
    const pings = [];
    for (let attempt = 0; attempt < 6; attempt += 1) {
      world.session.handleOpen(world.now);
      world.receive(HANDSHAKE);
      pings.push(world.takeFrames().includes('PING'));
      if (pings.at(-1)) lose(world);
      else {
        world.receive(JOINED);
        assert.deepEqual(liveOn(world, 100), [], `attempt ${attempt}`);
        world.lose();
      }
      world.pass(seconds(6));
    }
    assert.deepEqual(pings, [true, true, false, true, false, true]);
  }
});

test('an unread pong is not missing', () => {
  for (const world of [connected(), unanswered()]) {
    world.pause();
    world.pass(seconds(30));
    assert.deepEqual(world.takeFrames(), []);
    world.resume();
    // Earlier answers may be on the way, so another ping of the same kind is harmless.
    assert.equal(world.takeFrames().length, 1);
    world.pong();
    world.pass(2000);
    assert.deepEqual(world.takeFrames(), ['PING']);
  }
});

test('the answer to an application ping proves what has arrived', () => {
  const world = connected();
  // 10 seconds on a slow line.
  world.session.handleProgress(world.now, 320_000, 0);
  world.pass(2000);
  assert.deepEqual(world.takeFrames(), ['40/-,']);
  world.session.handleProgress(world.now, 320_010, 0);
  world.pass(100);
  world.receive(ANSWER['socket.io']);
  world.pass(4500);
  assert.equal(world.lastReason, LOST);
});

test('the answer to an application ping shortens a gap', () => {
  const world = unanswered();
  world.session.subscribe(world.now, 't', undefined, undefined);
  world.receive(ANSWER['socket.io']);
  world.pause();
  world.pass(seconds(10));
  world.resume();
  world.receive('42["other"]');
  world.pass(2000);
  const proven = world.now;
  assert.ok(world.takeFrames().includes('40/-,'));
  world.pass(1000);
  world.receive(ANSWER['socket.io']);
  assert.ok(world.session.sentBefore() < proven, 'it proves nothing of itself');
  world.event('1', 't', '{}');
  assert.equal(world.session.sentBefore(), world.now);
});

test('without ping frames, application pings keep watch from the first one on', () => {
  for (const protocol of PROTOCOLS) {
    const world = inBrowser(protocol);
    world.pass(2499);
    world.receive(ANSWER[protocol]);
    keepsAnswering(world);
    assert.deepEqual(world.stateNames, ['connecting', 'connected']);
    world.pass(4500);
    assert.deepEqual([world.lastState, world.lastReason], ['reconnecting', LOST]);
  }
});

test("without ping frames, the server's pings decide if it answers no application ping", () => {
  const silent = inBrowser('socket.io');
  silent.pass(2500);
  assert.deepEqual(liveOn(silent, 1000), []);
  assert.deepEqual(silent.stateNames, ['connecting', 'connected']);

  const admitting = inBrowser('socket.io');
  admitting.receive('40/-,{"sid":"other"}');
  assert.deepEqual(admitting.takeFrames(), ['41/-,']);
  admitting.lose();
  admitting.pass(seconds(1));
  admitting.establish();
  assert.deepEqual(liveOn(admitting, 1000), ['40{"token":"t0ken"}']);
  assert.deepEqual([admitting.lastState, admitting.codes], ['connected', []]);
});

test('without ping frames, no ping goes out ahead of CONNECT', () => {
  const world = new World({ heartbeat: HEARTBEAT });
  world.session.setCanPing(world.now, true, false);
  world.session.connect(world.now);
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  assert.deepEqual(world.takeFrames(), ['40{"token":"t0ken"}']);
});
