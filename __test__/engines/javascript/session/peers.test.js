/** Peers of another version, and peers that do not speak the protocol. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, JOINED, seconds, World } from './world.js';

/**
 * Asserts that the attempt ended at once with this error, and that another one follows.
 *
 * @param {World} world
 * @param {string} words
 */
function assertEnded(world, words) {
  assert.deepEqual([world.codes, world.stateNames], [['PROTOCOL_ERROR'], ['connecting', 'reconnecting']], words);
  assert.ok(world.errors[0].message.includes(words), world.errors[0].message);
  assert.equal(world.hangUps.length, 1);
}

test('a server that joins without a socket ID is never connected', () => {
  for (const joined of ['40', '40{}', '40{"sid":null}', '40{"sid":7}', '40{"sid":"","pid":"p"}']) {
    const world = World.joining();
    world.receive(joined);
    assertEnded(world, 'Socket.IO 2 (Engine.IO 3)');
    assert.equal(world.session.socketId(), undefined);
  }
});

test('an attempt ends at once if the first message is not a handshake', () => {
  for (const first of [
    '0{"sid":"s"',
    '0{}',
    '0',
    '1',
    '2',
    '40{"sid":"s"}',
    '42["event",{"id":"1","topic":"t"}]',
    '',
    'hello',
    '{"type":"connected","socketId":"a"}',
    '1::',
  ]) {
    const world = new World();
    world.session.connect(world.now);
    world.session.handleOpen(world.now);
    assert.equal(world.receive(first), undefined);
    assertEnded(world, 'the Engine.IO handshake');
  }
});

test('an attempt ends at once if the answer to CONNECT is invalid', () => {
  for (const answer of ['40{"sid":', '40[]', '44[1]', '44{"message":"no"']) {
    const world = World.joining();
    world.receive(answer);
    assertEnded(world, 'answer to CONNECT cannot be read');
  }
  const world = World.joining();
  for (const skipped of ['9', '42[', '40/other,[]', '44/other,[]']) world.receive(skipped);
  assert.deepEqual([world.codes, world.stateNames], [Array(4).fill('PROTOCOL_ERROR'), ['connecting']]);
  world.receive(JOINED);
  assert.equal(world.lastState, 'connected');
  world.receive('40[]');
  assert.deepEqual([world.errors.length, world.states.length], [5, 2], 'no attempt is under way');
});

test('reports a server with another parser', () => {
  const closed = World.joining();
  closed.session.handleClose(closed.now, 'closed by the server');
  closed.settle();
  assert.deepEqual([closed.codes, closed.lastState], [['PROTOCOL_ERROR'], 'reconnecting']);
  assert.match(closed.errors[0].message, /socket\.io-msgpack-parser/);

  const left = World.joining();
  left.receive('1');
  assertEnded(left, 'socket.io-msgpack-parser');
});

test('closing an established connection does not indicate another parser', () => {
  const world = World.connected();
  for (let n = 0; n < 2; n += 1) {
    world.session.handleClose(world.now, 'closed by the server');
    world.settle();
  }
  assert.deepEqual([world.codes, world.lastReason], [[], 'closed by the server']);
  assert.equal(world.states.length, 3, 'the second time there is no link any more');
});

test('receives attachments of missed events before the answer to CONNECT', () => {
  const joined = '40{"sid":"abc","pid":"p"}';
  const world = new World();
  world.connect(joined);
  world.session.subscribe(world.now, 't', undefined, undefined);
  world.lose();
  world.pass(seconds(1));
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  world.receive('451-["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}},"o"]');
  assert.ok(world.session.receiveBinary(world.now, Uint8Array.of(1)));
  world.receive(joined);
  assert.deepEqual([world.errors, world.lastState], [[], 'connected']);
});
