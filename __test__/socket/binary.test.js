/**
 * Bytes in messages: our client and the official socket.io-client in one channel, and what cannot
 * travel.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { enter } from '../support/member.js';
import { connect } from '../support/platform-client.js';

const protocol = 'socket.io';

/** An official client in the lobby. */
async function enterOfficial(t, platform) {
  const official = await connect(protocol, platform, { token: platform.token({ permissions: ['service'] }) });
  t.after(() => official.close());
  await official.request('channel:join', { channel: 'lobby' });
  return official;
}

/** The next message of an official client. */
async function nextMessage({ events }) {
  const event = await events.next();
  return event.type.startsWith('presence.') ? nextMessage({ events }) : event;
}

/** Data with bytes in it, by what it is. */
const DATA = {
  'a Buffer': Buffer.from('bytes'),
  'an empty one': { empty: Buffer.alloc(0), after: 1 },
  'in objects and arrays': { a: Buffer.from([0, 255]), list: [1, [Buffer.from('b'), { c: { d: Buffer.from('d') } }]] },
  'ten of them': Array.from({ length: 10 }, (_, n) => Buffer.from([n])),
  'large ones': [Buffer.alloc(500_000, 1), 'x'.repeat(1000), Buffer.alloc(900_000, 2)],
};

test('bytes of our client reach the official one', async (t) => {
  const platform = await startPlatform(t);
  const { socketClient } = await enter(t, platform, { protocol });
  const official = await enterOfficial(t, platform);
  for (const [name, data] of Object.entries(DATA)) {
    await socketClient.publish('lobby', name, data);
    const { payload, metadata } = await nextMessage(official);
    assert.deepEqual(metadata.wrapped ? payload.value : payload, data, name);
  }
  await socketClient.directMessage(official.socket.id, 'direct', { bytes: Buffer.from('x') });
  assert.deepEqual((await nextMessage(official)).payload, { bytes: Buffer.from('x') });
});

test('bytes of the official client reach ours', async (t) => {
  const platform = await startPlatform(t);
  const official = await enterOfficial(t, platform);
  const member = await enter(t, platform, { protocol, channels: ['lobby'] });
  for (const [event, data] of Object.entries(DATA)) {
    await official.request('channel:publish', { channel: 'lobby', event, data });
    const message = await member.seen('message', (each) => each.event === event);
    assert.deepEqual(message.data, data, event);
  }
  await official.request('direct', { targetSocketId: member.socketClient.id, event: 'e', data: Buffer.from('x') });
  assert.deepEqual((await member.seen('direct')).data, Buffer.from('x'));
});

test('text and bytes take turns, both ways, in order', async (t) => {
  const platform = await startPlatform(t);
  const official = await enterOfficial(t, platform);
  const member = await enter(t, platform, { protocol, channels: ['lobby'] });
  const dataAt = (n) => (n % 2 === 0 ? { n } : { n, bytes: Buffer.from(`${n}`) });
  const all = Array.from({ length: 100 }, (_, n) => dataAt(n));
  await Promise.all(
    all.flatMap((data) => [
      member.socketClient.publish('lobby', 'n', data),
      official.request('channel:publish', { channel: 'lobby', event: 'n', data }),
    ]),
  );
  const received = [];
  while (received.length < all.length) received.push((await nextMessage(official)).payload);
  assert.deepEqual(received, all);
  await member.seen('message', () => true, all.length);
  assert.deepEqual(
    member.all('message').map(({ data }) => data),
    all,
  );
});

test('every kind of view of bytes is sent as what it shows, as it is when publish() is called', async (t) => {
  const platform = await startPlatform(t);
  const { socketClient } = await enter(t, platform, { protocol });
  const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
  const { buffer } = new Uint8Array([1, 2, 3, 4]);
  const shared = Buffer.from([9]);
  const data = {
    part: new Uint8Array(buffer, 1, 2),
    numbers: new Uint16Array(buffer, 2, 1),
    view: new DataView(buffer, 3),
    whole: buffer,
    twice: [shared, shared],
  };
  const names = Object.keys(data);
  const call = socketClient.publish('lobby', 'e', data);
  shared[0] = 0;
  new Uint8Array(buffer).fill(0);
  await call;
  const message = await receiver.seen('message');
  const bytes = (...values) => Buffer.from(values);
  assert.deepEqual(message.data, {
    part: bytes(2, 3),
    numbers: bytes(3, 4),
    view: bytes(4),
    whole: bytes(1, 2, 3, 4),
    twice: [bytes(9), bytes(9)],
  });
  assert.deepEqual(Object.keys(data), names, 'what was given is left as it is');
  assert.ok(data.part instanceof Uint8Array && data.twice[0] === shared);
});

test('bytes wait for a connection, and come with the events of the client, too', async (t) => {
  const platform = await startPlatform(t);
  const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
  const { realtime, socketClient } = await enter(t, platform, { protocol, autoConnect: false });
  const call = socketClient.publish('lobby', 'e', { bytes: Buffer.alloc(1000, 7) });
  const { outboxMessages, outboxBytes } = realtime.stats();
  assert.equal(outboxMessages, 1);
  assert.ok(outboxBytes > 1000);
  realtime.connect();
  await call;
  const { data } = await receiver.seen('message');
  const { payload } = await receiver.seen('event', ({ type }) => type === 'e');
  assert.deepEqual([data, payload], [{ bytes: Buffer.alloc(1000, 7) }, { bytes: Buffer.alloc(1000, 7) }]);
});

test('what would not arrive as it was sent is refused', async (t) => {
  const refused = (client, data, message) => {
    t.after(() => client.destroy());
    const of = (method) => ({
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`^SocketClient\\.${method}\\(\\): ${message.source.slice(1)}`),
    });
    assert.throws(() => client.socketClient.publish('lobby', 'e', data), of('publish'));
    assert.throws(() => client.socketClient.directMessage('x', 'e', data), of('directMessage'));
    assert.equal(client.stats().outboxMessages, 0);
  };
  const options = { url: 'http://127.0.0.1:1', token: 't', autoConnect: false };
  const plain = new RealtimeClient({ ...options, protocol: 'ws' });
  for (const data of [Buffer.from('x'), { a: [new Uint8Array(1)] }, new ArrayBuffer(1)])
    refused(plain, data, /^data: expected no Buffers with options\.protocol 'ws', which carries JSON only/);

  const client = new RealtimeClient({ ...options, protocol });
  const eleven = Array.from({ length: 11 }, () => Buffer.from('x'));
  refused(client, eleven, /^data: expected at most 10 Buffers in one message, got 11/);
  const impostor = { bytes: Buffer.from('x'), other: [{ _placeholder: true, num: 0 }] };
  refused(client, impostor, /^data: expected no member _placeholder: true beside Buffers/);
  class Holder {
    bytes = Buffer.from('x');
  }
  refused(client, { holder: new Holder() }, /^data\.holder\.bytes: expected a JSON value, got an instance of Buffer/);
  const error = await client.socketClient.broadcast('lobby', 'e', { bytes: Buffer.from('x') }).catch((each) => each);
  assert.match(
    error.message,
    /^SocketClient\.broadcast\(\): data\.bytes: expected a JSON value/,
    'a REST call carries JSON only',
  );
});
