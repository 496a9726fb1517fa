/** Events of a platform, checked with schemas of three libraries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { observe } from '../support/observed-client.js';

/** The same schema in each library: it changes `at` to a Date, and drops what it does not know. */
const LIBRARIES = {
  zod: z.object({ campusId: z.number(), at: z.string().transform((text) => new Date(text)) }),
  valibot: v.object({
    campusId: v.number(),
    at: v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
    ),
  }),
  arktype: type({ campusId: 'number', at: type('string').pipe((text) => new Date(text)), '+': 'delete' }),
};
/** The same, asynchronously. arktype has no async schemas. */
const ASYNC = {
  zod: z.object({ n: z.number() }).refine(async ({ n }) => n % 2 === 0, { message: 'odd', path: ['n'] }),
  valibot: v.pipeAsync(
    v.objectAsync({ n: v.number() }),
    v.forwardAsync(
      v.partialCheckAsync([['n']], async ({ n }) => n % 2 === 0, 'odd'),
      ['n'],
    ),
  ),
};
const AT = '2026-01-02T03:04:05.000Z';

/** A platform and a client that is connected. */
async function open(t, options) {
  const platform = await startPlatform(t);
  const observed = observe(t, { url: platform.url, token: platform.token(), ...options });
  await observed.reached('connected');
  return { platform, ...observed };
}

for (const protocol of ['socket.io', 'ws'])
  for (const [library, schema] of Object.entries(LIBRARIES))
    test(`${library} over ${protocol}: listeners get the output; what does not fit is an error`, async (t) => {
      const schemas = { 'session.status': schema };
      const { platform, client, events, errors, seen } = await open(t, { protocol, schemas });
      const ofTopic = [];
      client.on('event:session.status', ({ id }) => ofTopic.push(id));
      client.subscribe({ topic: 'session.status' });
      client.subscribe({ topic: 'other' });
      await platform.subscribed('other');

      const good = { campusId: 12, at: AT, more: true };
      platform.publish({ id: '1', topic: 'session.status', payload: good });
      platform.publish({ id: '2', topic: 'session.status', payload: { campusId: '12', at: AT } });
      platform.publish({ id: '3', topic: 'other', payload: { campusId: '12' } });
      platform.publish({ id: '4', topic: 'session.status', payload: {} });
      platform.publish({ id: '5', topic: 'session.status', payload: good });
      await seen('event', ({ id }) => id === '5');

      const output = { campusId: 12, at: new Date(AT) };
      assert.deepEqual(
        events().map(({ id, payload }) => [id, payload]),
        [
          ['1', output],
          ['3', { campusId: '12' }],
          ['5', output],
        ],
      );
      assert.deepEqual(ofTopic, ['1', '5']);
      const [first, second] = errors();
      assert.equal(errors().length, 2);
      assert.deepEqual([first.code, first.topic, first.eventId], ['PAYLOAD_INVALID', 'session.status', '2']);
      assert.deepEqual(
        first.issues.map(({ path }) => path),
        [['campusId']],
      );
      assert.match(first.issues[0].message, /number/);
      assert.match(first.message, /^Event '2' of 'session\.status' does not fit its schema: campusId: /);
      assert.deepEqual(second.issues.map(({ path }) => path.join()).sort(), ['at', 'campusId']);
      assert.equal(client.stats().droppedInvalid, 2);
    });

for (const [library, schema] of Object.entries(ASYNC))
  test(`${library}, asynchronously: events keep their order, beside those without a schema`, async (t) => {
    const { platform, client, events, errors, seen } = await open(t, { schemas: { even: schema } });
    client.subscribe({ topic: 'even' });
    client.subscribe({ topic: 'plain' });
    await platform.subscribed('plain');
    for (let n = 0; n < 300; n++) platform.publish({ topic: n % 3 === 0 ? 'plain' : 'even', payload: { n } });
    platform.publish({ topic: 'plain', payload: { n: 'last' } });
    await seen('event', ({ payload }) => payload.n === 'last');
    const all = Array.from({ length: 300 }, (_, n) => n);
    const isDelivered = (n) => n % 3 === 0 || n % 2 === 0;
    assert.deepEqual(
      events().map(({ payload }) => payload.n),
      [...all.filter(isDelivered), 'last'],
    );
    const refused = all.filter((n) => !isDelivered(n));
    assert.equal(errors().length, refused.length);
    assert.ok(errors().every(({ issues }) => issues[0].path.join() === 'n' && issues[0].message === 'odd'));
    assert.equal(client.stats().droppedInvalid, refused.length);
  });

test('while a check waits, the inbox bounds what waits behind it', async (t) => {
  let release = () => {};
  const gate = new Promise((resolve) => {
    release = resolve;
  });
  const slow = z.object({ n: z.number() }).refine(async () => (await gate) ?? true);
  const inbox = { maxEvents: 50, overflow: 'drop-oldest' };
  const { platform, client, events, seen } = await open(t, { schemas: { slow }, inbox });
  client.subscribe({ topic: 'slow' });
  client.subscribe({ topic: 'fast' });
  await platform.subscribed('fast');
  // It is alone in its batch: everything else arrives while it is checked.
  platform.publish({ topic: 'slow', payload: { n: -1 } });
  while (client.stats().eventsDelivered < 1) await new Promise(setImmediate);
  for (let n = 0; n < 1000; n++) platform.publish({ topic: 'fast', payload: { n } });
  while (client.stats().eventsReceived < 1001) await new Promise(setImmediate);
  assert.deepEqual(events(), []);
  const { droppedOverflow, inboxEvents } = client.stats();
  assert.ok(inboxEvents <= 50 && droppedOverflow >= 950, `${inboxEvents} wait, ${droppedOverflow} dropped`);
  release();
  await seen('event', ({ payload }) => payload.n === 999);
  assert.equal(events()[0].payload.n, -1);
  assert.equal(events().length + droppedOverflow, 1001);
  const gap = await seen('gap');
  assert.deepEqual([gap.reason, gap.dropped], ['slow consumer', droppedOverflow]);
});

test('disconnect() while a check waits: the event is not delivered, and the client goes on', async (t) => {
  const never = z.object({}).refine(() => new Promise(() => {}));
  const { platform, client, events, reached, seen } = await open(t, { schemas: { never } });
  client.subscribe({ topic: 'never' });
  client.subscribe({ topic: 'b' });
  await platform.subscribed('b');
  platform.publish({ topic: 'never', payload: {} });
  while (client.stats().eventsDelivered < 1) await new Promise(setImmediate);
  client.disconnect();
  await reached('disconnected');
  client.connect();
  await reached('connected', 2);
  await platform.subscribed('b');
  platform.publish({ topic: 'b', payload: { n: 2 } });
  await seen('event', ({ topic }) => topic === 'b');
  assert.deepEqual(
    events().map(({ topic }) => topic),
    ['b'],
  );
});

test('`await using` ends while a check waits', async (t) => {
  const platform = await startPlatform(t);
  const never = z.object({}).refine(() => new Promise(() => {}));
  const client = new RealtimeClient({ url: platform.url, token: platform.token(), schemas: { never } });
  client.on('event', assert.fail);
  client.subscribe({ topic: 'never' });
  await platform.subscribed('never');
  platform.publish({ topic: 'never', payload: {} });
  while (client.stats().eventsDelivered < 1) await new Promise(setImmediate);
  await client[Symbol.asyncDispose]();
  assert.equal(client.state, 'disconnected');
});

test('unsubscribe() while a check waits: the event is not delivered, and those behind it are', async (t) => {
  const never = z.object({}).refine(() => new Promise(() => {}));
  const { platform, client, events, seen } = await open(t);
  const id = client.subscribe({ topic: 'never', schema: never });
  client.subscribe({ topic: 'b' });
  await platform.subscribed('b');
  platform.publish({ topic: 'never', payload: {} });
  platform.publish({ topic: 'b', payload: {} });
  while (client.stats().eventsDelivered < 1) await new Promise(setImmediate);
  client.unsubscribe(id);
  await seen('event', ({ topic }) => topic === 'b');
  assert.equal(events().length, 1);
  // The schema is gone with its subscription.
  client.subscribe({ topic: 'never' });
  await platform.subscribed('never');
  platform.publish({ topic: 'never', payload: { free: true } });
  await seen('event', ({ payload }) => payload.free);
});

test('the schema of a subscription checks the topic; filters compare what the server sends', async (t) => {
  const { platform, client, events, errors, seen } = await open(t);
  const schema = z.object({ at: z.string().transform((text) => text.length) });
  const handled = [];
  client.subscribe({ topic: 'a', schema, filter: { at: 'four' } }, ({ payload }) => handled.push(payload));
  await platform.subscribed('a');
  for (const at of ['four', 'five!', 'four']) platform.publish({ topic: 'a', payload: { at } });
  await seen('event', () => true, 2);
  assert.deepEqual([events().map(({ payload }) => payload), errors()], [[{ at: 4 }, { at: 4 }], []]);
  assert.deepEqual(handled, [{ at: 4 }, { at: 4 }]);
});

test('messages of channels pass a client with schemas', async (t) => {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const observed = observe(t, { url: platform.url, token, schemas: { other: z.object({ never: z.string() }) } });
  const received = new Promise((resolve) => observed.client.socketClient.on('message:lobby', resolve));
  await observed.client.socketClient.joinChannel('lobby');
  const other = new RealtimeClient({ url: platform.url, token });
  t.after(() => other.destroy());
  await other.socketClient.publish('lobby', 'greeting', { text: 'hello' });
  const { event, data } = await received;
  assert.deepEqual([event, data], ['greeting', { text: 'hello' }]);
});

test('what is no schema is refused with its place', async () => {
  const options = { url: 'http://localhost:1', token: 'x', autoConnect: false };
  const expected = 'expected a Standard Schema, such as one of zod, valibot or arktype, got';
  for (const [schemas, message] of [
    [
      { 'session.status': { type: 'object' } },
      `RealtimeClient(): options.schemas['session.status']: ${expected} an object.`,
    ],
    [{ a: z.object({}), b: () => true }, `RealtimeClient(): options.schemas['b']: ${expected} a function.`],
    [{ a: undefined }, `RealtimeClient(): options.schemas['a']: ${expected} undefined.`],
    [{ a: null }, `RealtimeClient(): options.schemas['a']: ${expected} null.`],
    [{ a: { '~standard': { version: 1 } } }, `RealtimeClient(): options.schemas['a']: ${expected} an object.`],
    [[z.object({})], 'RealtimeClient(): options.schemas: expected an object of schemas by topic, got an array.'],
    [new Map(), 'RealtimeClient(): options.schemas: expected an object of schemas by topic, got an instance of Map.'],
    [true, 'RealtimeClient(): options.schemas: expected an object of schemas by topic, got true.'],
    [
      { 'order.*': z.object({}) },
      "RealtimeClient: schema: expected one schema for a topic, and none for a pattern, got 'order.*'.",
    ],
  ])
    assert.throws(() => new RealtimeClient({ ...options, schemas }), { code: 'INVALID_ARGUMENT', message });
  const client = new RealtimeClient(options);
  const other = `RealtimeClient.subscribe(): options.schema: ${expected} 'object'.`;
  assert.throws(() => client.subscribe({ topic: 'a', schema: 'object' }), { code: 'INVALID_ARGUMENT', message: other });
  assert.equal(client.stats().subscriptions, 0);
  client.subscribe({ topic: 'a', schema: LIBRARIES.zod });
  assert.throws(() => client.subscribe({ topic: 'a', schema: LIBRARIES.valibot }), { code: 'INVALID_ARGUMENT' });
  assert.equal(client.stats().subscriptions, 1);
  client.destroy();
});
