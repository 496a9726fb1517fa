/**
 * What happens to events beyond the limits: by example, and by random walks after which every event
 * must be accounted for. As `src/client/inbox/overflow_tests.rs` has it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInbox, MAX_NOTICES } from '../../../../lib/engines/javascript/inbox/inbox.js';
import { MAX_TOPICS } from '../../../../lib/engines/javascript/inbox/missed.js';

const POLICIES = ['disconnect', 'drop-oldest', 'drop-newest', 'latest'];
const MANY = Number.MAX_SAFE_INTEGER;
/** The bytes of an event here. */
const SIZE = 20;

/** An inbox, its clock, and the items that were taken from it. */
class World {
  now = 0;
  pushed = 0;
  taken = [];
  /** When the latest event was received. */
  #watermark = 0;

  constructor(maxEvents, maxBytes, overflow) {
    this.inbox = createInbox(0, { maxEvents, maxBytes, overflow }, 0, () => true);
  }

  /** Receives the next event. Returns whether the inbox is full. */
  push(topic, bytes = SIZE) {
    this.inbox.push(this.now, this.#watermark, { n: this.pushed, topic }, bytes);
    this.#watermark = this.now;
    this.pushed += 1;
    return this.inbox.updateFull();
  }

  take() {
    const item = this.inbox.next(() => this.now);
    if (item !== undefined) this.taken.push(item);
    return item;
  }

  takeAll() {
    const from = this.taken.length;
    while (this.take() !== undefined);
    return this.taken.slice(from);
  }

  get events() {
    return this.inbox.depth().count;
  }
}

const numbers = (items) => items.flatMap(({ n }) => (n === undefined ? [] : [n]));
const range = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);
const isSlow = (item) => item[0] === 'slow';

test('drop-oldest keeps the newest and never holds more', () => {
  for (const most of [1, 2, 10, 100, 5000]) {
    const world = new World(most, MANY, 'drop-oldest');
    for (let n = 1; n <= 3 * most + 7; n += 1) {
      assert.equal(world.push('t'), false, 'it is never full');
      assert.equal(world.events, Math.min(n, most));
    }
    const kept = numbers(world.takeAll());
    assert.deepEqual(kept, range(world.pushed - most, world.pushed));
    assert.equal(kept.length + world.inbox.count.droppedOverflow, world.pushed);
  }
});

test('endless drops are reported every ten seconds to a user who takes anything', () => {
  const world = new World(100, MANY, 'drop-oldest');
  const pass = (seconds) => {
    world.now += seconds * 1000;
    for (let n = 0; n < 300; n += 1) world.push('t');
    return world.inbox.takeMissed(world.now)?.count;
  };
  assert.equal(pass(0), undefined);
  assert.equal(pass(9), undefined);
  assert.equal(pass(1), 800, 'ten seconds after the first');
  for (let n = 0; n < 6; n += 1)
    assert.equal(pass(10), undefined, 'nothing was taken since: another report would only wait');
  assert.ok(isSlow(world.take()));
  assert.ok(world.take());
  assert.ok(pass(1) > 0);
});

test('drop-newest accepts nothing until half is free', () => {
  const world = new World(10, MANY, 'drop-newest');
  for (let n = 0; n < 25; n += 1) assert.equal(world.push('t'), false);
  assert.deepEqual([world.events, world.inbox.count.droppedOverflow], [10, 15]);
  assert.equal(world.inbox.takeMissed(world.now), undefined, 'events are still dropped');
  const kept = [];
  while (!world.inbox.isAwaited()) {
    kept.push(...numbers([world.take()]));
    world.push('u');
  }
  const missed = world.inbox.takeMissed(world.now);
  assert.ok(missed.concerns('t') && missed.concerns('u') && !missed.concerns('v'));
  const again = world.pushed;
  world.push('t');
  kept.push(...numbers(world.takeAll()));
  assert.deepEqual(kept, [...range(0, 10), again]);
});

test('a full inbox that has dropped nothing accepts events again', () => {
  const world = new World(4, MANY, 'drop-newest');
  for (let round = 1; round <= 3; round += 1) {
    for (let n = 0; n < 4; n += 1) world.push('t');
    world.takeAll();
    assert.deepEqual([world.inbox.count.eventsDelivered, world.inbox.count.droppedOverflow], [4 * round, 0]);
  }
});

test('latest keeps the newest of each topic in order', () => {
  const world = new World(10, MANY, 'latest');
  for (const topic of ['a', 'b', 'a', 'c']) world.push(topic);
  assert.deepEqual(numbers(world.takeAll()), [0, 1, 2, 3], 'every event is delivered while there is room');
  for (const topic of ['x', 'a', 'b', ...range(0, 100).map((n) => 'abc'[n % 3])]) {
    assert.equal(world.push(topic), false);
    assert.ok(world.events <= 10);
  }
  assert.deepEqual([world.events, world.inbox.count.droppedOverflow], [4, 99]);
  assert.equal(world.inbox.takeMissed(world.now), undefined, 'events are still dropped');
  world.inbox.pushNotice(['joined', { channel: 'c' }], 10);
  const taken = world.takeAll().filter((item) => !isSlow(item));
  assert.deepEqual(
    [numbers(taken), taken.at(-1)],
    [
      [4, 104, 105, 106],
      ['joined', { channel: 'c' }],
    ],
  );
  const missed = world.inbox.takeMissed(world.now);
  assert.ok(['a', 'b', 'c'].every((topic) => missed.concerns(topic)) && !missed.concerns('x'));
  world.push('a');
  assert.deepEqual(numbers(world.takeAll()), [107]);
});

test('latest is bounded by topics and bytes', () => {
  const world = new World(10, MANY, 'latest');
  for (let n = 0; n < 1000; n += 1) {
    world.push(`t${n}`);
    assert.ok(world.events <= 10);
  }
  assert.deepEqual(numbers(world.takeAll()), range(990, 1000));
  const small = new World(1000, 2000, 'latest');
  for (let n = 0; n < 1000; n += 1) {
    small.push(`t${n}`);
    assert.ok(small.inbox.depth().bytes <= 2000);
  }
  assert.deepEqual(numbers(small.takeAll()), range(900, 1000));
});

test('latest conflates a queue of many topics in bounded time', () => {
  const world = new World(10_000, MANY, 'latest');
  for (let n = 0; n < 200_000; n += 1) world.push(`t${n % 9000}`);
  assert.deepEqual([world.events, world.inbox.count.droppedOverflow], [9000, 191_000]);
});

test('the newest event is kept however large it is', () => {
  for (const overflow of POLICIES) {
    const world = new World(100, 1000, overflow);
    world.push('t', 5000);
    assert.deepEqual(numbers(world.takeAll()), [0], overflow);
  }
});

test('it warns once at half and again after a quarter', () => {
  for (const overflow of POLICIES) {
    const world = new World(16, MANY, overflow);
    for (let n = 0; n < 8; n += 1) world.push('t');
    assert.equal(world.inbox.pollWake(0), 0);
    for (let n = 8; n < 12; n += 1) world.push('t');
    const warning = { events: 12, bytes: 12 * SIZE, maxEvents: 16, maxBytes: MANY, overflow, dropped: 0 };
    assert.deepEqual(world.take(), ['slow', warning], 'the warning overtakes the events');
    for (let n = 0; n < 7; n += 1) {
      world.take();
      world.push('t');
    }
    assert.equal(world.taken.filter(isSlow).length, 1, 'more than a quarter is left');
    world.takeAll();
    for (let n = 0; n < 9; n += 1) world.push('t');
    assert.equal(world.take()[1].events, 9, overflow);
    assert.ok(!world.takeAll().some(isSlow), 'the warning was taken');
  }
});

test('the warning does not wait for more events', () => {
  const inbox = createInbox(0, { maxEvents: 4, maxBytes: MANY, overflow: 'disconnect' }, 1000, () => true);
  for (const at of [1, 2]) inbox.push(at, at, { topic: 't' }, SIZE);
  assert.equal(inbox.pollWake(2), 1001);
  inbox.push(3, 3, { topic: 't' }, SIZE);
  assert.equal(inbox.pollWake(3), 3);
});

test('there is nothing to warn of when the events were discarded', () => {
  const world = new World(16, MANY, 'disconnect');
  for (let n = 0; n < 9; n += 1) world.push('t');
  world.inbox.discardEvents();
  assert.equal(world.take(), undefined);
  for (let n = 0; n < 9; n += 1) world.push('t');
  assert.ok(isSlow(world.take()));
});

test('notices are never dropped, and many of them fill the inbox', () => {
  for (const overflow of POLICIES) {
    const world = new World(3, MANY, overflow);
    for (let n = 0; n < MAX_NOTICES.count; n += 1) {
      assert.ok(!world.inbox.updateFull() || (overflow === 'disconnect' && n > 100), `${n}`);
      world.inbox.pushNotice(['outcome', { id: n }], 10);
      if (n % 100 === 0 && world.events < 3) world.push('t');
    }
    assert.equal(world.inbox.updateFull(), true, overflow);
    world.inbox.discardEvents();
    assert.equal(world.inbox.updateFull(), true);
    assert.equal(world.takeAll().filter((item) => item[0] === 'outcome').length, MAX_NOTICES.count);
    assert.ok(world.inbox.isAwaited() && !world.inbox.updateFull());
  }
});

test('the topics of dropped events are bounded and never too few', () => {
  const world = new World(1, MANY, 'drop-oldest');
  for (let n = 0; n <= MAX_TOPICS; n += 1) world.push(`t${n}`);
  for (const more of [false, true]) {
    world.now += 10_000;
    const missed = world.inbox.takeMissed(world.now);
    assert.equal(missed.count, more ? MAX_TOPICS + 1 : MAX_TOPICS);
    assert.deepEqual(
      [missed.concerns('t0'), missed.concerns(`t${MAX_TOPICS - 1}`), missed.concerns('other')],
      [!more, !more, more].map((listed) => listed || more),
    );
    world.takeAll();
    for (let n = 0; n < MAX_TOPICS + 2; n += 1) world.push(`u${n}`);
  }
});

test('latest keeps the mark of events to filter', () => {
  const wanted = new Set(['t']);
  const inbox = createInbox(0, { maxEvents: 10, maxBytes: MANY, overflow: 'latest' }, 0, ({ topic }) =>
    wanted.has(topic),
  );
  const push = (topic) => inbox.push(0, 0, { topic }, SIZE);
  const takeAll = () => {
    const topics = [];
    for (let item = inbox.next(() => 0); item !== undefined; item = inbox.next(() => 0))
      if (!isSlow(item)) topics.push(item.topic);
    return topics;
  };
  push('ended');
  inbox.markForFiltering();
  for (let n = 0; n < 20; n += 1) push('t');
  assert.deepEqual(takeAll(), ['t']);
  push('ended');
  assert.deepEqual(takeAll(), ['ended'], 'it is newer than the mark');
});

/** A random number generator of 32 bits, for walks that can be repeated. */
function generator(seed) {
  let state = seed + 0x9e3779b9;
  return (from, to) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return from + (((bits ^ (bits >>> 14)) >>> 0) % (to - from));
  };
}

/**
 * The user and the driver act in random order. In the end every event was taken, or a report covers
 * it. Returns how many events were dropped.
 */
function walk(seed) {
  const random = generator(seed);
  const overflow = POLICIES[random(0, 4)];
  const most = random(0, 2) ? random(1, 40) : random(1, 3);
  const bytes = random(0, 2) ? MANY : random(50, 2000);
  const world = new World(most, bytes, overflow);
  const log = [];
  const reported = [];
  let notices = 0;
  let isFull = false;
  let [slow, fast] = [random(1, 20), 20];
  for (let step = 0; step < 600; step += 1) {
    world.now += random(1, 800);
    if (step % 100 === 0) [slow, fast] = [fast, slow];
    const roll = random(0, 40);
    if (roll === 0) world.inbox.markForFiltering();
    else if (roll < 4) world.inbox.pushNotice(['connection', { state: 'connected', reason: String(++notices) }], 40);
    else if (roll < slow) world.take();
    else if (!isFull) {
      const topic = 'abcde'[random(0, 5)];
      log.push([topic, world.now]);
      isFull = world.push(topic);
      assert.ok(!isFull || overflow === 'disconnect');
    }
    const where = `seed ${seed} with ${overflow}`;
    assert.ok(world.events <= most, `${where}: ${world.events} of ${most}`);
    assert.ok(world.events * SIZE <= bytes + SIZE, `${where}: ${world.events * SIZE} of ${bytes} bytes`);
    if (random(0, 2)) {
      const missed = world.inbox.takeMissed(world.now);
      if (missed !== undefined) reported.push(missed);
      isFull = world.inbox.updateFull();
      world.inbox.pollWake(world.now);
    }
  }
  world.takeAll();
  assert.deepEqual(world.inbox.depth(), { count: 0, bytes: 0 });
  const rest = world.inbox.takeMissed(world.now);
  if (rest !== undefined) reported.push(rest);

  const taken = numbers(world.taken);
  assert.deepEqual(
    taken,
    [...taken].sort((a, b) => a - b),
    `seed ${seed}: out of order`,
  );
  const reasons = world.taken.flatMap((item) => (item[0] === 'connection' ? [item[1].reason] : []));
  assert.deepEqual(reasons, range(1, notices + 1).map(String), `seed ${seed}`);
  assert.equal(taken.length + world.inbox.count.droppedOverflow, world.pushed, `seed ${seed}`);
  assert.equal(
    reported.reduce((sum, { count }) => sum + count, 0),
    world.inbox.count.droppedOverflow,
    `seed ${seed}`,
  );
  const isTaken = new Set(taken);
  for (const [number, [topic, at]] of log.entries()) {
    if (isTaken.has(number)) continue;
    const covers = (missed) => missed.since < at && at <= missed.until && missed.concerns(topic);
    assert.ok(reported.some(covers), `seed ${seed}: event ${number} of '${topic}' is lost with ${overflow}`);
  }
  const isBound = bytes !== MANY || most < 5;
  for (const [topic, number] of new Map(log.map(([topic], number) => [topic, number])))
    assert.ok(overflow !== 'latest' || isBound || isTaken.has(number), `seed ${seed}: newest of '${topic}'`);
  return world.inbox.count.droppedOverflow;
}

test('every drop is reported', () => {
  let dropped = 0;
  for (let seed = 0; seed < 2000; seed += 1) dropped += walk(seed);
  assert.ok(dropped > 50_000, `only ${dropped}`);
});
