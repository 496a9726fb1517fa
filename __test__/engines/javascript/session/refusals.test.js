/** Refusals by the server: which end the attempts, and which are retried. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds, World } from './world.js';

test('a refused token is terminal', () => {
  for (const refusal of [
    '44{"message":"expired","data":{"code":"AUTH_FAILED"}}',
    '44{"message":"expired","data":{"status":401}}',
    '44{"message":"token expired"}',
    '44"token expired"',
  ]) {
    const world = World.joining();
    world.receive(refusal);
    assert.deepEqual(world.codes, ['AUTH_FAILED'], refusal);
    assert.deepEqual(Object.keys(world.errors[0]), ['code', 'message'], 'the outlook is for the session alone');
    assert.match(world.errors[0].message, /expired/);
    assert.deepEqual(world.stateNames, ['connecting', 'disconnected']);
    assert.ok(world.session.isIdle());
  }
});

test('retries after a refusal that is not about the token', () => {
  for (const refusal of [
    '44{"message":"try later","data":{"code":"SERVER_BUSY"}}',
    '44{"message":"database is down"}',
    '44{"message":"slow down","data":{"code":429}}',
    '44"database is down"',
    '44{}',
  ]) {
    const world = World.joining();
    world.receive(refusal);
    assert.deepEqual(world.codes, ['CONNECT_REFUSED'], refusal);
    assert.deepEqual(world.stateNames, ['connecting', 'reconnecting']);
    world.pass(seconds(1));
    world.establish();
    assert.equal(world.lastState, 'connected');
  }
});

test('waits as long as a refusal asks before reconnecting', () => {
  const world = World.joining();
  world.receive('44{"message":"slow down","data":{"code":429,"retryAfter":30000}}');
  assert.deepEqual([world.states[1].attempt, world.states[1].retryIn], [1, 31_000]);
  assert.equal(world.errors[0].retryAfter, 30_000);
});

test('only a refusal by the server itself ends the attempts of a client that was connected', () => {
  for (const [outlook, atFirst, later] of /** @type {const} */ ([
    [undefined, 'reconnecting', 'reconnecting'],
    ['unproven', 'disconnected', 'reconnecting'],
    ['permanent', 'disconnected', 'disconnected'],
  ])) {
    for (const code of ['UPGRADE_REFUSED', 'AUTH_FAILED', 'PROXY_ERROR']) {
      const about = `${code} ${outlook}`;
      const first = new World();
      first.session.connect(first.now);
      first.refuseUpgrade(code, outlook);
      assert.deepEqual([first.codes, first.lastState], [[code], atFirst], about);

      const world = World.connected({ reconnect: { attempts: 2 } });
      world.lose();
      world.pass(seconds(1));
      world.refuseUpgrade(code, outlook);
      assert.deepEqual([world.codes, world.lastState], [[code], later], about);
      if (later === 'disconnected') continue;
      world.pass(seconds(5));
      world.refuseUpgrade(code, outlook);
      assert.deepEqual(world.codes, [code, code, 'RECONNECT_FAILED'], 'within its attempts');
      world.session.connect(world.now);
      world.refuseUpgrade(code, outlook);
      assert.equal(world.lastState, later, 'the user starts again, with the same server');
    }
  }
});

test('a 403 of a client that was never connected is about the token', () => {
  const world = new World();
  world.session.connect(world.now);
  world.session.handleDisconnect(world.now, 'HTTP 403', {
    code: 'UPGRADE_REFUSED',
    message: 'no',
    status: 403,
    outlook: 'unproven',
  });
  world.settle();
  assert.deepEqual([world.codes, world.lastState], [['AUTH_FAILED'], 'disconnected']);
});
