/** JSON that is unusual, or that other parsers reject: its content counts in every packet. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, token, World } from './world.js';

/** A lone surrogate, a number that is too large for a double, and deep nesting. */
const ODD = ['"\\ud83d"', '1e400', '['.repeat(200) + ']'.repeat(200)];

/** A message, a join and a subscription, each answered with `answer`. @param {string} answer */
function answered(answer) {
  const world = World.connected();
  world.emit('{}', 5);
  world.session.joinChannel(world.now, 'room');
  world.session.subscribe(world.now, 't', undefined, undefined);
  world.takeFrames();
  for (const ack of [0, 1, 2]) world.receive(`43${ack}[${answer}]`);
  return world;
}

test('refusals of calls and subscriptions are errors', () => {
  for (const odd of ODD) {
    const refusal = `{"more":${odd},"error":"ForbiddenError","message":"no \\ud83d"}`;
    const world = answered(refusal);
    assert.deepEqual(world.outcomeCodes, ['CHANNEL_DENIED', 'MESSAGE_DENIED'], odd);
    assert.deepEqual([world.codes, world.confirmed], [['SUBSCRIBE_DENIED'], []], odd);
    assert.match(world.errors[0].message, /ForbiddenError: no .$/);

    const plain = World.plain();
    plain.emit('{}', 5);
    plain.takeFrames();
    plain.receive(`{"type":"error","ackId":0,${refusal.slice(1)}`);
    assert.deepEqual(plain.outcomeCodes, ['MESSAGE_DENIED'], odd);
  }
});

test('replaces a refused token', () => {
  for (const odd of ODD.filter((json) => json !== '1e400')) {
    const world = new World({ token: undefined });
    world.session.connect(world.now);
    world.session.provideToken(world.now, token('first'));
    world.establish();
    world.session.provideToken(world.now, token('second'));
    world.takeFrames();
    world.receive(`430[{"error":${odd}}]`);
    assert.equal(world.dials, 2, odd);
  }
});

test('reports why a connection was refused', () => {
  for (const odd of ODD) {
    const world = World.joining();
    world.receive(`44{"message":"later","data":{"more":${odd},"code":"OVERLOADED"}}`);
    assert.deepEqual(world.codes, ['CONNECT_REFUSED'], odd);
    assert.equal(world.lastReason, 'refused by the server: later (OVERLOADED)');
  }
});

test('recovers a session', () => {
  for (const odd of ODD) {
    const joined = `40{"more":${odd},"sid":"abc","pid":"p"}`;
    const world = new World();
    world.connect(joined);
    assert.equal(world.session.socketId(), 'abc', odd);
    world.lose();
    world.pass(1000);
    world.establish(joined);
    assert.deepEqual(world.states.at(-1), { state: 'connected', recovered: true });
  }
});

test('reads failures and confirmations that arrive as events', () => {
  for (const odd of ODD) {
    const world = World.connected();
    for (const topic of ['a', 'b']) world.session.subscribe(world.now, topic, undefined, undefined);
    world.receive(`42["error",{"more":${odd},"error":"ForbiddenError","message":"no","subscriptionId":"sub_1"}]`);
    assert.equal(world.errors[0].subscriptionId, 'sub_1', odd);
    assert.match(world.errors[0].message, /ForbiddenError: no$/);
    world.receive(`42["subscribed",{"more":${odd},"subscriptionId":"x","topic":"b"}]`);
    assert.deepEqual(world.confirmed, ['sub_2'], odd);
  }
});

test("sends a server's id back unchanged", () => {
  for (const id of [...ODD, '12345678901234567890123', '{"a":[1]}', 'true']) {
    const world = World.connected();
    world.session.subscribe(world.now, 't', undefined, undefined);
    world.takeFrames();
    world.receive(`430[{"subscriptionId":${id}}]`);
    world.session.unsubscribe('sub_1');
    assert.deepEqual(world.takeFrames(), [`42["unsubscribe",{"subscriptionId":${id}}]`]);

    const plain = World.plain();
    plain.session.subscribe(plain.now, 't', undefined, undefined);
    plain.takeFrames();
    plain.receive(`{"type":"subscribed","subscriptionId":${id},"topic":"t"}`);
    plain.session.unsubscribe('sub_1');
    assert.deepEqual(plain.takeFrames(), [`{"type":"unsubscribe","subscriptionId":${id}}`]);
  }
});

test('an empty error member is not a refusal', () => {
  for (const none of ['null', 'false', '0', '""']) {
    const world = answered(`{"error":${none},"message":null,"id":"m","subscriptionId":"x"}`);
    assert.deepEqual(world.outcomeCodes, [undefined, undefined], none);
    assert.deepEqual(world.codes, [], none);
  }
});

test('anything else in the error member is a refusal', () => {
  for (const [error, said] of [
    ['403', '403: not yours'],
    ['true', 'not yours'],
    ['{"code":1}', 'not yours'],
    ['[]', 'not yours'],
  ]) {
    const world = answered(`{"error":${error},"message":"not yours"}`);
    assert.deepEqual(world.outcomeCodes, ['CHANNEL_DENIED', 'MESSAGE_DENIED'], error);
    assert.equal(world.errors[0].message, `the server refused subscription sub_1: ${said}`);
  }
});

test('an answer in an array is no refusal, and members of prototypes are not read', (context) => {
  assert.deepEqual(answered('[{"error":"no"}]').outcomeCodes, [undefined, undefined]);
  Object.defineProperty(Object.prototype, 'error', { value: 'polluted', configurable: true, writable: true });
  context.after(() => {
    delete (/** @type {any} */ (Object.prototype).error);
  });
  assert.deepEqual(answered('{}').codes, []);
});

test('a handshake that cannot be read ends the attempt', () => {
  const world = new World();
  world.session.connect(world.now);
  world.session.handleOpen(world.now);
  world.receive('2');
  assert.match(`${world.lastReason}`, /Engine.IO handshake, is another packet$/);
  world.pass(1000);
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  world.receive('40{');
  assert.match(`${world.lastReason}`, /^the server's answer to CONNECT cannot be read: /);
  assert.deepEqual(world.codes, ['PROTOCOL_ERROR', 'PROTOCOL_ERROR']);
});
