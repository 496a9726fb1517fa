/** The driver of the JavaScript engine: link, timer, inbox and process, in virtual time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { START, World } from './world.js';

const message = (payload, more) => ({
  event: 'channel:publish',
  payload: JSON.stringify(payload),
  attachments: [],
  timeout: 10_000,
  retry: false,
  volatile: false,
  ...more,
});

test('connects, subscribes and delivers', () => {
  const world = new World({ heartbeat: false });
  world.engine.connect();
  assert.equal(world.engine.subscribe('t', { a: { in: [1] } }, 'full'), 'sub_1');
  assert.deepEqual(world.items, [], 'nothing comes within a call of the user');
  world.settle();
  assert.deepEqual(world.dials, ['token']);
  assert.deepEqual(world.link.frames, [
    '40{"token":"token"}',
    '420["subscribe",{"filter":{"a":{"in":[1]}},"returnMode":"full","subscriptionId":"sub_1","topic":"t"}]',
  ]);
  assert.deepEqual(world.takeItems(), [
    ['connection', { state: 'connecting' }],
    ['connection', { state: 'connected', recovered: false }],
    ['subscribed', { subscriptionId: 'sub_1' }],
  ]);
  assert.equal(world.engine.socketId(), 'socket-1');
  world.link.event('t', 1, { a: 1 });
  assert.deepEqual(world.events, ['1'], 'within the turn in which the frame came');
});

test('notices of a command come in a later turn', () => {
  const world = World.connected();
  const id = world.engine.joinChannel('c');
  world.engine.disconnect();
  assert.deepEqual(world.items, []);
  world.settle();
  const [outcome] = world.notices('outcome');
  assert.deepEqual([outcome.id, outcome.error !== undefined], [id, true]);
  assert.deepEqual(world.states, ['disconnected: client disconnect']);
});

test('a frame is sent when the link has room, and a ping when everything is written', () => {
  const world = World.connected();
  world.link.isReady = false;
  world.engine.emit(message({ n: 1 }));
  world.engine.emit(message({ n: 2 }));
  assert.deepEqual(world.link.frames, []);
  world.link.isReady = true;
  world.link.progress();
  assert.equal(world.link.frames.length, 2);

  world.link.frames.length = 0;
  world.link.isWritten = false;
  world.pass(3900);
  world.engine.emit(message({ n: 3 }));
  assert.deepEqual(world.link.frames, [], 'no frame may delay the answer to the ping');
  world.link.isWritten = true;
  world.link.progress();
  assert.equal(world.link.frames[0], '40/-,');
  assert.equal(world.link.frames.length, 2);
});

test('a link that can ping carries pings of RFC 6455, and another one the application ping', () => {
  for (const canPing of [true, false]) {
    const world = new World();
    world.canPing = canPing;
    world.engine.connect();
    world.settle();
    assert.deepEqual(world.link.frames, canPing ? ['PING', '40{"token":"token"}'] : ['40{"token":"token"}', '40/-,']);
    if (canPing) {
      world.link.pongs += 1;
      world.link.progress();
    }
    world.pass(2000);
    const ping = canPing ? 'PING' : '40/-,';
    assert.deepEqual(
      world.link.frames.slice(1).filter((frame) => frame === ping),
      canPing ? [ping] : [ping, ping],
    );
  }
});

test('a dead peer is replaced after the heartbeat', () => {
  const world = World.connected();
  world.pass(3000);
  world.link.isAnswering = false;
  world.takeItems();
  world.pass(4500);
  assert.equal(world.links[0].end, 'dropped');
  assert.match(world.states[0], /^reconnecting: heartbeat timeout: nothing heard for \d+ ms$/);
  world.pass(1000);
  assert.deepEqual(world.states.slice(1), ['connected']);
  const [gap] = world.notices('gap');
  assert.deepEqual(gap.subscriptions, [{ subscriptionId: 'sub_1', topic: 't' }]);
  // The last answer came a second before the server fell silent.
  assert.deepEqual([gap.since, gap.until], [START + 2000, START + 7500]);
});

test('a busy thread is not taken for a dead peer', () => {
  const world = World.connected({ heartbeat: { interval: 100, timeout: 100 } });
  world.pass(1000);
  world.freeze(50_000, () => world.link.receive('2'));
  world.pass(1000);
  assert.deepEqual(world.states, []);
  assert.equal(world.links.length, 1);
});

test('a handler that takes long is not taken for a dead peer', () => {
  const world = World.connected({ heartbeat: { interval: 100, timeout: 100 } });
  world.pass(1000);
  world.handler = () => {
    world.now += 60_000;
  };
  world.link.event('t', 1);
  world.link.receive('2');
  world.pass(1000);
  assert.deepEqual([world.states, world.links.length], [[], 1]);
});

test('reconnects with back-off, reports the cause, and gives up', () => {
  const world = World.connected({ reconnectionAttempts: 2 });
  world.isReachable = false;
  world.link.lose({ reason: 'closed by the server (1001 going away)' });
  world.pass(999);
  assert.equal(world.dials.length, 1);
  world.pass(1);
  assert.equal(world.dials.length, 2);
  world.failDial();
  world.pass(2000);
  world.failDial();
  assert.deepEqual(world.notices('connection'), [
    { state: 'reconnecting', reason: 'closed by the server (1001 going away)', attempt: 1, retryIn: 1000 },
    { state: 'reconnecting', reason: 'ECONNREFUSED', attempt: 2, retryIn: 2000 },
    { state: 'disconnected', reason: 'ECONNREFUSED' },
  ]);
  assert.deepEqual(
    world.notices('error').map(({ code }) => code),
    ['NETWORK_ERROR', 'NETWORK_ERROR', 'RECONNECT_FAILED'],
  );
});

test('a dial that takes too long is cancelled', () => {
  const world = new World({ connectTimeout: 3000, reconnection: false });
  world.isReachable = false;
  world.engine.connect();
  world.pass(3000);
  assert.equal(world.cancelled, 1);
  assert.deepEqual(world.states, ['connecting', 'disconnected: connect timeout']);
  world.openDial();
  assert.deepEqual(world.links, []);
});

test('disconnect closes in an orderly manner, and the next dial waits for that', async () => {
  const world = World.connected();
  world.engine.disconnect();
  assert.deepEqual(world.link.end, { code: 1000, farewell: '41' });
  world.engine.connect();
  world.settle();
  assert.equal(world.dials.length, 1);
  await world.link.finishClose();
  world.settle();
  assert.equal(world.dials.length, 2);
  assert.deepEqual(world.states, ['disconnected: client disconnect', 'connecting', 'connected']);
});

test('a lost link is reported in the words of the transport', () => {
  for (const loss of [
    { reason: 'closed by the server', isPlainClose: true },
    { reason: 'ECONNRESET', isCutOff: true },
  ]) {
    const world = World.connected();
    world.link.lose(loss);
    assert.deepEqual(world.states, [`reconnecting: ${loss.reason}`]);
  }
});

test('an event is not delivered after unsubscribe, leave or disconnect', () => {
  const world = World.connected();
  world.isTaking = false;
  const other = world.engine.subscribe('u', undefined, undefined);
  world.engine.joinChannel('c');
  world.settle();
  for (const topic of ['t', 'u', 'c'])
    world.link.receive(`42["event",{"id":"${topic}","topic":"${topic}","source":"socket","payload":{},"metadata":{}}]`);
  assert.equal(world.engine.stats().inboxEvents, 3);
  world.engine.unsubscribe('sub_1');
  world.engine.leaveChannel('c');
  world.take();
  assert.deepEqual(world.events, ['u']);
  world.takeItems();

  world.link.event('u', 4);
  world.link.event('u', 5);
  const event = world.engine.next();
  assert.equal(world.engine.wants(event), true);
  world.engine.unsubscribe(other);
  assert.equal(world.engine.wants(event), false);
  world.take();
  assert.deepEqual(world.events, []);
});

test('a handler that disconnects gets no further event, and a gap later', async () => {
  const world = World.connected();
  world.isTaking = false;
  world.pass(1000);
  for (const id of [1, 2, 3]) world.link.event('t', id);
  world.pass(1000);
  const received = world.now;
  const event = world.engine.next();
  world.engine.disconnect();
  assert.equal(world.engine.wants(event), false);
  world.take();
  assert.deepEqual(world.events, []);
  world.isTaking = true;
  await world.link.finishClose();
  world.engine.connect();
  world.settle();
  const [gap] = world.notices('gap');
  assert.equal(gap.reason, 'client disconnect');
  assert.ok(gap.since < START - 5000 + received, 'the second event is in the gap');
});

test('events wait for more of them, notices do not', () => {
  const world = World.connected({ coalesceMs: 50 });
  world.link.event('t', 1);
  world.pass(20);
  world.link.event('t', 2);
  world.pass(29);
  assert.deepEqual(world.events, []);
  const { wakes } = world;
  world.pass(1);
  assert.deepEqual([world.events, world.wakes], [['1', '2'], wakes + 1]);
  world.link.event('t', 3);
  world.link.lose({ reason: 'x' });
  assert.deepEqual(world.events, ['1', '2', '3']);
});

test('events that were read together share a turn of the handlers, up to 16 of them', () => {
  const world = World.connected();
  const { wakes } = world;
  for (let id = 1; id <= 20; id += 1) {
    world.link.event('t', id, {}, id < 20);
    assert.equal(world.events.length, id < 16 ? 0 : id < 20 ? 16 : 20);
  }
  assert.equal(world.wakes, wakes + 2);
  assert.deepEqual(
    world.events,
    Array.from({ length: 20 }, (_, index) => String(index + 1)),
  );
});

test('events that were read together: each other frame, and the last one, ends the wait', () => {
  const world = World.connected();
  world.link.event('t', 1, {}, true);
  world.link.receive('2', true);
  assert.deepEqual([world.events, world.link.frames], [['1'], ['3']]);
  world.link.event('t', 2, {}, true);
  world.link.event('t', 2, {}, true);
  world.link.event('nobody', 3, {}, false);
  assert.deepEqual(world.events, ['1', '2']);
  world.link.event('t', 4, {}, true);
  world.link.lose({ reason: 'x' });
  assert.deepEqual(world.events, ['1', '2', '4']);
  assert.deepEqual([world.engine.stats().droppedRepeats, world.engine.stats().droppedUnwanted], [1, 1]);
});

test('events that were read together: a small inbox loses none of them', () => {
  for (const overflow of /** @type {const} */ (['disconnect', 'drop-oldest', 'drop-newest', 'latest'])) {
    const world = World.connected({ inbox: { maxEvents: 4, overflow } });
    for (let id = 1; id <= 40; id += 1) world.link.event('t', id, {}, id < 40);
    assert.deepEqual([world.events.length, world.items.length, world.link.end], [40, 40, undefined], overflow);
  }
});

test('nothing more is read until the event loop has had a turn, when handlers have left events', () => {
  const world = World.connected();
  world.link.event('t', 1);
  assert.equal(world.link.rests, 0);
  world.isTaking = false;
  world.link.event('t', 2, {}, true);
  assert.equal(world.link.rests, 0, 'the handlers were not called yet');
  world.link.event('t', 3);
  assert.equal(world.link.rests, 1);
});

test('a full inbox ends the connection, and the client is back when there is room', () => {
  const world = World.connected({ inbox: { maxEvents: 10 } });
  world.isTaking = false;
  world.pass(1000);
  for (let id = 1; id <= 12; id += 1) world.link.event('t', id);
  assert.equal(world.link.end, undefined, 'handlers get a turn first');
  world.settle();
  assert.equal(world.link.end, 'dropped');
  assert.equal(world.engine.stats().inboxEvents, 12);
  world.pass(60_000);
  assert.equal(world.dials.length, 1, 'it does not dial while the inbox is full');
  assert.equal(world.engine.next()[0], 'slow');
  for (let taken = 0; taken < 7; taken += 1) assert.equal(world.engine.next().id, String(taken + 1));
  world.isTaking = true;
  world.pass(10);
  world.take();
  assert.deepEqual(world.events, ['8', '9', '10', '11', '12']);
  const [error] = world.notices('error');
  assert.deepEqual([error.code, world.dials.length], ['SLOW_CONSUMER', 2]);
  const [gap] = world.notices('gap');
  assert.deepEqual([gap.reason, gap.dropped], ['slow consumer', undefined]);
});

test('a flood ends the connection before handlers get their turn: the inbox is bounded', () => {
  const world = World.connected({ inbox: { maxEvents: 10 } });
  world.isTaking = false;
  for (let id = 1; id <= 10_000 && world.link.end === undefined; id += 1) world.link.event('t', id);
  assert.equal(world.link.end, 'dropped');
  assert.equal(world.engine.stats().inboxEvents, 10 + 4096);
});

test('an inbox that is full until its event is taken ends no connection', () => {
  const world = World.connected({ inbox: { maxEvents: 1 }, coalesceMs: 1000 });
  for (let id = 1; id <= 3; id += 1) world.link.event('t', id);
  assert.deepEqual([world.link.end, world.events], [undefined, ['1', '2', '3']]);
});

test('dropped events are counted, and reported behind those that were kept', () => {
  const world = World.connected({ inbox: { maxEvents: 4, overflow: 'drop-newest' } });
  world.isTaking = false;
  for (let id = 1; id <= 6; id += 1) world.link.event('t', id);
  assert.equal(world.engine.stats().droppedOverflow, 2);
  world.isTaking = true;
  world.take();
  world.settle();
  const kinds = world.items.map((item) => (Array.isArray(item) ? item[0] : item.id));
  assert.deepEqual(kinds, ['slow', '1', '2', '3', '4', 'gap']);
  assert.equal(world.notices('gap')[0].dropped, 2);
  world.link.event('t', 7);
  assert.equal(world.events.at(-1), '7');
});

test('an event without listeners is dropped after the turn in which they were removed', () => {
  const world = World.connected();
  world.engine.listen(null, false);
  world.link.event('t', 1);
  assert.deepEqual(world.events, ['1'], 'until then a listener may be replaced');
  world.link.event('t', 2);
  assert.deepEqual(world.events, ['1']);
  assert.equal(world.engine.stats().droppedUnwanted, 1);
  world.engine.subscribe('t', undefined, undefined);
  world.link.event('t', 3);
  assert.deepEqual(world.events, ['1', '3'], 'a listener may follow a subscription');
});

test('asks for tokens, and tells the link of a new one', () => {
  const world = new World({ token: () => 'unused' });
  world.engine.connect();
  world.settle();
  assert.deepEqual(world.items, [
    ['connection', { state: 'connecting' }],
    ['token', { reason: 'connect' }],
  ]);
  assert.deepEqual([world.dials, world.engine.tokenState(), world.isHeld], [[], 'missing', true]);
  world.engine.provideToken('one');
  world.settle();
  assert.deepEqual([world.dials, world.engine.tokenState()], [['one'], 'fresh']);
  world.engine.provideToken('two');
  assert.equal(world.link.token, 'two');
  assert.equal(world.engine.refuseToken(), false);
});

test('a request for a token that is not wanted any more is not passed on', () => {
  const world = new World({ token: () => 'unused' });
  world.isTaking = false;
  world.engine.connect();
  world.settle();
  world.engine.disconnect();
  world.take();
  assert.deepEqual(world.notices('token'), []);
});

test('a connected client holds the process, unless it is unreferenced', async () => {
  const world = new World();
  assert.equal(world.isHeld, false);
  world.engine.connect();
  assert.equal(world.isHeld, true);
  world.settle();
  assert.deepEqual([world.isHeld, world.link.isHeld], [true, true]);
  world.engine.unref();
  assert.deepEqual([world.isHeld, world.link.isHeld], [false, false]);
  world.engine.ref();
  assert.deepEqual([world.isHeld, world.link.isHeld], [true, true]);
  world.engine.disconnect();
  assert.equal(world.isHeld, true, 'the close is under way');
  await world.link.finishClose();
  assert.deepEqual([world.isHeld, world.timers], [false, 0], 'nothing is left');
  assert.equal(world.signal, undefined, 'and no listener');
});

test('a WebSocket that replaces long-polling holds no process either', () => {
  const world = World.connected();
  world.engine.unref();
  // As the runtime makes it.
  world.link.isHeld = true;
  world.link.progress();
  assert.equal(world.link.isHeld, false);
});

test('a message that waits holds the process until it has expired', () => {
  const world = new World({ outbox: { maxAgeMs: 1000 } });
  const id = world.engine.emit(message({ n: 1 }));
  assert.equal(world.isHeld, true);
  world.pass(1000);
  const [outcome] = world.notices('outcome');
  assert.deepEqual([outcome.id, outcome.error.code], [id, 'EXPIRED']);
  assert.deepEqual([world.isHeld, world.timers], [false, 0]);
});

test('a volatile message is dropped at once when there is no connection', () => {
  const world = new World();
  assert.equal(world.engine.emit(message({ n: 1 }, { volatile: true })), null);
});

test('the outbox refuses what does not fit', () => {
  const world = new World({ outbox: { maxMessages: 1 } });
  world.engine.emit(message({ n: 1 }));
  assert.throws(() => world.engine.emit(message({ n: 2 })), { code: 'OUTBOX_FULL' });
});

test('a defect ends the connection with an error, and the user may connect again', () => {
  const world = World.connected();
  world.random = undefined;
  world.link.lose({ reason: 'x' });
  assert.deepEqual(
    world.notices('error').map(({ code, message }) => [code, message]),
    [['INTERNAL_ERROR', 'the connection task failed: Error: no randomness']],
  );
  assert.equal(world.states.at(-1), 'disconnected: internal error');
  assert.equal(world.isHeld, false);
  world.random = 0.5;
  world.engine.connect();
  world.settle();
  assert.equal(world.states.at(-1), 'connected');
});

test('destroy drops everything', async () => {
  const world = World.connected();
  world.isTaking = false;
  world.link.event('t', 1);
  world.engine.destroy();
  assert.equal(world.engine.next(), undefined);
  assert.equal(world.engine.stats().subscriptions, 0);
  await world.link.finishClose();
  world.settle();
  assert.deepEqual([world.timers, world.isHeld], [0, false]);
});

test('binary events have their bytes in their places, and count with all of them', () => {
  const world = World.connected();
  world.isTaking = false;
  const header =
    '451-["event",{"id":"b","topic":"t","source":"database","type":"x","payload":{"data":{"_placeholder":true,"num":0}},"metadata":{}}]';
  world.link.receive(header);
  world.link.receive(new Uint8Array(1000).fill(7));
  assert.equal(world.engine.stats().inboxBytes, header.length + 1000);
  const event = world.engine.next();
  assert.deepEqual(event.payload.data, Buffer.alloc(1000, 7));
});

test('stats have the members of the native engine', async () => {
  const { createEngine } = await import('../../../../lib/engines/native/engine.js');
  const { parseOptions } = await import('../../../../lib/options/client.js');
  const { config } = parseOptions({ url: 'http://127.0.0.1:1', token: 'token' });
  const native = createEngine(config, () => {});
  const world = new World();
  assert.deepEqual(world.engine.stats(), { ...native.stats() });
  native.destroy();
});
