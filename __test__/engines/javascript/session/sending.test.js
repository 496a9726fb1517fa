/** Messages of the user and their outcomes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message, seconds, World } from './world.js';

const PLACEHOLDER = '{"data":{"_placeholder":true,"num":0}}';

test('messages wait for a connection', () => {
  const world = new World();
  const first = world.emit('{"n":1}', 5);
  const second = world.emit('{"n":2}', 5);
  world.settle();
  assert.ok(world.frames.length === 0 && !world.session.isIdle());
  world.connect();
  assert.deepEqual(world.takeFrames().slice(1), ['420["m",{"n":1}]', '421["m",{"n":2}]']);
  world.receive('431[{"id":"x"}]');
  world.receive('430[]');
  assert.deepEqual(world.outcomes, [{ id: second, result: { id: 'x' } }, { id: first }]);
});

test('every message gets an outcome', () => {
  const world = World.connected({
    outbox: { messages: 4, bytes: 10_000, age: seconds(3) },
    reconnect: { attempts: 0 },
  });
  world.emit('1', 1);
  world.settle();
  world.pass(seconds(1));
  assert.deepEqual(world.outcomeCodes, ['TIMEOUT']);
  world.emit(JSON.stringify('x'.repeat(1000)), 1);
  world.settle();
  assert.equal(world.outcomeCodes.at(-1), 'MESSAGE_TOO_LARGE');
  world.emit('1', 9);
  world.settle();
  world.receive('432[{"error":"ForbiddenError","message":"not yours"}]');
  assert.equal(world.outcomeCodes.at(-1), 'MESSAGE_DENIED');
  world.emit('1', 9);
  world.settle();
  world.lose();
  assert.equal(world.outcomeCodes.at(-1), 'NETWORK_ERROR', 'not answered');
  assert.deepEqual(
    world.outcomes.map(({ error }) => error?.uncertain),
    [true, undefined, undefined, true],
    'overdue, too large, refused, lost',
  );
  for (let n = 0; n < 4; n += 1) world.emit('1', 1);
  assert.throws(() => world.emit('1', 1), {
    code: 'OUTBOX_FULL',
    message: "the message 'm' was not added: 4 messages of 8 bytes are waiting (limits: 4 messages, 10000 bytes)",
  });
  world.pass(seconds(3));
  assert.deepEqual(world.outcomeCodes.slice(4), ['EXPIRED', 'EXPIRED', 'EXPIRED', 'EXPIRED']);
});

test('retries an unanswered message only if the user allows it', () => {
  const world = World.connected();
  const again = world.session.emit(world.now, message('{"id":"again"}', 5, { retry: true }));
  const once = world.emit('{"id":"once"}', 5);
  world.takeFrames();
  world.lose();
  assert.deepEqual(
    world.outcomes.map(({ id }) => id),
    [once],
  );
  world.emit('{"id":"later"}', 5);
  world.pass(seconds(1));
  world.establish();
  assert.deepEqual(world.takeFrames().slice(1), ['422["m",{"id":"again"}]', '423["m",{"id":"later"}]']);
  world.receive('432[{"id":"again"}]');
  assert.deepEqual(world.outcomes.at(-1), { id: again, result: { id: 'again' } });
  assert.deepEqual(world.session.outboxDepth(), { messages: 0, bytes: 0 });
});

test('a volatile message is dropped when it cannot be sent at once', () => {
  const volatile = message('{}', 5, { volatile: true });
  const world = new World();
  assert.equal(world.session.emit(world.now, volatile), undefined);
  world.connect();
  world.takeFrames();
  assert.ok(world.session.emit(world.now, volatile));
  assert.equal(world.session.emit(world.now, volatile), undefined, 'the one before has not left yet');
  assert.deepEqual(world.takeFrames(), ['420["m",{}]']);
});

test('attachments follow their message', () => {
  const world = World.connected();
  world.takeFrames();
  const attachments = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  world.session.emit(world.now, message(PLACEHOLDER, 5, { attachments }));
  assert.deepEqual(world.takeFrames(), [`452-0["m",${PLACEHOLDER}]`]);
  assert.deepEqual(world.attachments, attachments);
  world.session.emit(world.now, message(PLACEHOLDER, 5, { attachments: [new Uint8Array(1001)] }));
  assert.deepEqual(world.takeFrames(), []);
  assert.deepEqual(world.outcomeCodes, ['MESSAGE_TOO_LARGE']);
});

test('an attachment that is too large as base64 is refused over long-polling alone', () => {
  // base64 turns 3 bytes into 4, after a prefix of 1: 997 of the server's limit of 1000, and 1001.
  for (const [size, canPing, codes] of /** @type {const} */ ([
    [747, false, []],
    [748, false, ['MESSAGE_TOO_LARGE']],
    [748, true, []],
    [1000, true, []],
  ])) {
    const world = World.connected();
    world.session.setCanPing(world.now, canPing);
    world.takeFrames();
    world.session.emit(world.now, message(PLACEHOLDER, 5, { attachments: [new Uint8Array(size)] }));
    assert.equal(world.takeFrames().length, 1 - codes.length, `${size} bytes`);
    assert.deepEqual(world.outcomeCodes, codes, `${size} bytes`);
  }
});

test('the plain codec matches answers by number', () => {
  const world = World.plain();
  world.receive('{"type":"connected","socketId":"me"}');
  assert.equal(world.session.socketId(), 'me');
  const accepted = world.emit('{"channel":"c"}', 5);
  const refused = world.emit('{}', 5);
  assert.deepEqual(world.takeFrames(), ['{"type":"m","channel":"c","ackId":0}', '{"type":"m","ackId":1}']);
  world.receive('{"type":"error","error":"ForbiddenError","message":"no","ackId":1}');
  world.receive('{"type":"ack","ackId":0,"id":"x"}');
  assert.deepEqual(world.outcomeCodes, ['MESSAGE_DENIED', undefined]);
  assert.deepEqual(
    world.outcomes.map(({ id }) => id),
    [refused, accepted],
  );
  assert.deepEqual(world.errors, []);
});

test('sizes are counted in UTF-8 bytes', () => {
  const world = World.connected();
  world.takeFrames();
  const before = world.session.counters().bytesSent;
  world.emit('"€"', 5);
  assert.deepEqual(world.session.outboxDepth(), { messages: 1, bytes: 6 });
  world.settle();
  assert.equal(world.session.counters().bytesSent - before, new TextEncoder().encode('420["m","€"]').length);
  world.emit(JSON.stringify('€'.repeat(340)), 5);
  world.settle();
  assert.deepEqual(world.outcomeCodes, ['MESSAGE_TOO_LARGE']);
});
