/** Incoming events: delivery, acks, attachments, and invalid or unwanted messages. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HANDSHAKE, JOINED, seconds, World } from './world.js';

const ABC = Buffer.from('abc');

/** Connected, with a subscription to `t` that is sent. */
function subscribed() {
  const world = World.connected();
  world.session.subscribe(world.now, 't', undefined, undefined);
  world.takeFrames();
  return world;
}

/** @param {World} world @param {Uint8Array} [bytes] */
function attach(world, bytes = ABC) {
  const event = world.session.receiveBinary(world.now, bytes);
  world.settle();
  return event;
}

test('answers pings and a burst of them once', () => {
  const world = subscribed();
  world.receive('2');
  assert.deepEqual(world.takeFrames(), ['3']);
  for (let n = 0; n < 10_000; n += 1) world.session.receive(world.now, '2');
  assert.deepEqual(world.takeFrames(), ['3']);
});

test('acknowledges an event if the server asks for it', () => {
  const world = subscribed();
  const event = '{"id":"1","topic":"t","payload":{}}';
  assert.deepEqual(world.receive(`427["event",${event}]`), JSON.parse(event));
  assert.deepEqual(world.takeFrames(), ['437[]']);
  for (const [frame, ack] of [
    [`428["event",${event}]`, '438[]'],
    ['429["event",{"id":"2","topic":"unwanted","payload":{}}]', '439[]'],
    ['4210["event",{"no":"event"}]', '4310[]'],
    ['4211["other",1]', '4311[]'],
    ['4212["subscribed",{"topic":"t"}]', '4312[]'],
    ['420[]', '430[]'],
    [`429007199254740991["event",${event}]`, '439007199254740991[]'],
  ]) {
    assert.equal(world.receive(frame), undefined, frame);
    assert.deepEqual(world.takeFrames(), [ack], frame);
  }
  for (const frame of [
    '42["event",{"id":"3","topic":"t"}]',
    '42/other,1["event",{}]',
    '4399[]',
    '429007199254740992["event",{}]',
    '42x["event",{}]',
    '42',
    '2',
  ]) {
    world.receive(frame);
    assert.ok(!world.takeFrames().some((sent) => sent.startsWith('43')), frame);
  }
});

test('acknowledges a binary event when it is complete', () => {
  const world = subscribed();
  world.receive('451-7["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}}]');
  assert.deepEqual(world.takeFrames(), [], 'its attachment is missing');
  assert.deepEqual(attach(world), { id: '1', topic: 't', payload: ABC });
  assert.deepEqual(world.takeFrames(), ['437[]']);
});

test('acknowledges a rejected binary event', () => {
  for (const [head, attachments, code] of /** @type {const} */ ([
    ['452-7["event",{"id":"1","topic":"t"}]', Array(2).fill(new Uint8Array(2 ** 19 + 1)), 'MESSAGE_TOO_LARGE'],
    ['4565-7["event",{"id":"1","topic":"t"}]', Array(65).fill(ABC), 'PROTOCOL_ERROR'],
    ['451-7["event",{"id":"1"}]', [ABC], 'INVALID_EVENT'],
  ])) {
    const world = World.connected();
    world.takeFrames();
    world.receive(head);
    for (const attachment of attachments) attach(world, attachment);
    assert.deepEqual([world.takeFrames(), world.codes], [['437[]'], [code]], head);
  }
});

test('waiting acks are bounded and dropped with the link', () => {
  const world = World.connected();
  world.takeFrames();
  for (let id = 0; id < 300_000; id += 1) world.session.receive(world.now, `42${id}["other"]`);
  const frames = world.takeFrames();
  assert.deepEqual([frames.length, frames[0]], [262_144, '430[]']);
  world.session.receive(world.now, '421["other"]');
  world.lose();
  assert.deepEqual(world.takeFrames(), [], "they were the lost connection's");
});

test('delivers an event once however often it arrives', () => {
  const world = subscribed();
  world.session.subscribe(world.now, 't', undefined, undefined);
  assert.ok(world.event('1', 't', '{}'));
  assert.equal(world.event('1', 't', '{}'), undefined);
  world.lose();
  world.pass(seconds(1));
  world.establish();
  assert.equal(world.event('1', 't', '{}'), undefined);
  assert.ok(world.event('2', 't', '{}'));
  const { eventsReceived, droppedRepeats } = world.session.counters();
  assert.deepEqual([eventsReceived, droppedRepeats], [4, 2]);
});

test('drops events without a subscription or listener', () => {
  const world = World.connected();
  assert.equal(world.event('1', 't', '{}'), undefined);
  const all = world.session.subscribe(world.now, 't', undefined, undefined);
  world.session.subscribe(world.now, 't', '{"n":1}', undefined);
  assert.ok(world.event('2', 't', '{"n":2}'));
  world.session.unsubscribe(all);
  assert.equal(world.event('3', 't', '{"n":2}'), undefined);
  assert.ok(world.event('3', 't', '{"n":1}'), 'what was dropped as unwanted is not a repeat');
  world.session.listen(null, false);
  assert.ok(world.event('4', 't', '{"n":1}'), 'another listener may be about to follow');
  world.session.endOfTurn();
  assert.equal(world.event('5', 't', '{"n":1}'), undefined);
  world.session.listen('t', true);
  assert.ok(world.event('6', 't', '{"n":1}'));
  assert.equal(world.session.counters().droppedUnwanted, 3);
});

test('messages of channels and direct messages need a listener of their own', () => {
  const world = World.connected();
  world.session.joinChannel(world.now, 'room');
  world.session.listen(null, false);
  world.session.endOfTurn();
  const send = (/** @type {string} */ id, /** @type {string} */ topic) =>
    world.receive(`42["event",{"id":"${id}","topic":"${topic}","source":"socket"}]`);
  assert.equal(send('1', 'room'), undefined);
  world.session.listenToMessages(true);
  assert.deepEqual([send('2', 'room')?.id, send('3', 'direct')?.id, send('4', 'other')], ['2', '3', undefined]);
  world.session.leaveChannel(world.now, 'room');
  assert.equal(send('5', 'room'), undefined);
  world.session.listenToMessages(false);
  world.session.endOfTurn();
  assert.equal(send('6', 'direct'), undefined);
  world.session.assumeInterest();
  assert.equal(send('7', 'direct')?.id, '7');
});

test('reports invalid messages and continues', () => {
  const world = subscribed();
  for (const [frame, code] of [
    ['9', 'PROTOCOL_ERROR'],
    ['', 'PROTOCOL_ERROR'],
    ['47', 'PROTOCOL_ERROR'],
    ['42{"no":"array"}', 'PROTOCOL_ERROR'],
    ['42["event",{"id":"1","topic":"t","payload":{}}', 'PROTOCOL_ERROR'],
    ['42["event",{"id":"1","topic":"t","payload":{}}] x', 'PROTOCOL_ERROR'],
    ['42["event",7]', 'INVALID_EVENT'],
    ['42["event"]', 'INVALID_EVENT'],
    ['42["event",{"topic":"t","payload":{}}]', 'INVALID_EVENT'],
    ['42["event",{"id":7,"topic":"t","payload":{}}]', 'INVALID_EVENT'],
    [HANDSHAKE, 'PROTOCOL_ERROR'],
    [JOINED, 'PROTOCOL_ERROR'],
  ]) {
    assert.equal(world.receive(frame), undefined, frame);
    assert.deepEqual(world.codes, [code], frame);
    world.errors = [];
  }
  for (const ignored of ['43999[1]', '6', '3', '42["unknown",1]', '42/other,["event",{"id":"1","topic":"t"}]'])
    assert.equal(world.receive(ignored), undefined, ignored);
  for (let n = 0; n < 10_000; n += 1) world.receive(`40/namespace-${n},{}`);
  assert.deepEqual(world.errors, []);
  assert.ok(world.event('1', 't', '{}'));
  assert.deepEqual(world.stateNames, ['connecting', 'connected']);
});

test('delivers a binary event with its attachments in their places', () => {
  const world = subscribed();
  const event = '{"id":"1","topic":"t","payload":{"file":{"_placeholder":true,"num":0}}}';
  assert.equal(world.receive(`451-["event",${event}]`), undefined);
  assert.deepEqual(attach(world), { id: '1', topic: 't', payload: { file: ABC } });
  world.pass(seconds(10));
  assert.deepEqual(world.errors, []);
});

test('drops a packet whose attachments never arrive', () => {
  const world = subscribed();
  const head = '452-["event",{"id":"1","topic":"t","payload":{}}]';
  world.receive(head);
  world.pass(seconds(10));
  assert.deepEqual(world.codes, ['PROTOCOL_ERROR']);
  world.receive(head);
  world.receive('2');
  assert.equal(world.errors.length, 1, 'a ping may come in between');
  world.receive('42["other"]');
  assert.equal(world.errors.length, 2, 'a packet may not');
  world.receive(head);
  assert.ok(world.event('2', 't', '{}'), 'but it is not lost for that');
  assert.equal(world.errors.length, 3);
  assert.equal(attach(world), undefined);
  assert.equal(world.errors.length, 3, 'it was said that they are missing');
  assert.ok(world.event('1', 't', '{}'));
});

test('a rejected packet with attachments is one error', () => {
  for (const head of [
    '4570-["event",{"id":"1","topic":"t"}]',
    '4599999999999999-["event",{}]',
    '45-["event",{}]',
    '461-{"no":"array"}',
    '451-99999999999999999999["event",{}]',
  ]) {
    const world = subscribed();
    world.receive(head);
    for (let n = 0; n < 200; n += 1) assert.equal(attach(world), undefined);
    assert.deepEqual(world.codes, ['PROTOCOL_ERROR'], head);
    world.receive('451-["event",{"id":"2","topic":"t","payload":{"_placeholder":true,"num":0}}]');
    assert.ok(attach(world), 'the next one is whole');
    assert.equal(world.errors.length, 1);
  }
});

test('binary frames without a packet are one error', () => {
  for (const world of [World.connected(), World.plain()]) {
    for (let n = 0; n < 200; n += 1) attach(world);
    assert.deepEqual(world.codes, ['PROTOCOL_ERROR']);
  }
});

test('a binary frame in place of the handshake, or of the answer to CONNECT, ends the attempt', () => {
  const opening = new World();
  opening.session.connect(opening.now);
  opening.session.handleOpen(opening.now);
  for (const world of [opening, World.joining()]) {
    assert.equal(attach(world), undefined);
    assert.match(`${world.lastReason}`, /is binary: it may use another parser/);
    assert.deepEqual(world.codes, ['PROTOCOL_ERROR']);
  }
});

test('a rejected packet takes no attachment of the previous one', () => {
  const world = subscribed();
  world.receive('452-["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}}]');
  world.receive('4570-["event",{"id":"2","topic":"t"}]');
  for (let n = 0; n < 70; n += 1) assert.equal(attach(world), undefined);
  assert.deepEqual(world.codes, ['PROTOCOL_ERROR', 'PROTOCOL_ERROR'], 'one for each packet');
  world.pass(seconds(11));
  assert.equal(world.errors.length, 2);
});

test('waits for attachments while anything arrives, and on a paused link', () => {
  const head = '451-["event",{"id":"1","topic":"t","payload":{"_placeholder":true,"num":0}}]';
  const slow = subscribed();
  slow.receive(head);
  for (let second = 0; second < 12; second += 1) {
    slow.pass(seconds(1));
    // Bytes of the attachment arrive all the time.
    slow.session.handleBytes(slow.now);
  }
  assert.ok(attach(slow), `${slow.codes}`);

  const paused = subscribed();
  paused.receive(head);
  paused.pause();
  paused.pass(seconds(11));
  paused.resume();
  assert.ok(attach(paused), `${paused.codes}`);
});

test('an event that is skipped counts as received for the recovery of the session', () => {
  const joined = '40{"sid":"abc","pid":"p"}';
  const world = new World();
  world.connect(joined);
  world.receive('42["event",{"id":7,"topic":"t"},"o1"]');
  world.lose();
  world.pass(seconds(1));
  world.takeFrames();
  world.session.handleOpen(world.now);
  world.receive(HANDSHAKE);
  assert.deepEqual(world.takeFrames(), ['40{"offset":"o1","pid":"p","token":"t0ken"}']);
});
