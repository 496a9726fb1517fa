/**
 * Channels, direct messages and presence of the local platform, as official libraries see them on
 * either wire.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import nodeTest from 'node:test';
import { WebSocket } from 'ws';
import { startBareServer } from '../../examples/bare-socket-io-server.js';
import { startPlatform } from '../support/local-platform.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';

/** An event that must not arrive shows as a wait that times out. */
const test = (name, run) => nodeTest.test(name, { timeout: 20_000 }, run);

let subjects = 0;

/**
 * A client with the permissions of a service, its socket id, and `ask()` for a verb with an ack.
 */
async function enter(protocol, platform, { sub = `subject ${++subjects}`, permissions = ['service'], options } = {}) {
  const client = await connect(protocol, platform, { token: platform.token({ sub, permissions }), options });
  const { id } = platform.connections.findLast((connection) => connection.sub === sub);
  const ask = protocol === 'ws' ? askFrames(client.socket) : client.request;
  return { ...client, id, ask };
}

function askFrames(socket) {
  const asked = new Map();
  socket.on('message', (text) => {
    const { type, ackId, ...answer } = JSON.parse(text);
    if (type === 'ack') asked.get(ackId)(answer);
  });
  return (verb, body) => {
    const ackId = asked.size + 1;
    socket.send(JSON.stringify({ type: verb, ackId, ...body }));
    return new Promise((resolve) => asked.set(ackId, resolve));
  };
}

/** The members of a channel, one for each protocol, after each has learned of the others. */
async function gather(platform, channel, protocols) {
  const members = [];
  for (const protocol of protocols) {
    const member = await enter(protocol, platform);
    await member.ask('channel:join', { channel });
    for (const { events } of members) assert.equal((await events.next()).type, 'presence.join');
    members.push(member);
  }
  return members;
}

async function call(platform, method, path, { body, permissions = ['service'] } = {}) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${platform.token({ permissions })}` };
  const response = await fetch(platform.url + path, { method, headers, body: JSON.stringify(body) });
  return [response.status, await response.json()];
}

for (const protocol of PROTOCOLS) {
  const other = PROTOCOLS.find((name) => name !== protocol);

  test(`${protocol}: a message goes to the members but the sender, who need not be one`, async (t) => {
    const platform = await startPlatform(t);
    const [first, second] = await gather(platform, 'room', [protocol, other]);
    const outsider = await enter(protocol, platform);
    for (const topic of ['room', 'end']) outsider.request('subscribe', { topic });
    await platform.subscribed('end');

    const answer = await first.ask('channel:publish', { channel: 'room', event: 'said', data: { text: 'hi' } });
    const received = await second.events.next();
    const { timestamp } = received.metadata;
    assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
    assert.deepEqual(received, {
      id: answer.id,
      topic: 'room',
      source: 'socket',
      type: 'said',
      payload: { text: 'hi' },
      metadata: { timestamp, from: first.id },
    });

    platform.publish({ topic: 'room', id: 'for subscribers alone' });
    await outsider.ask('channel:publish', { channel: 'room', event: 'knock', id: 'knock' });
    for (const { events } of [first, second]) assert.equal((await events.next()).id, 'knock');
    assert.equal((await outsider.events.next()).id, 'for subscribers alone');
    platform.publish({ topic: 'end' });
    assert.equal((await outsider.events.next()).topic, 'end');
  });

  test(`${protocol}: data that is not a plain object is wrapped, and says so`, async (t) => {
    const platform = await startPlatform(t);
    const [sender, receiver] = await gather(platform, 'room', [protocol, other]);
    for (const data of ['text', 0, false, null, [1, { a: 2 }], undefined]) {
      await sender.ask('channel:publish', { channel: 'room', event: 'e', data });
      const { payload, metadata } = await receiver.events.next();
      assert.deepEqual([payload, metadata.wrapped], [{ value: data ?? null }, true]);
    }
    await sender.ask('channel:publish', { channel: 'room', event: 'e', data: { value: 1 } });
    const { payload, metadata } = await receiver.events.next();
    assert.deepEqual([payload, Object.hasOwn(metadata, 'wrapped')], [{ value: 1 }, false]);
  });

  test(`${protocol}: a message that is sent again with its id goes out once, also after a reconnect`, async (t) => {
    const platform = await startPlatform(t);
    const [receiver] = await gather(platform, 'room', [other]);
    const message = { channel: 'room', event: 'e', id: 'mine' };
    const direct = { targetSocketId: receiver.id, event: 'e', id: 'mine too' };
    for (const session of ['first', 'second']) {
      const sender = await enter(protocol, platform, { sub: 'ada' });
      for (let n = 0; n < 2; n += 1) {
        assert.deepEqual(await sender.ask('channel:publish', message), { id: 'mine' });
        assert.deepEqual(await sender.ask('direct', direct), { id: 'mine too' });
      }
      await sender.ask('channel:publish', { ...message, id: `end of ${session}` });
      sender.close();
    }
    const stranger = await enter(protocol, platform, { sub: 'bob' });
    await stranger.ask('channel:publish', message);
    const ids = [];
    while (ids.length < 5) ids.push((await receiver.events.next()).id);
    assert.deepEqual(ids, ['mine', 'mine too', 'end of first', 'end of second', 'mine']);
  });

  test(`${protocol}: a direct message goes to one socket, on either wire, its sender included`, async (t) => {
    const platform = await startPlatform(t);
    const [sender, ...others] = await Promise.all([protocol, ...PROTOCOLS].map((name) => enter(name, platform)));
    for (const { id: targetSocketId, events } of [...others, sender]) {
      const { id } = await sender.ask('direct', { targetSocketId, event: 'note', data: { n: 1 } });
      const { metadata, ...event } = await events.next();
      assert.deepEqual(event, { id, topic: 'direct', source: 'socket', type: 'note', payload: { n: 1 } });
      assert.equal(metadata.from, sender.id);
    }
    const { id: targetSocketId, close } = others[0];
    close();
    await platform.until(({ connections }) => connections.every(({ id }) => id !== targetSocketId));
    const refusal = await sender.ask('direct', { targetSocketId, event: 'note', id: 'refused' });
    assert.equal(refusal.error, 'NotFoundError');
    assert.match(refusal.message, new RegExp(targetSocketId));
    const later = { targetSocketId: others[1].id, event: 'note', id: 'refused' };
    await sender.ask('direct', later);
    assert.equal((await others[1].events.next()).id, 'refused', 'what was refused is not taken for sent');
  });

  test(`${protocol}: joining and leaving is counted in the ack and sent to the others, once`, async (t) => {
    const platform = await startPlatform(t);
    const [observer] = await gather(platform, 'room', [other]);
    const guest = await enter(protocol, platform, { permissions: ['client'] });
    const stay = async (type) => {
      const { payload, ...event } = await observer.events.next();
      assert.deepEqual([event.type, event.topic, event.source], [type, 'room', 'socket']);
      assert.deepEqual([payload.channel, payload.socketId], ['room', guest.id]);
      return payload.joinedAt;
    };
    for (let n = 0; n < 2; n += 1) {
      assert.deepEqual(await guest.ask('channel:join', { channel: 'room' }), { channel: 'room', memberCount: 2 });
    }
    const [, members] = await call(platform, 'GET', '/api/socket/channels/room/members');
    const joinedAt = await stay('presence.join');
    assert.ok(Math.abs(joinedAt - Date.now()) < 60_000);
    assert.deepEqual(members[1], { socketId: guest.id, joinedAt });
    for (let n = 0; n < 2; n += 1) {
      assert.deepEqual(await guest.ask('channel:leave', { channel: 'room' }), { channel: 'room', memberCount: 1 });
    }
    assert.equal(await stay('presence.leave'), joinedAt);
    await guest.ask('channel:join', { channel: 'room' });
    await stay('presence.join');
    await observer.ask('channel:publish', { channel: 'room', event: 'first', id: 'first' });
    assert.equal((await guest.events.next()).id, 'first', 'nobody hears of his own joining');
    guest.close();
    await stay('presence.leave');
    await observer.ask('channel:leave', { channel: 'room' });
    assert.deepEqual(await call(platform, 'GET', '/api/socket/channels'), [200, []]);
  });

  test(`${protocol}: who may not publish is refused in the ack`, async (t) => {
    const platform = await startPlatform(t);
    const client = await enter(protocol, platform, { permissions: ['client'] });
    for (const [verb, body] of [
      ['channel:publish', { channel: 'room', event: 'e' }],
      ['direct', { targetSocketId: client.id, event: 'e' }],
    ]) {
      const { error, message } = await client.ask(verb, body);
      assert.equal(error, 'ForbiddenError');
      assert.match(message, /publish/);
    }
    const admin = await enter(protocol, platform, { permissions: ['admin'] });
    assert.deepEqual(Object.keys(await admin.ask('channel:publish', { channel: 'room', event: 'e' })), ['id']);
  });

  const long = 'é'.repeat(128);
  const nested = JSON.parse('['.repeat(1001) + ']'.repeat(1001));
  const GOOD = [
    ['channel:join', { channel: long }],
    ['channel:publish', { channel: 'a b/c', event: long, id: 'x'.repeat(128), data: nested[0] }],
  ];
  const BAD = [
    ['channel:join', {}, /^channel/],
    ['channel:join', { channel: '' }, /^channel/],
    ['channel:join', { channel: 7 }, /^channel/],
    ['channel:join', { channel: 'a\u0000b' }, /^channel.*control/],
    ['channel:join', { channel: `${long}x` }, /^channel.*256/],
    ['channel:join', { channel: 'direct' }, /^channel.*direct/],
    ['channel:leave', { channel: 'a\u007f' }, /^channel/],
    ['channel:publish', { channel: 'direct', event: 'e' }, /^channel.*direct/],
    ['channel:publish', { channel: 'c' }, /^event/],
    ['channel:publish', { channel: 'c', event: `${long}x` }, /^event.*256/],
    ['channel:publish', { channel: 'c', event: 'e', id: '' }, /^id/],
    ['channel:publish', { channel: 'c', event: 'e', id: 7 }, /^id/],
    ['channel:publish', { channel: 'c', event: 'e', id: 'x'.repeat(129) }, /^id.*128/],
    ['channel:publish', { channel: 'c', event: 'e', data: nested }, /^data.*1000/],
    ['direct', { event: 'e' }, /^targetSocketId/],
    ['direct', { targetSocketId: 'someone', event: '\n' }, /^event/],
    ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']
      .concat('presence.join', 'presence.leave')
      .map((event) => ['channel:publish', { channel: 'c', event }, new RegExp(`^event.*'${event}'`)]),
  ];
  test(`${protocol}: bad names, ids and data are refused by the member's name`, async (t) => {
    const platform = await startPlatform(t);
    const { ask } = await enter(protocol, platform);
    for (const [verb, body] of GOOD) assert.equal((await ask(verb, body)).error, undefined);
    for (const [verb, body, expected] of BAD) {
      const { error, message } = await ask(verb, body);
      assert.equal(error, 'ValidationError', `${verb} ${expected}`);
      assert.match(message, expected);
    }
  });

  test(`${protocol}: a connection may be in 1000 channels`, async (t) => {
    const platform = await startPlatform(t);
    const { ask } = await enter(protocol, platform);
    const join = (_, n) => ask('channel:join', { channel: `c${n}` });
    const answers = await Promise.all(Array.from({ length: 1001 }, join));
    assert.match(answers.pop().message, /1000 channels/);
    assert.ok(answers.every(({ memberCount }) => memberCount === 1));
    assert.equal((await ask('channel:join', { channel: 'c0' })).memberCount, 1);
    await ask('channel:leave', { channel: 'c0' });
    assert.equal((await ask('channel:join', { channel: 'another' })).memberCount, 1);
  });

  test(`${protocol}: joins show in connections, and in until() and joined() as they happen`, async (t) => {
    const platform = await startPlatform(t);
    const { ask } = await enter(protocol, platform);
    const channels = (wanted) => platform.until((now) => now.connections[0].channels.join() === wanted);
    const [both, one, none] = [channels('b,a'), channels('a'), channels('')];
    await none;
    const joined = platform.joined('room', 2);
    await ask('channel:join', { channel: 'b' });
    await ask('channel:join', { channel: 'a' });
    await both;
    await ask('channel:leave', { channel: 'b' });
    await one;
    await gather(platform, 'room', PROTOCOLS);
    await joined;
    await platform.joined('a');
    await platform.faults.dropAll();
    assert.deepEqual(await call(platform, 'GET', '/api/socket/channels'), [200, []]);
  });

  test(`${protocol}: order is kept over a delay, and repeat() sends messages to the members of now`, async (t) => {
    const platform = await startPlatform(t);
    const [sender, receiver] = await gather(platform, 'room', [protocol, other]);
    const next = async () => (await receiver.events.next()).id;
    const publish = (id) => sender.ask('channel:publish', { channel: 'room', event: 'e', id });
    platform.faults.delay(60);
    const begun = performance.now();
    await publish('late');
    platform.faults.delay(0);
    await publish('behind it');
    await sender.ask('direct', { targetSocketId: receiver.id, event: 'e', id: 'direct' });
    assert.deepEqual([await next(), await next(), await next()], ['late', 'behind it', 'direct']);
    assert.ok(performance.now() - begun >= 59);

    await receiver.ask('channel:leave', { channel: 'room' });
    const [newcomer] = await gather(platform, 'room', [protocol]);
    const repeated = platform.faults.repeat(2);
    assert.deepEqual(
      repeated.map(({ id }) => id),
      ['behind it', 'direct'],
    );
    assert.deepEqual(await newcomer.events.next(), repeated[0]);
    assert.deepEqual(await receiver.events.next(), repeated[1]);
  });

  test(`${protocol}: without an ack, only a refusal is answered, and names the channel`, async (t) => {
    const platform = await startPlatform(t);
    const { socket } = await enter(protocol, platform);
    const say = (verb, body) =>
      protocol === 'ws' ? socket.send(JSON.stringify({ type: verb, ...body })) : socket.emit(verb, body);
    const observed = new Promise((resolve) => {
      const hear = (first) => resolve(protocol === 'ws' ? JSON.parse(first) : first);
      if (protocol === 'ws') socket.on('message', hear);
      else socket.onAny((name, body) => hear({ type: name, ...body }));
    });
    say('channel:join', { channel: 'room' });
    await platform.joined('room');
    say('channel:publish', { channel: 'room', event: 'e' });
    say('channel:publish', { channel: 'room' });
    const { type, error, channel } = await observed;
    assert.deepEqual({ type, error, channel }, { type: 'error', error: 'ValidationError', channel: 'room' });
  });
}

test('ws: the first frame tells the socket id', async (t) => {
  const platform = await startPlatform(t);
  const headers = { authorization: `Bearer ${platform.token()}` };
  const socket = new WebSocket(`${platform.url.replace('http', 'ws')}/ws`, { headers });
  const frame = JSON.parse((await once(socket, 'message'))[0]);
  assert.deepEqual(frame, { type: 'connected', socketId: platform.connections[0].id });
});

test('binary: at any depth between Socket.IO clients, as JSON makes it for the others', async (t) => {
  const platform = await startPlatform(t);
  const [sender, receiver, plain] = await gather(platform, 'room', ['socket.io', 'socket.io', 'ws']);
  const bytes = Buffer.from([0, 255, 10]);
  const SENT = [
    [
      { deep: [{ bytes }], text: 'x' },
      { deep: [{ bytes }], text: 'x' },
    ],
    [bytes, { value: bytes }],
  ];
  for (const [data, payload] of SENT) {
    await sender.ask('channel:publish', { channel: 'room', event: 'bytes', data });
    assert.deepEqual((await receiver.events.next()).payload, payload);
    assert.deepEqual((await plain.events.next()).payload, JSON.parse(JSON.stringify(payload)));
  }
  platform.faults.repeat();
  assert.deepEqual((await receiver.events.next()).payload, { value: bytes });
  await sender.ask('direct', { targetSocketId: receiver.id, event: 'bytes', data: bytes });
  assert.deepEqual((await receiver.events.next()).payload, { value: bytes });
});

test('the ids that are remembered are bounded: the oldest is forgotten first', async () => {
  const { SentIds } = await import('../../local-platform/src/channels/sent-ids.js');
  const sent = new SentIds();
  const known = (id) => sent.has({ sub: 'ada' }, { id });
  for (let id = 0; id <= 10_000; id += 1) sent.add({ sub: 'ada' }, { id });
  assert.deepEqual([known(0), known(1), known(10_000)], [false, true, true]);
});

test('REST: channels, members, connections and a message for all', async (t) => {
  const platform = await startPlatform(t);
  const members = await gather(platform, 'room', PROTOCOLS);
  await members[0].ask('channel:join', { channel: 'a b/c' });
  const permissions = ['client'];
  const read = (path) => call(platform, 'GET', `/api/socket/${path}`, { permissions });
  const list = [
    { name: 'room', memberCount: 2 },
    { name: 'a b/c', memberCount: 1 },
  ];
  assert.deepEqual(await read('channels'), [200, list]);
  assert.deepEqual(await read('connections'), [200, { count: 2 }]);
  assert.deepEqual(await read('channels/nowhere/members'), [200, []]);
  const [, [{ socketId }]] = await read('channels/a%20b%2Fc/members');
  assert.equal(socketId, members[0].id);
  assert.equal((await read('channels/%00/members'))[0], 400);

  const broadcast = (options) => call(platform, 'POST', '/api/socket/broadcast', options);
  const body = { channel: 'room', event: 'news', data: 'all' };
  const [status, answer] = await broadcast({ body });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(answer), ['id']);
  for (const { events } of members) {
    const { id, type, payload, metadata } = await events.next();
    assert.deepEqual({ id, type, payload }, { ...answer, type: 'news', payload: { value: 'all' } });
    assert.equal(metadata.from, undefined);
  }
  const [, { error }] = await broadcast({ body, permissions });
  assert.equal(error, 'ForbiddenError');
  for (const bad of [undefined, {}, { ...body, event: 'connect' }, { ...body, channel: 'direct' }]) {
    assert.deepEqual((await broadcast({ body: bad }))[0], 400);
  }
});

test('recovery: a lost session stays a member and gets what it missed, and leaves when it is over', async (t) => {
  const platform = await startPlatform(t, { recovery: 60_000 });
  const [observer] = await gather(platform, 'room', ['ws']);
  const lost = await enter('socket.io', platform);
  await lost.ask('channel:join', { channel: 'room' });
  const { payload: arrival } = await observer.events.next();
  const publish = (id) => observer.ask('channel:publish', { channel: 'room', event: 'e', id });
  // What a recovery starts from is the offset of the last event that was seen.
  await publish('seen');
  assert.equal((await lost.events.next()).id, 'seen');

  lost.socket.io.engine.close();
  await platform.until(({ connections }) => connections.length === 1);
  let together = false;
  const reunion = platform.joined('room', 2).then(() => {
    together = true;
  });
  await publish('missed');
  const direct = { targetSocketId: lost.id, event: 'e' };
  assert.equal((await observer.ask('direct', direct)).error, 'NotFoundError');
  assert.equal(together, false);
  lost.socket.connect();
  await reunion;
  assert.equal((await lost.events.next()).id, 'missed');
  assert.equal(lost.socket.recovered, true);
  await publish('live');
  assert.equal((await lost.events.next()).id, 'live');

  lost.close();
  const { type, payload } = await observer.events.next();
  assert.deepEqual([type, payload], ['presence.leave', arrival], 'the first news since it came');
});

test('recovery: a session that nobody takes up leaves when its time is over', async (t) => {
  const platform = await startPlatform(t, { recovery: 50 });
  const [observer, lost] = await gather(platform, 'room', ['ws', 'socket.io']);
  lost.socket.io.engine.close();
  const { type, payload } = await observer.events.next();
  assert.deepEqual([type, payload.socketId], ['presence.leave', lost.id]);
});

test('the bare Socket.IO server of the examples speaks the same', async (t) => {
  const server = await startBareServer();
  t.after(server.close);
  const enterBare = () => connect('socket.io', { url: server.url, token: () => 'any' });
  const [ada, bob] = [await enterBare(), await enterBare()];
  const room = { channel: 'room' };
  assert.deepEqual(await ada.request('channel:join', room), { ...room, memberCount: 1 });
  for (let n = 0; n < 2; n += 1) {
    assert.deepEqual(await bob.request('channel:join', room), { ...room, memberCount: 2 });
  }
  const joined = await ada.events.next();
  assert.deepEqual([joined.type, joined.topic, joined.payload.socketId], ['presence.join', 'room', bob.socket.id]);

  const data = [Buffer.from('bytes')];
  assert.deepEqual(await bob.request('channel:publish', { ...room, event: 'e', id: 'mine', data }), { id: 'mine' });
  const { metadata, ...message } = await ada.events.next();
  assert.deepEqual(message, { id: 'mine', topic: 'room', source: 'socket', type: 'e', payload: { value: data } });
  assert.deepEqual([metadata.from, metadata.wrapped], [bob.socket.id, true]);
  const direct = { targetSocketId: bob.socket.id, event: 'e', data: { n: 1 } };
  await ada.request('direct', direct);
  const { topic, payload } = await bob.events.next();
  assert.deepEqual([topic, payload], ['direct', { n: 1 }], 'nothing of his own came before it');
  assert.equal((await ada.request('direct', { ...direct, targetSocketId: 'x' })).error, 'NotFoundError');

  for (const subscriptionId of ['sub_1', 'sub_2']) await ada.request('subscribe', { topic: 't', subscriptionId });
  await ada.request('unsubscribe', { subscriptionId: 'sub_1' });
  server.publish('t', { n: 1 });
  assert.equal((await ada.events.next()).topic, 't');
  await ada.request('unsubscribe', { subscriptionId: 'sub_2' });
  server.publish('t', { n: 2 });
  bob.close();
  assert.equal((await ada.events.next()).type, 'presence.leave');
  assert.deepEqual(await ada.request('channel:leave', room), { ...room, memberCount: 0 });
  ada.close();
});
