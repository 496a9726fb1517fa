/**
 * Calls of socketClient in every state of the connection: what waits, what is dropped, and what it
 * comes to.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { enter, failure, observeMember, PROTOCOLS } from '../support/member.js';
import { startScriptedServer } from '../support/scripted-server.js';

const eventsOf = (member) => member.all('message').map(({ event }) => event);

for (const protocol of PROTOCOLS) {
  test(`${protocol}: the outbox option says how much may wait, and for how long`, async (t) => {
    const platform = await startPlatform(t);
    const outbox = { maxMessages: 2, maxBytes: 500, maxAgeMs: 50 };
    const { socketClient } = await enter(t, platform, { protocol, autoConnect: false, outbox });
    const waiting = [socketClient.publish('lobby', 'first'), socketClient.publish('lobby', 'second')];
    assert.equal((await failure(socketClient.publish('lobby', 'third'))).code, 'OUTBOX_FULL');
    for (const call of waiting) assert.equal((await failure(call)).code, 'EXPIRED');
    assert.equal((await failure(socketClient.publish('lobby', 'x'.repeat(200), 'y'.repeat(400)))).code, 'OUTBOX_FULL');
  });

  test(`${protocol}: before the first connect() calls wait, and are done in order`, async (t) => {
    const platform = await startPlatform(t);
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
    const { realtime, socketClient } = await enter(t, platform, { protocol, autoConnect: false });
    const calls = [
      socketClient.publish('lobby', 'first'),
      socketClient.joinChannel('attic'),
      socketClient.directMessage(receiver.socketClient.id, 'direct'),
      socketClient.publish('lobby', 'second'),
      socketClient.joinChannel('lobby'),
      socketClient.publish('lobby', 'third'),
    ];
    assert.equal(realtime.stats().outboxMessages, 4);
    realtime.connect();
    const [first, join] = await Promise.all(calls);
    assert.match(first.id, /^msg_/);
    assert.deepEqual(join, { channel: 'attic', memberCount: 1 });
    await receiver.seen('message', ({ event }) => event === 'third');
    assert.deepEqual(eventsOf(receiver), ['first', 'second', 'third']);
    const { outboxMessages, outboxBytes, pendingAcks } = realtime.stats();
    assert.deepEqual([outboxMessages, outboxBytes, pendingAcks], [0, 0, 0]);
  });

  test(`${protocol}: during an outage messages wait, volatile ones are dropped`, async (t) => {
    const platform = await startPlatform(t);
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'], reconnectionAttempts: Infinity });
    const sender = await enter(t, platform, { protocol, reconnectionAttempts: Infinity });
    const { realtime, socketClient } = sender;
    await socketClient.publish('lobby', 'before');
    await receiver.seen('message');
    await platform.faults.goAway();
    await sender.reached('reconnecting');
    assert.equal(socketClient.id, undefined);

    const dropped = await socketClient.publish('lobby', 'dropped', {}, { volatile: true });
    assert.deepEqual([Object.keys(dropped), dropped.dropped], [['id', 'dropped'], true]);
    const calls = Array.from({ length: 50 }, (_, n) => socketClient.publish('lobby', `${n}`));
    assert.equal(realtime.stats().outboxMessages, 50);
    // The receiver must be there before the messages are.
    const back = receiver.reached('connected', 2);
    realtime.disconnect();
    for (const call of calls) assert.equal((await failure(call)).code, 'NETWORK_ERROR');
    const again = Array.from({ length: 50 }, (_, n) => socketClient.publish('lobby', `${n}`));
    await platform.faults.comeBack();
    await back;
    await platform.joined('lobby');
    realtime.connect();
    await Promise.all(again);
    const sent = await socketClient.publish('lobby', 'sent', {}, { volatile: true });
    assert.deepEqual(Object.keys(sent), ['id']);
    await receiver.seen('message', ({ event }) => event === 'sent');
    assert.deepEqual(eventsOf(receiver), ['before', ...Array.from({ length: 50 }, (_, n) => `${n}`), 'sent']);
  });

  test(`${protocol}: what is sent while the client reconnects is sent by itself when it is back`, async (t) => {
    const platform = await startPlatform(t);
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
    const delay = { reconnectionDelay: 400, reconnectionDelayMax: 400, randomizationFactor: 0 };
    const sender = await enter(t, platform, { protocol, channels: ['attic'], ...delay });
    await platform.faults.dropAll();
    await sender.reached('reconnecting');
    const calls = ['a', 'b', 'c'].map((event) => sender.socketClient.publish('lobby', event));
    const join = sender.socketClient.joinChannel('lobby');
    assert.equal(await sender.socketClient.leaveChannel('attic'), undefined);
    assert.equal(sender.realtime.state, 'reconnecting');
    await Promise.all(calls);
    assert.equal((await join).channel, 'lobby');
    assert.deepEqual(
      (await sender.socketClient.channels()).map(({ name }) => name),
      ['lobby'],
    );
    await receiver.seen('message', ({ event }) => event === 'c');
    assert.deepEqual(eventsOf(receiver), ['a', 'b', 'c']);
  });

  test(`${protocol}: more than 1000 messages, or 4 MiB, are not kept`, async (t) => {
    const platform = await startPlatform(t);
    const member = await enter(t, platform, { protocol, autoConnect: false });
    const { realtime, socketClient } = member;
    const large = socketClient.publish('lobby', 'large', 'x'.repeat(900_000));
    const calls = Array.from({ length: 999 }, (_, n) => socketClient.publish('lobby', 'n', n));
    const full = await failure(socketClient.publish('lobby', 'one too many'));
    assert.deepEqual([full.code, full.retryable], ['OUTBOX_FULL', true]);
    socketClient.publish('lobby', 'another');
    assert.equal((await member.seen('error')).code, 'OUTBOX_FULL', 'nobody waits for this one');
    realtime.connect();
    await Promise.all([large, ...calls]);

    realtime.disconnect();
    const parts = Array.from({ length: 5 }, () => socketClient.publish('lobby', 'part', 'x'.repeat(900_000)));
    assert.equal((await failure(parts.pop())).code, 'OUTBOX_FULL', 'by its bytes');
    realtime.connect();
    await Promise.all(parts);
    assert.equal(member.all('error').length, 1);
  });

  test(`${protocol}: disconnect() settles what was sent and not answered`, async (t) => {
    const server = await startScriptedServer(t, { answer: () => null });
    const { all, reached, realtime, socketClient } = observeMember(t, { url: server.url, token: 't', protocol });
    await reached('connected');
    const calls = [
      socketClient.publish('lobby', 'sent'),
      socketClient.publish('lobby', 'with retry', {}, { retry: true }),
      socketClient.joinChannel('attic'),
    ];
    const leave = socketClient.leaveChannel('lobby');
    await Promise.all([server.received('channel:publish', 2), server.received('channel:join')]);
    await server.received('channel:leave');
    realtime.disconnect();
    const errors = await Promise.all(calls.map(failure));
    assert.deepEqual(
      errors.map(({ code, channel, uncertain }) => [code, channel, uncertain]),
      [
        ['NETWORK_ERROR', 'lobby', true],
        ['NETWORK_ERROR', 'lobby', true],
        ['NETWORK_ERROR', 'attic', undefined],
      ],
    );
    assert.equal(await leave, undefined, 'it is done: whoever is gone has left');
    assert.deepEqual([realtime.stats().outboxMessages, all('error')], [0, []]);
  });

  test(`${protocol}: disconnect() settles what waits, and connect() joins the channels again`, async (t) => {
    const platform = await startPlatform(t);
    const { all, realtime, socketClient } = await enter(t, platform, { protocol, channels: ['lobby', 'attic'] });
    realtime.disconnect();
    assert.equal(await socketClient.leaveChannel('attic'), undefined, 'done without a connection');
    realtime.connect();
    const calls = [socketClient.publish('lobby', 'unsent'), socketClient.joinChannel('cellar')];
    realtime.disconnect();
    for (const error of await Promise.all(calls.map(failure))) {
      assert.deepEqual([error.code, error.uncertain], ['NETWORK_ERROR', undefined]);
      assert.match(error.message, /disconnected before/);
    }
    realtime.connect();
    await socketClient.joinChannel('last');
    const { channels } = platform.connections.at(-1);
    assert.deepEqual(channels, ['lobby', 'cellar', 'last']);
    assert.deepEqual(all('error'), []);
  });

  test(`${protocol}: channels are joined again after an outage, before what was sent meanwhile`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol, channels: ['a', 'b', 'c'] });
    const receiver = await enter(t, platform, { protocol, channels: ['a', 'b', 'c'] });
    await receiver.socketClient.leaveChannel('b');
    await platform.faults.dropAll();
    await receiver.reached('connected', 2);
    await platform.until(
      ({ connections }) => connections.filter(({ channels }) => channels.includes('c')).length === 2,
    );
    for (const channel of ['a', 'b', 'c']) await sender.socketClient.publish(channel, 'after');
    await receiver.seen('message', ({ channel }) => channel === 'c');
    assert.deepEqual(
      receiver.all('message').map(({ channel }) => channel),
      ['a', 'c'],
    );
    assert.equal(receiver.realtime.stats().reconnects, 1);
  });

  test(`${protocol}: a last message is sent before the channel is left`, async (t) => {
    const platform = await startPlatform(t);
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
    const { socketClient } = await enter(t, platform, { protocol, channels: ['lobby'] });
    await receiver.seen('presence', ({ socketId }) => socketId === socketClient.id);
    socketClient.publish('lobby', 'bye');
    socketClient.leaveChannel('lobby');
    await receiver.seen('event', ({ type }) => type === 'presence.leave');
    const news = receiver.all('event').map(({ type }) => type);
    assert.deepEqual(news, ['presence.join', 'bye', 'presence.leave']);
  });
}
