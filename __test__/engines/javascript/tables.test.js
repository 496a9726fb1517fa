/** The tables of the JavaScript session: the cases of the tests in `src/session/tables/`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { Acks } from '../../../lib/engines/javascript/session/tables/acks.js';
import { Channels } from '../../../lib/engines/javascript/session/tables/channels.js';
import { Dedupe } from '../../../lib/engines/javascript/session/tables/dedupe.js';
import { Filter } from '../../../lib/engines/javascript/session/tables/filter.js';
import { Interest } from '../../../lib/engines/javascript/session/tables/interest.js';
import * as Timer from '../../../lib/engines/javascript/session/tables/timer.js';
import { World } from './session/world.js';

const MAX_PENDING = 16_384;
const subscribe = (number) => ({ kind: 'subscribe', number, lasts: true });
const token = { kind: 'token', lasts: true };

/** A table of pending requests, and the deadline that it keeps. */
function acksFrom(nextId = 0) {
  const timers = Timer.noTimers();
  const acks = new Acks(nextId, timers);
  Object.defineProperty(acks, 'deadline', { get: () => timers[Timer.ACK] });
  return acks;
}

test('acks: a request is removed once', () => {
  const acks = acksFrom();
  const id = acks.insert(subscribe(3), 0);
  assert.deepEqual(acks.remove(id), subscribe(3));
  assert.equal(acks.remove(id), undefined);
  assert.equal(acks.remove(99), undefined);
  assert.equal(acks.deadline, Infinity);
});

test('acks: requests expire in the order of their deadlines', () => {
  const acks = acksFrom();
  for (const [number, after] of [
    [1, 30],
    [2, 10],
    [3, 20],
  ])
    acks.insert(subscribe(number), after);
  const expire = () => acks.expire(25)?.request;
  assert.deepEqual([expire(), expire(), expire()], [subscribe(2), subscribe(3), undefined]);
  assert.equal(acks.deadline, 30);
});

test('acks: only requests without a call are postponed', () => {
  const acks = acksFrom();
  const join = { kind: 'join', channel: 1, name: 'a', call: { id: 7, expires: undefined }, lasts: true };
  const rejoin = { ...join, call: undefined };
  const mine = [{ kind: 'message', call: { id: 5 } }, { kind: 'leave', call: { id: 6 } }, join];
  for (const request of [...mine, token, subscribe(1), rejoin]) acks.insert(request, 1);
  acks.postpone(3);
  for (const [id, request] of mine.entries()) {
    const expired = acks.expire(1);
    assert.deepEqual([expired.id, expired.request], [id, request]);
    acks.extend(expired, 2);
  }
  assert.equal(acks.expire(1), undefined);
  assert.deepEqual([acks.remove(0), acks.remove(1), acks.remove(2)], [undefined, undefined, rejoin]);
  assert.equal(acks.deadline, 3);
});

test('acks: the table is bounded, and ids go on in the next one', () => {
  const acks = acksFrom();
  for (let count = 0; count < MAX_PENDING; count += 1) assert.notEqual(acks.insert(subscribe(0), 0), undefined);
  assert.equal(acks.insert(subscribe(0), 0), undefined);
  const nextId = acks.nextId;
  assert.equal(acks.requests().length, MAX_PENDING);
  assert.equal(acksFrom(nextId).insert(subscribe(0), 0), MAX_PENDING);
});

test('acks: the oldest equal request is forgotten, and all come in the order of their ids', () => {
  const acks = acksFrom();
  for (const number of [1, 2, 1, 3]) acks.insert(subscribe(number), number);
  acks.extend(acks.expire(1), 9);
  assert.deepEqual(
    acks.requests().map(({ number }) => number),
    [1, 2, 1, 3],
  );
  acks.forget(1);
  assert.deepEqual(
    acks.requests().map(({ number }) => number),
    [2, 1, 3],
  );
  assert.equal(
    acks.any(({ number }) => number === 3),
    true,
  );
  assert.equal(
    acks.any(({ number }) => number === 4),
    false,
  );
});

test('acks: the earliest deadline is right after any calls', () => {
  const call = fc.record({ remove: fc.boolean(), at: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const acks = acksFrom();
      /** @type {Map<number, number>} */
      const model = new Map();
      for (const { remove, at } of calls)
        if (remove) assert.equal(acks.remove(at) !== undefined, model.delete(at));
        else model.set(acks.insert(token, at), at);
      assert.equal(acks.deadline, Math.min(...model.values()));
      const order = [...model].sort(([a, atA], [b, atB]) => atA - atB || a - b).map(([id]) => id);
      assert.deepEqual(
        order.map(() => acks.expire(20).id),
        order,
      );
    }),
  );
});

test('channels: a channel has one number until it is removed', () => {
  const channels = new Channels();
  const first = channels.insert('a');
  assert.deepEqual([channels.insert('b'), channels.insert('a')], [first + 1, first]);
  assert.deepEqual(channels.numbers(), [first, first + 1]);
  assert.deepEqual([channels.number('a'), channels.name(first)], [first, 'a']);
  channels.remove(first);
  assert.deepEqual([channels.number('a'), channels.name(first)], [undefined, undefined]);
  assert.equal(channels.insert('a'), first + 2);
});

test('channels: calls wait for a channel that is wanted', () => {
  const channels = new Channels();
  const number = channels.insert('a');
  const call = (id) => ({ id, expires: undefined });
  assert.equal(channels.wait(number, call(1)), true);
  assert.deepEqual(channels.takeWaiting(number), [call(1)]);
  assert.equal(channels.wait(number, call(2)), true);
  assert.deepEqual(channels.remove(number), [call(2)]);
  assert.equal(channels.wait(number, call(3)), false);
});

test('channels: calls expire when the user has connected, and their channels stay', () => {
  const channels = new Channels();
  const [a, b] = ['a', 'b'].map((name) => channels.insert(name));
  channels.wait(b, { id: 1, expires: undefined });
  assert.deepEqual([channels.deadline(), channels.expire(1_000)], [Infinity, []]);
  channels.age(10);
  channels.wait(a, { id: 2, expires: 5 });
  channels.wait(b, { id: 3, expires: 20 });
  channels.age(99);
  assert.equal(channels.deadline(), 5);
  assert.deepEqual(channels.expire(10), [
    { name: 'a', call: { id: 2, expires: 5 } },
    { name: 'b', call: { id: 1, expires: 10 } },
  ]);
  assert.deepEqual([channels.deadline(), channels.numbers()], [20, [a, b]]);
});

test('dedupe: knows an id until the window has passed', () => {
  const dedupe = new Dedupe();
  assert.equal(dedupe.insert('first'), true);
  assert.equal(dedupe.insert('first'), false);
  for (let n = 1; n < 4096; n += 1) assert.equal(dedupe.insert(`e${n}`), true);
  assert.equal(dedupe.insert('first'), false, 'still the oldest of a full window');
  assert.equal(dedupe.insert('one more'), true);
  assert.equal(dedupe.insert('first'), true, 'pushed out by one more');
  assert.equal(dedupe.insert('one more'), false);
});

test('dedupe: stays bounded, and remembers no long id', () => {
  const dedupe = new Dedupe();
  for (let n = 0; n < 40_960; n += 1) assert.equal(dedupe.insert(`event-${n}`), true);
  assert.equal(dedupe.len(), 4096);
  const long = 'x'.repeat(513);
  assert.deepEqual([dedupe.insert(long), dedupe.insert(long), dedupe.len()], [true, true, 4096]);
});

test('filter: excludes only with proof', () => {
  for (const [filter, payload, excluded] of [
    ['{"campusId":12}', '{"campusId":12}', false],
    ['{"campusId":12}', '{"campusId":12.0}', false],
    ['{"campusId":12}', '{"campusId":13}', true],
    ['{"campusId":12}', '{"campusId":"12"}', true],
    ['{"campusId":12}', '{"campusId":[12]}', false],
    ['{"campusId":12}', '{"campusId":1e400}', false],
    ['{"campusId":12}', '{"other":1}', false],
    ['{"campusId":{"eq":12}}', '{"campusId":13}', true],
    ['{"campusId":{}}', '{"campusId":13}', false],
    ['{"campusId":[12]}', '{"campusId":13}', false],
    ['{"status":{"in":["active","ended"]}}', '{"status":"ended"}', false],
    ['{"status":{"in":["active","ended"]}}', '{"status":"lost"}', true],
    ['{"status":{"in":["active",["ended"]]}}', '{"status":"lost"}', false],
    ['{"status":{"in":[]}}', '{"status":"lost"}', true],
    ['{"status":{"in":"lost"}}', '{"status":"ended"}', false],
    ['{"n":{"gt":3}}', '{"n":1}', false],
    ['{"n":{"eq":1,"gt":3}}', '{"n":2}', false],
    ['{"a.b":1}', '{"a.b":1,"a":{"b":2}}', false],
    ['{"a.b":1}', '{"a":{"b":2}}', true],
    ['{"a":null}', '{"a":null}', false],
    ['{"a":null}', '{"a":false}', true],
    ['{"a":1,"b":2}', '{"a":1,"b":3}', true],
    ['{"a":0}', '{"a":-0.0}', false],
    ['{"__proto__":1}', '{"__proto__":2}', true],
    ['{"toString":1,"length":2,"a.length":3}', '{"a":"text"}', false],
    ['{"length":2,"0":3}', '[1]', false],
    ['{"length":2}', '"text"', false],
    ['[1]', '{"0":2}', false],
  ])
    assert.equal(new Filter(JSON.parse(filter)).excludes(JSON.parse(payload)), excluded, `${filter} on ${payload}`);
  assert.equal(new Filter({ a: 1 }).excludes(undefined), false);
});

test('interest: includes a removed listener until the turn ends', () => {
  const interest = new Interest();
  assert.equal(interest.includes('a'), false);
  interest.set('a', true);
  assert.deepEqual([interest.includes('a'), interest.includes('b')], [true, false]);
  interest.set(null, true);
  interest.setMessages(true);
  assert.equal(interest.includes('b'), true);
  interest.set(null, false);
  interest.set('a', false);
  interest.setMessages(false);
  const included = () => [interest.includes('a'), interest.includes('b'), interest.includesMessages()];
  assert.deepEqual(included(), [true, true, true]);
  interest.endOfTurn();
  assert.deepEqual(included(), [false, false, false]);
});

test('interest: includes a listener that is replaced within a turn', () => {
  const interest = new Interest();
  for (const wanted of [true, false, true]) {
    interest.set('a', wanted);
    interest.setMessages(wanted);
  }
  interest.endOfTurn();
  assert.deepEqual([interest.includes('a'), interest.includesMessages(), interest.includes('b')], [true, true, false]);
});

test('interest: beyond a bound every topic counts as recent', () => {
  const interest = new Interest();
  for (let topic = 0; topic <= 1024; topic += 1) {
    assert.equal(interest.includes('other'), false);
    interest.set(`${topic}`, true);
    interest.set(`${topic}`, false);
  }
  assert.deepEqual([interest.includes('0'), interest.includes('other')], [true, true]);
  interest.endOfTurn();
  assert.equal(interest.includes('0'), false);
});

test('interest: includes everything while all is assumed', () => {
  const interest = new Interest();
  interest.assumeAll();
  assert.deepEqual([interest.includes('a'), interest.includesMessages()], [true, true]);
  interest.endOfTurn();
  assert.deepEqual([interest.includes('a'), interest.includesMessages()], [false, false]);
});

test('owed acks: are bounded, and the oldest go first', () => {
  const world = World.connected();
  const { link } = world.session;
  world.takeFrames();
  for (let id = 0; id < 2 ** 19; id += 1) link.oweAck(id);
  assert.deepEqual(
    world.takeFrames(),
    Array.from({ length: 2 ** 18 }, (_, id) => `43${id}[]`),
  );
});

test('timers: each has its own place, and those of a link end with it', () => {
  const { clearLink, noTimers, ...places } = Timer;
  const all = Object.values(places).sort((a, b) => a - b);
  assert.deepEqual(all, [...all.keys()]);
  assert.deepEqual(noTimers(), Array(all.length).fill(Infinity));
  const timers = all.map((timer) => timer + 100);
  clearLink(timers);
  const { CONNECT, RECONNECT, OUTBOX, JOIN, TOKEN, GAP } = Timer;
  assert.deepEqual(
    all.filter((timer) => timers[timer] < Infinity),
    [CONNECT, RECONNECT, OUTBOX, JOIN, TOKEN, GAP],
  );
});

test('timers: those that are due at the same time are handled in their order', () => {
  const world = new World({ outbox: { messages: 9, bytes: 99, age: 100 }, connectTimeout: 100 });
  world.session.connect(world.now);
  world.emit('{}', 5);
  assert.deepEqual([world.session.timers[Timer.CONNECT], world.session.timers[Timer.OUTBOX]], [100, 100]);
  world.settle();
  world.session.handleTimeout(100);
  const kinds = world.session.outputs.map((output) => output.item?.[0] ?? output.kind);
  assert.deepEqual(kinds, ['hangUp', 'error', 'connection', 'outcome']);
});
