/** The life of a page: what the client does on each signal, in frames and in what the user sees. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pageLifecycle } from '../../../../lib/engines/javascript/lifecycle.js';
import { START, World } from './world.js';

/** How long the server may take to answer. */
const ANSWER = 2000;
const SUBSCRIBE = /^42\d+\["subscribe",/;

/** A client whose server is known to answer: the first seconds of a link are for learning that. */
function connected(options) {
  const world = World.connected(options);
  world.pass(3000);
  world.link.frames.length = 0;
  world.takeItems();
  return world;
}

test('a page in the back/forward cache leaves no ghost, and is back at once', () => {
  const world = connected();
  world.page('suspend');
  assert.deepEqual(world.link.end, { code: 4001 }, 'no farewell: the server may keep the session');
  assert.deepEqual(world.notices('connection'), [{ state: 'reconnecting', reason: 'page suspended', attempt: 1 }]);
  const suspended = world.now;
  world.pass(3_600_000);
  assert.equal(world.dials.length, 1, 'it holds');
  world.page('wake', 'visible', 'restore');
  assert.equal(world.dials.length, 2);
  assert.deepEqual(world.states, ['reconnecting: page suspended', 'connected']);
  assert.ok(world.link.frames.some((frame) => SUBSCRIBE.test(frame)));
  const [gap] = world.notices('gap');
  assert.ok(gap.since <= START - 5000 + suspended);
  assert.deepEqual([gap.reason, gap.until], ['page suspended', START - 5000 + world.now]);
});

test('a page that is restored takes its socket for dead, whatever the runtime says', () => {
  const world = connected();
  world.freeze(60_000);
  world.page('wake', 'visible', 'restore');
  assert.equal(world.links[0].end, 'dropped');
  assert.deepEqual(world.states, ['reconnecting: page restored', 'connected']);
  assert.equal(world.notices('gap')[0].reason, 'page restored');
});

test('a dial from before the back/forward cache is dead, too', () => {
  const world = new World();
  world.isReachable = false;
  world.engine.connect();
  world.page('restore');
  assert.deepEqual([world.cancelled, world.dials.length], [1, 2]);
});

test('a restored page does not wait for the close of the former link, or for the back-off', () => {
  const world = connected();
  world.isReachable = false;
  world.link.lose({ reason: 'x' });
  world.pass(1000);
  world.failDial();
  world.page('suspend', 'restore');
  assert.equal(world.dials.length, 3, 'the delay of 2 s was not over');
});

test('a healthy link stays after freeze and resume', () => {
  const world = connected();
  world.freeze(600_000, () => world.link.event('t', 1));
  world.page('wake');
  assert.equal(world.link.frames[0], '40/-,', 'it asks at once');
  world.pass(60_000);
  assert.deepEqual([world.links.length, world.link.end, world.states], [1, undefined, []]);
  assert.deepEqual(world.events, ['1']);
});

test('a dead link is replaced two seconds after it was asked', () => {
  const world = connected();
  world.link.isAnswering = false;
  world.page('wake');
  const asked = world.now;
  assert.deepEqual(world.link.frames, ['40/-,']);
  world.pass(ANSWER - 1);
  assert.equal(world.link.end, undefined);
  world.pass(1);
  assert.equal(world.links[0].end, 'dropped');
  assert.deepEqual(world.notices('connection'), [
    { state: 'reconnecting', reason: 'ping timeout: nothing heard for 2000 ms', attempt: 1, retryIn: 0 },
    { state: 'connected', recovered: false },
  ]);
  assert.equal(world.links.length, 2, 'at once');
  assert.ok(world.notices('gap')[0].since <= START - 5000 + asked);
});

test('several signals at once ask once, and each of them starts the wait again', () => {
  const world = connected();
  world.link.isAnswering = false;
  world.page('wake', 'visible', 'online');
  assert.deepEqual(world.link.frames, ['40/-,']);
  world.pass(1500);
  world.page('wake');
  world.pass(1500);
  assert.deepEqual([world.link.frames.length, world.link.end], [1, undefined]);
  world.pass(500);
  assert.equal(world.links[0].end, 'dropped');
});

test('on /ws the question is the JSON ping', () => {
  const world = new World({ protocol: 'ws' });
  world.engine.connect();
  world.settle();
  world.pass(3000);
  world.link.frames.length = 0;
  world.page('wake');
  assert.deepEqual(world.link.frames, ['{"type":"ping"}']);
});

test('a server that was never seen to answer is not judged by its silence', () => {
  const world = World.connected({ heartbeat: false });
  world.link.isAnswering = false;
  world.page('wake');
  world.pass(ANSWER);
  assert.deepEqual([world.link.end, world.states], [undefined, []]);
  world.pass(46_000);
  assert.equal(world.links[0].end, 'dropped', 'its own pings decide');
});

test('an answer shows that a server answers', () => {
  const world = World.connected({ heartbeat: false });
  world.page('wake');
  world.link.isAnswering = false;
  world.pass(5000);
  world.page('wake');
  world.pass(ANSWER);
  assert.equal(world.links[0].end, 'dropped');
});

test('a machine that has slept asks at once, and dates the gap from before', () => {
  const world = connected();
  world.pass(700);
  const before = START - 5000 + world.now;
  world.sleep(3_600_000);
  world.link.isAnswering = false;
  world.pass(1300);
  assert.deepEqual(world.link.frames, ['40/-,'], 'with the first timer');
  world.pass(ANSWER);
  assert.deepEqual(world.states, ['reconnecting: ping timeout: nothing heard for 2000 ms', 'connected']);
  const [gap] = world.notices('gap');
  assert.ok(gap.since <= before, `${gap.since - before} ms too late`);
  assert.ok(gap.until >= before + 3_600_000);
});

test('a timer that comes late is a reason to ask, not to judge', () => {
  const world = connected();
  world.freeze(120_000);
  assert.deepEqual(world.link.frames, ['40/-,']);
  world.pass(10_000);
  assert.deepEqual([world.links.length, world.states], [1, []]);
});

test('a hidden page does not judge the silence of its server', () => {
  const world = connected();
  world.page('hidden');
  world.link.isAnswering = false;
  world.pass(600_000);
  assert.deepEqual([world.link.end, world.link.frames, world.states], [undefined, [], []]);
  world.page('visible');
  assert.deepEqual(world.link.frames, ['40/-,']);
  world.pass(ANSWER);
  assert.equal(world.links.length, 2);
});

test('a hidden page receives, answers the pings of its server, and is judged again when visible', () => {
  const world = connected();
  world.page('hidden');
  world.link.receive('2');
  world.link.event('t', 1);
  assert.deepEqual([world.link.frames, world.events], [['3'], ['1']]);
  world.page('visible');
  world.pass(10_000);
  assert.deepEqual(world.states, []);
  world.link.isAnswering = false;
  world.pass(4500);
  assert.match(world.states[0], /heartbeat timeout/);
});

test('a link that opens while the page is hidden is not judged either', () => {
  const world = new World();
  world.initialSignal = 'hidden';
  world.engine.connect();
  world.settle();
  assert.deepEqual(world.states, ['connecting', 'connected'], 'the user has asked for it');
  world.link.isAnswering = false;
  world.pass(600_000);
  assert.equal(world.link.end, undefined);
});

test('a hidden page waits with reconnects until it is visible, with jitter', () => {
  const world = connected();
  world.page('hidden');
  world.link.lose({ reason: 'x' });
  world.pass(600_000);
  assert.equal(world.dials.length, 1);
  world.random = 0.7;
  world.page('visible');
  world.pass(699);
  assert.equal(world.dials.length, 1);
  world.pass(1);
  assert.deepEqual(world.states, ['reconnecting: x', 'connected']);
});

test('offline ends the link at once, and no attempt is made', () => {
  const world = connected({ reconnectionAttempts: 1 });
  world.page('offline');
  assert.equal(world.link.end, 'dropped');
  assert.deepEqual(world.notices('connection'), [{ state: 'reconnecting', reason: 'offline', attempt: 1 }]);
  world.pass(3_600_000);
  assert.equal(world.dials.length, 1);
  world.page('online');
  world.pass(500);
  assert.deepEqual(world.states, ['reconnecting: offline', 'connected']);
  assert.equal(world.notices('gap')[0].reason, 'offline');
});

test('online skips the back-off once', () => {
  const world = connected({ reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
  world.isReachable = false;
  world.link.lose({ reason: 'x' });
  world.page('online');
  world.pass(499);
  assert.equal(world.dials.length, 1);
  world.pass(1);
  assert.equal(world.dials.length, 2);
  world.failDial();
  world.pass(59_999);
  assert.equal(world.dials.length, 2, 'once');
});

test('a page that is offline and hidden waits for both', () => {
  const world = connected();
  world.page('hidden', 'offline', 'visible');
  world.pass(5000);
  assert.equal(world.dials.length, 1);
  world.page('hidden', 'online');
  world.pass(5000);
  assert.equal(world.dials.length, 1);
  world.page('visible');
  world.pass(500);
  assert.equal(world.dials.length, 2);
});

test('a loopback server is reached without a network', () => {
  const world = World.connected({ url: 'http://localhost:3000' });
  world.page('offline');
  assert.deepEqual([world.link.end, world.states], [undefined, []]);
});

test('nothing connects what the user has disconnected', async () => {
  const world = connected();
  const { signal } = world;
  world.engine.disconnect();
  for (const each of ['suspend', 'restore', 'wake', 'hidden', 'visible', 'offline', 'online']) signal(each);
  world.pass(10_000);
  await world.link.finishClose();
  world.pass(10_000);
  assert.deepEqual([world.dials.length, world.states], [1, ['disconnected: client disconnect']]);
  assert.equal(world.signal, undefined, 'it does not listen any more');
  world.engine.connect();
  world.settle();
  assert.equal(world.states.at(-1), 'connected', 'what was said then is forgotten');
});

test('a client that the page has put away can be disconnected', () => {
  const world = connected();
  world.page('suspend');
  world.engine.disconnect();
  world.settle();
  assert.equal(world.signal, undefined);
  assert.deepEqual(world.states, ['reconnecting: page suspended', 'disconnected: client disconnect']);
  assert.deepEqual([world.timers, world.isHeld], [0, false]);
});

test('without reconnection the page ends the connection for good', () => {
  for (const signal of ['suspend', 'offline', 'restore']) {
    const world = connected({ reconnection: false });
    world.page(signal);
    world.page('restore', 'online');
    world.pass(10_000);
    assert.deepEqual(
      [world.states.length, world.states[0].startsWith('disconnected: '), world.dials.length],
      [1, true, 1],
    );
  }
});

test('the server may recover the session after the back/forward cache', () => {
  const world = new World();
  world.pid = 'p';
  world.engine.connect();
  world.engine.subscribe('t', undefined, undefined);
  world.settle();
  world.link.receive('42["event",{"id":"1","topic":"t","source":"database","payload":{},"metadata":{}},"offset-1"]');
  world.page('suspend');
  world.pass(5000);
  world.page('restore');
  assert.equal(world.link.frames[0], '40{"offset":"offset-1","pid":"p","token":"token"}');
  assert.deepEqual(world.notices('connection').at(-1), { state: 'connected', recovered: true });
  assert.deepEqual(world.notices('gap'), []);
});

test('messages wait while the page is away', () => {
  const world = connected();
  world.page('suspend');
  world.engine.joinChannel('c');
  world.page('restore');
  assert.ok(world.link.frames.some((frame) => frame.includes('"channel:join"')));
  assert.equal(world.notices('outcome').length, 1);
});

test('the page says what has happened', (t) => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const names = ['document', 'navigator', 'addEventListener', 'removeEventListener'];
  const own = new Map(names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]));
  const frame = new EventTarget();
  const values = {
    document: page,
    navigator: { onLine: true },
    addEventListener: frame.addEventListener.bind(frame),
    removeEventListener: frame.removeEventListener.bind(frame),
  };
  for (const name of names)
    Object.defineProperty(globalThis, name, { value: values[name], configurable: true, writable: true });
  t.after(() => {
    for (const [name, descriptor] of own) {
      if (descriptor === undefined) delete globalThis[name];
      else Object.defineProperty(globalThis, name, descriptor);
    }
  });
  const signals = [];
  const end = pageLifecycle.subscribe((signal) => signals.push(signal));
  const fire = (target, type, more) => target.dispatchEvent(Object.assign(new Event(type), more));
  fire(frame, 'pagehide', { persisted: false });
  fire(frame, 'pagehide', { persisted: true });
  const show = (state) => {
    page.visibilityState = state;
    fire(page, 'visibilitychange');
  };
  show('hidden');
  fire(page, 'freeze');
  fire(page, 'resume');
  show('visible');
  fire(frame, 'pageshow', { persisted: false });
  fire(frame, 'pageshow', { persisted: true });
  fire(frame, 'offline');
  fire(frame, 'online');
  assert.deepEqual(signals.splice(0), ['suspend', 'hidden', 'suspend', 'visible', 'restore', 'offline', 'online']);
  show('hidden');
  fire(page, 'freeze');
  fire(page, 'resume');
  assert.deepEqual(signals.splice(0), ['hidden', 'suspend'], 'a page that is thawed in the background stays away');
  show('visible');
  show('hidden');
  show('visible');
  assert.deepEqual(signals.splice(0), ['visible', 'restore', 'hidden', 'visible']);
  end();
  fire(frame, 'pagehide', { persisted: true });
  fire(page, 'resume');
  assert.deepEqual(signals, []);
  page.visibilityState = 'hidden';
  pageLifecycle.subscribe((signal) => signals.push(signal))();
  assert.deepEqual(signals, ['hidden']);
});

test('a runtime without a page has no signals', () => {
  const signals = [];
  pageLifecycle.subscribe((signal) => signals.push(signal))();
  assert.deepEqual(signals, []);
});
