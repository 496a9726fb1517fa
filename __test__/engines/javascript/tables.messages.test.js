/** Outbox, subscriptions and their requests: the cases of the tests in `src/session/tables/`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Outbox } from '../../../lib/engines/javascript/session/tables/outbox.js';
import { Requests } from '../../../lib/engines/javascript/session/tables/requests.js';
import { readServerId } from '../../../lib/engines/javascript/session/tables/server-ids.js';
import { idOf, numberOf, Subscriptions } from '../../../lib/engines/javascript/session/tables/subscriptions.js';

/** A text as a server's id. */
const serverIdOf = JSON.stringify;
const LIMITS = { messages: 1000, bytes: 4 << 20, age: 60_000 };
const MAX_REQUESTS = 1024;

function push(outbox, now, id, payload, attachments = []) {
  const outgoing = { event: 'e', payload, attachments, timeout: 1_000, retry: id >= 10, volatile: false };
  return outbox.push(now, id, outgoing)?.code;
}

function drain(outbox) {
  const messages = [];
  for (let message = outbox.pop(); message !== undefined; message = outbox.pop()) messages.push(message);
  return messages;
}

test('outbox: keeps the order', () => {
  const outbox = new Outbox(LIMITS);
  for (const id of [0, 1, 2]) assert.equal(push(outbox, 0, id, '{}'), undefined);
  assert.equal(outbox.bytes(), 9);
  assert.deepEqual(
    drain(outbox).map(({ id }) => id),
    [0, 1, 2],
  );
  assert.equal(outbox.bytes(), 0);
});

test('outbox: refuses what is over its count or bytes', () => {
  const byCount = new Outbox({ ...LIMITS, messages: 1 });
  assert.equal(push(byCount, 0, 0, '1'), undefined);
  assert.equal(push(byCount, 0, 1, '1'), 'OUTBOX_FULL');
  const byBytes = new Outbox({ ...LIMITS, bytes: 4 });
  for (const [payload, attachments] of [['1234'], ['1é4'], ['1', [new Uint8Array(3)]]])
    assert.equal(push(byBytes, 0, 0, payload, attachments), 'OUTBOX_FULL');
  assert.equal(push(byBytes, 0, 0, '1é'), undefined);
  byBytes.pop();
  assert.equal(push(byBytes, 0, 0, '1', [new Uint8Array(2)]), undefined);
  const { message } = byBytes.push(0, 1, { event: 'e', payload: '{}', attachments: [] });
  const waiting = '1 messages of 4 bytes are waiting (limits: 1000 messages, 4 bytes)';
  assert.equal(message, `the message 'e' was not added: ${waiting}`);
});

test('outbox: gives up what is too old', () => {
  const outbox = new Outbox({ ...LIMITS, age: 10_000 });
  push(outbox, 0, 0, '');
  push(outbox, 5_000, 1, '');
  assert.equal(outbox.expire(9_999), undefined);
  const { message, error } = outbox.expire(10_000);
  assert.equal(message.id, 0);
  assert.deepEqual(error, {
    code: 'EXPIRED',
    message: "the message 'e' was not sent within 10000 ms",
    uncertain: undefined,
  });
  assert.equal(outbox.deadline(), 15_000);
});

test('outbox: what is not answered is sent again first where that was asked for', () => {
  const outbox = new Outbox(LIMITS);
  for (const id of [1, 10, 11, 12]) push(outbox, 0, id, '123');
  for (let count = 0; count < 3; count += 1) outbox.handleSent(outbox.pop());
  assert.deepEqual([outbox.len(), outbox.bytes(), outbox.isClear()], [3, 12, false]);
  outbox.forgetUnanswered(10);
  outbox.forgetUnanswered(10);
  assert.deepEqual(outbox.requeueUnanswered(), [11]);
  assert.equal(outbox.expire(60_000).error.uncertain, true);
  assert.deepEqual(
    drain(outbox).map(({ id, uncertain }) => [id, uncertain]),
    [[12, false]],
  );
  assert.deepEqual([outbox.bytes(), outbox.isClear(), outbox.requeueUnanswered()], [0, true, []]);
});

function requestsOf(count, live) {
  const requests = new Requests();
  for (let number = 0; number < count; number += 1) requests.push(number, 'a', live);
  return requests;
}

/** Removes the oldest request for the topic `a`. */
const oldest = (requests) => requests.confirm(undefined, undefined, 'a');

test('requests: are bounded, and the latest are kept', () => {
  const requests = requestsOf(MAX_REQUESTS + 1, 1);
  assert.deepEqual([requests.len(), oldest(requests)], [MAX_REQUESTS, 1]);
});

test('requests: know what they contain', () => {
  const requests = requestsOf(100, 1);
  assert.equal(requests.refuse(50), true);
  assert.deepEqual(
    [0, 49, 50, 51, 99, 100].map((number) => requests.contains(number)),
    [true, true, false, true, true, false],
  );
});

test('requests: have room for all that is live', () => {
  const requests = requestsOf(3 * MAX_REQUESTS, 3 * MAX_REQUESTS);
  assert.deepEqual([requests.len(), oldest(requests)], [3 * MAX_REQUESTS, 0]);
  // Most of the subscriptions have ended since.
  for (const number of [9_000, 9_001]) requests.push(number, 'a', 1);
  assert.equal(requests.len(), 3 * MAX_REQUESTS - 1, 'they shrink as they are answered');
});

test('server ids: are given back as they came', () => {
  for (const json of ['77', '12345678901234567890123', '1e400', '"x9"', '"\\ud83d"', '{"a":[1]}', 'false'])
    assert.equal(readServerId(JSON.parse(json), `["subscribed",{"subscriptionId": ${json}}]`), json);
  for (const value of [null, undefined]) assert.equal(readServerId(value, ''), undefined);
  assert.equal(
    readServerId(Number.POSITIVE_INFINITY, '{"subscriptionId":1,"other":1e400}'),
    'null',
    'its text is nowhere',
  );
});

test('server ids: are the same however they are written', () => {
  assert.equal(readServerId(JSON.parse('"s\\u0075b\\/1"'), ''), serverIdOf('sub/1'));
  assert.notEqual(readServerId('7', ''), readServerId(7, ''));
});

test('subscriptions: numbers count up, and are never used again', () => {
  const subscriptions = new Subscriptions();
  assert.equal(subscriptions.insert('a'), 1);
  assert.equal(subscriptions.remove(1), serverIdOf('sub_1'));
  assert.equal(subscriptions.remove(1), undefined);
  subscriptions.clear();
  assert.equal(subscriptions.insert('a'), 2);
  const ids = [idOf(2), 'sub_02', 'sub_', '2', 'sub_4294967295', 'sub_4294967296', 'sub_1e1', 'sub_1 '];
  const numbers = [2, undefined, undefined, undefined, 4_294_967_295, undefined, undefined, undefined];
  assert.deepEqual(ids.map(numberOf), numbers);
});

test('subscriptions: want what at least one of them may match', () => {
  const subscriptions = new Subscriptions();
  const all = subscriptions.insert('t');
  subscriptions.insert('t', '{"n":1}');
  assert.equal(subscriptions.want('t', { n: 2 }), true);
  subscriptions.remove(all);
  assert.deepEqual(
    [{ n: 2 }, { n: 1 }, {}, undefined].map((payload) => subscriptions.want('t', payload)),
    [false, true, true, true],
  );
  assert.equal(subscriptions.want('other'), false);
  const pattern = subscriptions.insert('order.*');
  assert.equal(subscriptions.want('order.updated'), true);
  subscriptions.remove(pattern);
  assert.equal(subscriptions.want('order.updated'), false);
  subscriptions.insert('*');
  subscriptions.clear();
  assert.deepEqual([subscriptions.want('t', { n: 1 }), subscriptions.size], [false, 0]);
});

/** Subscriptions to these topics, and the requests of a link for all of them. */
function requested(...topics) {
  const subscriptions = new Subscriptions();
  const requests = new Requests();
  for (const topic of topics) subscriptions.request(subscriptions.insert(topic), requests);
  const confirm = (number, topic, id) => subscriptions.confirm(requests, number, topic, id && serverIdOf(id));
  return { subscriptions, requests, confirm };
}

const live = (number, former) => ({ number, former });

test('subscriptions: a confirmation without a known id is for the oldest request of its topic', () => {
  const { subscriptions, confirm } = requested('a', 'b', 'a');
  assert.deepEqual(confirm(undefined, 'a', 'x1'), live(1, undefined));
  assert.deepEqual(confirm(undefined, 'a', 'x2'), live(3, undefined));
  assert.deepEqual(
    [1, 3, 2].map((number) => subscriptions.remove(number)),
    ['x1', 'x2', 'sub_2'].map(serverIdOf),
  );
});

test('subscriptions: a confirmation that follows the answer is for nobody else', () => {
  const { subscriptions, confirm } = requested('a', 'a');
  subscriptions.remove(1);
  assert.deepEqual(confirm(1, undefined, 'x1'), { ended: serverIdOf('x1') });
  assert.equal(confirm(undefined, 'a', 'x1'), undefined);
  assert.deepEqual(confirm(2, undefined, 'x2'), live(2, undefined));
  assert.equal(confirm(undefined, 'a', 'x2'), undefined);
});

test('subscriptions: a confirmation that comes too late gives the id of the server back', () => {
  const { subscriptions, confirm } = requested('a', 'a');
  subscriptions.remove(1);
  subscriptions.remove(2);
  assert.deepEqual(confirm(1, undefined, 'theirs'), { ended: serverIdOf('theirs') });
  assert.equal(confirm(1, undefined, 'theirs'), undefined);
  assert.equal(confirm(2, undefined, 'sub_2'), undefined, 'the unsubscribe has named that one');
});

test('subscriptions: what the server called one before is given back unless it is in use', () => {
  const { subscriptions, requests } = requested('a', 'a', 'a');
  const formerly = (number, id) => {
    subscriptions.request(number, requests);
    const confirmed = subscriptions.confirm(requests, number, undefined, serverIdOf(id));
    assert.equal(confirmed.number, number);
    return confirmed.former;
  };
  assert.deepEqual([formerly(1, 'x'), formerly(2, 'x'), formerly(3, 'sub_3')], [undefined, undefined, undefined]);
  assert.equal(formerly(1, 'x'), undefined, 'the same');
  assert.equal(formerly(1, 'y'), undefined, 'another has it too');
  assert.equal(formerly(2, 'z'), serverIdOf('x'));
  assert.equal(formerly(3, 'theirs'), undefined, 'the server may know the new one by our id');
  assert.equal(formerly(2, 'sub_2'), undefined);
  subscriptions.remove(1);
  const has = (id) => subscriptions.hasServerId(serverIdOf(id));
  assert.deepEqual([has('y'), has('theirs')], [false, true]);
  subscriptions.forgetServerIds();
  assert.equal(has('theirs'), false);
});
