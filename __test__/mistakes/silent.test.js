/**
 * Mistakes that no call and no error shows: the hints about them, with both engines and a real
 * server. Each hint is given once per process, so the order of the tests matters.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { holdTimers } from '../support/hand-wound-timers.js';
import { collectWarnings } from '../support/warnings.js';

/** Between two looks at a client. */
const tick = holdTimers(5000);
const { observe } = await import('../support/observed-client.js');
const { RealtimeClient } = await import('../../lib/index.js');
const { startPlatform } = await import('../support/local-platform.js');

/** The client has been connected, and has not changed, for long enough. */
const wait = () => {
  for (let i = 0; i < 3; i++) tick();
};

/** A client without listeners of events. */
async function connect(t, platform, options) {
  const client = new RealtimeClient({ url: platform.url, token: platform.token(), ...options });
  t.after(() => client.destroy());
  await new Promise((resolve) => client.on('connection', ({ state }) => state === 'connected' && resolve(undefined)));
  return client;
}

test('programs without a mistake get no hint', async (t) => {
  const platform = await startPlatform(t);
  const warnings = collectWarnings(t);
  const early = await connect(t, platform);
  early.on('event:a', () => {});
  tick();
  early.subscribe({ topic: 'a' });
  tick();
  early.on('event', () => {});
  wait();

  const general = observe(t, { url: platform.url, token: platform.token() });
  general.client.subscribe({ topic: 'a' });
  const twice = general.client.subscribe({ topic: 'b' });
  general.client.unsubscribe(twice);
  general.client.unsubscribe(twice);
  await general.reached('connected');
  wait();

  const channels = await connect(t, platform);
  channels.on('event:lobby', () => {});
  channels.on('event:direct', () => {});
  channels.on('event', () => {});
  await channels.socketClient.joinChannel('lobby');
  wait();

  const documents = await connect(t, platform, { token: platform.token({ permissions: ['service'] }) });
  await documents.sync.create('notes', {}, 'n1');
  const live = documents.sync.watch('notes', 'n1');
  await live.ready();
  wait();
  live.close();
  wait();

  const sender = await connect(t, platform, { token: platform.token({ permissions: ['service'] }) });
  await sender.socketClient.publish('lobby', 'note');
  wait();

  const pattern = await connect(t, platform);
  pattern.on('event:a.b', () => {});
  pattern.subscribe({ topic: 'a.*' });
  pattern.subscribe({ topic: 'a.b' });
  wait();
  assert.deepEqual(await warnings(), []);
});

test('a client that is not connected gets no hint, and none after its end', async (t) => {
  const platform = await startPlatform(t);
  const warnings = collectWarnings(t);
  const idle = new RealtimeClient({ url: platform.url, token: platform.token(), autoConnect: false });
  t.after(() => idle.destroy());
  idle.on('event:a', () => {});
  wait();
  const gone = await connect(t, platform);
  gone.on('event:a', () => {});
  tick();
  gone.destroy();
  wait();
  const left = await connect(t, platform);
  left.on('event:a', () => {});
  left.disconnect();
  wait();
  assert.equal(tick(), 0, 'nothing waits any more');
  assert.deepEqual(await warnings(), []);
});

test('unsubscribe() with something else than an ID of subscribe()', async (t) => {
  const warnings = collectWarnings(t);
  const client = new RealtimeClient({ url: 'http://localhost', token: 'token', autoConnect: false });
  t.after(() => client.destroy());
  client.subscribe({ topic: 'session.status' });
  client.unsubscribe('session.status');
  client.unsubscribe('sub_2');
  assert.deepEqual(await warnings(), [
    [
      'UNKNOWN_SUBSCRIPTION',
      "RealtimeClient.unsubscribe(): 'session.status' is a topic, not an ID: nothing was ended. Pass what subscribe() returned, such as 'sub_1'.",
    ],
  ]);
});

test('a listener without a subscription', async (t) => {
  const platform = await startPlatform(t);
  const warnings = collectWarnings(t);
  const client = await connect(t, platform);
  client.on('event:session.status', () => {});
  client.on('event:order.updated', () => {});
  wait();
  wait();
  const expected = [
    [
      'LISTENER_WITHOUT_SUBSCRIPTION',
      "RealtimeClient.on(): no event comes to 'event:session.status', 'event:order.updated': nothing is subscribed to these topics. Call subscribe({ topic: 'session.status' }) as well.",
    ],
  ];
  assert.deepEqual(await warnings(), expected);
  const second = await connect(t, platform);
  second.on('event:a', () => {});
  wait();
  assert.deepEqual(await warnings(), [], 'once per process');
});

test('a subscription without a listener', async (t) => {
  const platform = await startPlatform(t);
  const warnings = collectWarnings(t);
  const client = await connect(t, platform);
  client.subscribe({ topic: 'session.status' });
  wait();
  assert.deepEqual(await warnings(), [
    [
      'SUBSCRIPTION_WITHOUT_LISTENER',
      "RealtimeClient.subscribe(): no listener hears the events of 'session.status': they are dropped. Listen with on('event:session.status', ...), or on('event', ...) for all topics.",
    ],
  ]);
});

test('a wildcard, on a server that knows none', async (t) => {
  const platform = await startPlatform(t);
  const warnings = collectWarnings(t);
  const { client, reached } = observe(t, { url: platform.url, token: platform.token() });
  client.subscribe({ topic: 'order.*' });
  await reached('connected');
  platform.publish({ topic: 'order.updated', payload: {} });
  wait();
  assert.deepEqual(await warnings(), [
    [
      'WILDCARD_WITHOUT_EVENTS',
      "RealtimeClient.subscribe(): no event has come by 'order.*' so far. To a server without wildcards '*' is a character like any other: subscribe to each topic by its name.",
    ],
  ]);
});

test('a filter that can match none of the events that come', async (t) => {
  const platform = await startPlatform(t);
  const warnings = collectWarnings(t);
  const { client, reached, seen } = observe(t, { url: platform.url, token: platform.token() });
  client.subscribe({ topic: 'session.status' });
  client.subscribe({ topic: 'session.status', filter: { status: { in: ['active'] }, 'exam.campusId': '12' } });
  client.subscribe({ topic: 'session.status', filter: { status: 'rare' } });
  await platform.subscribed('session.status', { count: 3 });
  await reached('connected');
  wait();
  const publish = async (from, to) => {
    for (let n = from; n < to; n++)
      platform.publish({ topic: 'session.status', payload: { n, status: 'active', exam: { campusId: 12 } } });
    await seen('event', ({ payload }) => payload.n === to - 1);
  };
  await publish(0, 19);
  assert.deepEqual(await warnings(), [], 'too few to be sure');
  await publish(19, 40);
  assert.deepEqual(await warnings(), [
    [
      'FILTER_MATCHES_NOTHING',
      "RealtimeClient.subscribe(): the filter of sub_2 matches no event of 'session.status': 'exam.campusId' is a number in them and a string in the filter.",
    ],
  ]);
});

/** Hints that were not given yet, about an engine that is connected. */
let copies = 0;
async function freshHints() {
  copies += 1;
  const { Hints } = await import(`../../lib/engines/hints/hints.js?copy=${copies}`);
  const events = [];
  const nothing = () => {};
  const engine = {
    connect: nothing,
    disconnect: nothing,
    destroy: nothing,
    listen: nothing,
    subscribe: () => `sub_${++engine.count}`,
    unsubscribe: () => false,
    joinChannel: nothing,
    leaveChannel: nothing,
    next: () => events.shift(),
    stats: () => ({ transport: 'websocket', eventsReceived: 0 }),
    count: 0,
  };
  const { next } = engine;
  new Hints(engine).watch();
  engine.connect();
  return { engine, events, next };
}

test("a listener of 'event' without any subscription", async (t) => {
  const warnings = collectWarnings(t);
  const { engine } = await freshHints();
  engine.listen(null, true);
  wait();
  assert.deepEqual(await warnings(), [
    [
      'LISTENER_WITHOUT_SUBSCRIPTION',
      "RealtimeClient.on(): no event comes to 'event': nothing is subscribed. Call subscribe({ topic }) as well.",
    ],
  ]);
});

test('unsubscribe() with an ID of another client, or a secret, repeats nothing', async (t) => {
  const warnings = collectWarnings(t);
  const { engine } = await freshHints();
  engine.subscribe('a');
  engine.unsubscribe('sub_1');
  assert.deepEqual(await warnings(), [], 'ended twice');
  engine.unsubscribe('eyJhbGciOiJIUzI1NiJ9.secret.part');
  engine.unsubscribe('sub_2');
  assert.deepEqual(await warnings(), [
    [
      'UNKNOWN_SUBSCRIPTION',
      "RealtimeClient.unsubscribe(): no subscription ever had this ID: nothing was ended. Pass what subscribe() returned, such as 'sub_1'.",
    ],
  ]);
});

test('the events of a filter: a member that they lack, and what proves nothing', async (t) => {
  const warnings = collectWarnings(t);
  for (const [filter, payload, fault] of [
    [{ campsId: 12 }, { campusId: 12 }, "they have no 'campsId'"],
    [{ n: { eq: '1' } }, { n: 1 }, "'n' is a number in them and a string in the filter"],
    [{ n: { in: [2, 3] } }, { n: 1 }, undefined],
    [{ n: { in: [] } }, { n: 1 }, undefined],
    [{ n: null }, { n: 1 }, undefined],
    [{ n: '1' }, { n: null }, undefined],
    [{ 'a.b': 1 }, { a: { b: 2 } }, undefined],
    [{ 'a.b': 1 }, { 'a.b': 2, a: 5 }, undefined],
  ]) {
    const { engine, events, next } = await freshHints();
    engine.listen('t', true);
    engine.subscribe('t');
    engine.subscribe('t', filter);
    assert.equal(engine.next, next);
    wait();
    assert.notEqual(engine.next, next, 'it looks at events');
    for (let n = 0; n < 30; n++) events.push({ topic: 't', payload }, ['connection', {}], { topic: 'other' });
    for (let n = 0; n < 90; n++) assert.notEqual(engine.next(), undefined);
    assert.equal(engine.next, next, 'it has looked at enough');
    const expected = `RealtimeClient.subscribe(): the filter of sub_2 matches no event of 't': ${fault}.`;
    assert.deepEqual(await warnings(), fault === undefined ? [] : [['FILTER_MATCHES_NOTHING', expected]]);
  }
});
