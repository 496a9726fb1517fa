/** What members of a channel receive, and under which names: the same on both wires. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { enter, observeMember, PROTOCOLS } from '../support/member.js';
import { start } from '../support/program.js';
import { startScriptedServer } from '../support/scripted-server.js';

/** Values that a careless path would change. */
const VALUES = {
  'a text': 'tëxt 🎉',
  'an empty text': '',
  'a number': -1.5e-7,
  'a boolean': false,
  null: null,
  'an array': [1, [2, { three: 3 }], null],
  'an empty array': [],
  'an object': { nested: { deep: [{ a: 1 }], 'odd key': true }, none: null },
  'an empty object': {},
  'an object that looks like a wrapper': { value: 1 },
  'a key __proto__': JSON.parse('{"__proto__":{"polluted":true},"constructor":1}'),
  'halves of surrogate pairs': { 'key \ud800': 'text \udc00' },
  'what looks like an attachment': { _placeholder: true, num: 0 },
  '900 KB': { text: 'x'.repeat(900_000) },
};

for (const protocol of PROTOCOLS) {
  const other = PROTOCOLS.find((each) => each !== protocol);

  test(`${protocol}: a message reaches 'message' and 'message:<channel>', with all it has`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol: other, channels: ['lobby'] });
    const receiver = await enter(t, platform, { protocol, channels: ['lobby', 'attic'] });
    const calls = [];
    const { socketClient } = receiver;
    socketClient.on('message:lobby', function (message) {
      calls.push([message, this === socketClient]);
    });
    socketClient.on('message:attic', () => assert.fail('it is for the lobby'));

    const { id } = await sender.socketClient.publish('lobby', 'greeting', { text: 'hello' });
    const message = await receiver.seen('message');
    const { timestamp } = message;
    assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
    const from = sender.socketClient.id;
    assert.ok(typeof from === 'string' && from !== socketClient.id);
    assert.deepEqual(message, { id, channel: 'lobby', event: 'greeting', data: { text: 'hello' }, from, timestamp });
    assert.deepEqual(calls, [[message, true]]);
  });

  test(`${protocol}: the same traffic reaches the client's 'event' and 'event:<channel>'`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol: other });
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'], names: ['event'] });
    const byTopic = [];
    receiver.realtime.on('event:lobby', (event) => byTopic.push(event));
    await sender.socketClient.joinChannel('lobby');
    await sender.socketClient.publish('lobby', 'count', 3);
    await sender.socketClient.directMessage(receiver.socketClient.id, 'secret', { n: 1 });
    await receiver.seen('event', ({ topic }) => topic === 'direct');

    const events = receiver.all('event');
    const from = sender.socketClient.id;
    assert.deepEqual(
      events.map(({ topic, source, type, payload, metadata }) => [topic, source, type, payload, metadata.from]),
      [
        ['lobby', 'socket', 'presence.join', { ...events[0].payload, channel: 'lobby', socketId: from }, undefined],
        ['lobby', 'socket', 'count', { value: 3 }, from],
        ['direct', 'socket', 'secret', { n: 1 }, from],
      ],
    );
    assert.deepEqual(byTopic, events.slice(0, 2));
  });

  test(`${protocol}: a direct message reaches its one receiver`, async (t) => {
    const platform = await startPlatform(t);
    const [sender, receiver, bystander] = await Promise.all(
      [other, protocol, protocol].map((each) => enter(t, platform, { protocol: each, channels: ['lobby'] })),
    );
    const { id } = await sender.socketClient.directMessage(receiver.socketClient.id, 'hint', 'psst');
    const message = await receiver.seen('direct');
    const from = sender.socketClient.id;
    assert.deepEqual(message, { id, event: 'hint', data: 'psst', from, timestamp: message.timestamp });
    // It can be answered to where it came from.
    await receiver.socketClient.directMessage(message.from, 'thanks');
    assert.equal((await sender.seen('direct')).event, 'thanks');

    await sender.socketClient.publish('lobby', 'end');
    await bystander.seen('message');
    assert.deepEqual([bystander.all('direct'), receiver.all('message').length], [[], 1]);
  });

  test(`${protocol}: a sender does not get its own message, a broadcast reaches everybody`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol, channels: ['lobby'] });
    const receiver = await enter(t, platform, { protocol: other, channels: ['lobby'] });
    await sender.socketClient.publish('lobby', 'own');
    const { id } = await sender.socketClient.broadcast('lobby', 'news', [1, 2]);
    for (const { seen } of [sender, receiver]) {
      const message = await seen('message', ({ event }) => event === 'news');
      const { timestamp } = message;
      assert.deepEqual(message, { id, channel: 'lobby', event: 'news', data: [1, 2], from: undefined, timestamp });
    }
    assert.deepEqual(
      [sender, receiver].map(({ all }) => all('message').map(({ event }) => event)),
      [['news'], ['own', 'news']],
    );
  });

  test(`${protocol}: a thousand messages of two senders arrive once, each sender's in order`, async (t) => {
    const platform = await startPlatform(t);
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
    const senders = await Promise.all(PROTOCOLS.map((each) => enter(t, platform, { protocol: each })));
    const sent = senders.flatMap(({ socketClient }) =>
      Array.from({ length: 500 }, (_, n) => socketClient.publish('lobby', 'n', { n })),
    );
    const ids = (await Promise.all(sent)).map(({ id }) => id);
    await receiver.seen('message', () => true, 1000);
    const messages = receiver.all('message');
    for (const { socketClient } of senders) {
      const numbers = messages.filter(({ from }) => from === socketClient.id).map(({ data }) => data.n);
      assert.deepEqual(numbers, [...Array(500).keys()]);
    }
    assert.deepEqual(messages.map(({ id }) => id).sort(), ids.sort());
  });

  test(`${protocol}: data arrives as it was sent, of whatever kind`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol: other });
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'], names: ['message', 'direct'] });
    for (const [name, data] of Object.entries(VALUES)) {
      await sender.socketClient.publish('lobby', name, data);
      await sender.socketClient.directMessage(receiver.socketClient.id, name, data);
    }
    const count = Object.keys(VALUES).length;
    for (const kind of ['message', 'direct']) {
      await receiver.seen(kind, () => true, count);
      for (const { event, data } of receiver.all(kind)) assert.deepEqual(data, VALUES[event], event);
    }
    assert.equal({}.polluted, undefined);

    await sender.socketClient.publish('lobby', 'nothing given');
    assert.deepEqual((await receiver.seen('message', ({ event }) => event === 'nothing given')).data, {});
  });

  test(`${protocol}: once is for one message, and off ends it`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol: other });
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'] });
    const { socketClient } = receiver;
    const calls = [];
    const handler = ({ event }) => calls.push(['off', event]);
    for (const name of ['message', 'message:lobby', 'direct']) {
      socketClient.once(name, ({ event }) => calls.push([`once ${name}`, event]));
      socketClient.on(name, handler);
      socketClient.off(name, handler);
    }
    const directs = Array.from({ length: 2 }, () => sender.socketClient.directMessage(socketClient.id, 'd'));
    await Promise.all([...directs, ...['a', 'b'].map((event) => sender.socketClient.publish('lobby', event))]);
    await receiver.seen('message', () => true, 2);
    assert.deepEqual(calls, [
      ['once direct', 'd'],
      ['once message', 'a'],
      ['once message:lobby', 'a'],
    ]);
  });

  nativeTest('blocked')(
    `${protocol}: after leaveChannel() nothing of the channel comes, of what was received before it`,
    async (t) => {
      const server = await startScriptedServer(t);
      const program = start(
        t,
        async (RealtimeClient, url, protocol, most) => {
          const client = new RealtimeClient({ url, token: 't', protocol });
          const { socketClient } = client;
          const counts = { lobby: 0, attic: 0, 'event:lobby': 0, 'event:attic': 0 };
          socketClient.once('message:lobby', () => socketClient.leaveChannel('lobby'));
          client.on('event', ({ topic }) => {
            counts[`event:${topic}`] += 1;
          });
          socketClient.on('message', ({ channel }) => {
            counts[channel] += 1;
            if (counts.attic < most) return;
            console.log(JSON.stringify(counts));
            client.destroy();
          });
          await Promise.all(['lobby', 'attic'].map((channel) => socketClient.joinChannel(channel)));
          console.log('joined');
          // This thread is held until more than one batch waits for it.
          const cell = new Int32Array(new SharedArrayBuffer(4));
          while (client.stats().inboxEvents < 2 * most) Atomics.wait(cell, 0, 0, 1);
        },
        [server.url, protocol, 600],
      );
      await program.printed('joined');
      for (let n = 0; n < 600; n += 1) {
        for (const topic of ['lobby', 'attic'])
          server.send({ id: `${topic} ${n}`, topic, source: 'socket', type: 'n', payload: { n }, metadata: {} });
      }
      const { stdout, stderr } = await program.ended;
      assert.equal(stderr, '');
      assert.deepEqual(JSON.parse(stdout[1]), { lobby: 1, attic: 600, 'event:lobby': 1, 'event:attic': 600 });
    },
  );

  test(`${protocol}: a message that its own handlers have ended reaches no further list of listeners`, async (t) => {
    const server = await startScriptedServer(t);
    const { realtime, socketClient, reached } = observeMember(t, { url: server.url, token: 't', protocol }, [
      'connection',
    ]);
    let number = 0;
    const message = (topic) => ({ id: `${++number}`, topic, source: 'socket', type: 'e', payload: {}, metadata: {} });
    const calls = [];
    for (const [emitter, name] of [
      [realtime, 'event:lobby'],
      [socketClient, 'message'],
      [socketClient, 'message:lobby'],
    ])
      emitter.on(name, () => calls.push(name));
    /** Which listeners a message reaches, when this is done by the first one of these. */
    const observed = async (emitter, name, act) => {
      await socketClient.joinChannel('lobby');
      calls.length = 0;
      emitter.once(name, act);
      const told = new Promise((resolve) => emitter.once(name, () => setImmediate(resolve)));
      server.send(message('lobby'));
      await told;
      return [...calls];
    };
    const leave = () => void socketClient.leaveChannel('lobby');
    assert.deepEqual(await observed(realtime, 'event', leave), []);
    assert.deepEqual(await observed(realtime, 'event:lobby', leave), ['event:lobby']);
    assert.deepEqual(await observed(socketClient, 'message', leave), ['event:lobby', 'message']);
    assert.deepEqual(await observed(socketClient, 'message:lobby', leave), ['event:lobby', 'message', 'message:lobby']);
    assert.deepEqual(await observed(socketClient, 'message', () => realtime.disconnect()), ['event:lobby', 'message']);
    realtime.connect();
    await reached('connected', 2);
    assert.deepEqual(await observed(realtime, 'event', () => realtime.disconnect()), []);
  });

  test(`${protocol}: messages without metadata`, async (t) => {
    const server = await startScriptedServer(t);
    const { seen, socketClient } = observeMember(t, { url: server.url, token: 't', protocol });
    await socketClient.joinChannel('lobby');
    const message = { source: 'socket', type: 'e', payload: { n: 1 }, metadata: null };
    server.send({ ...message, id: '1', topic: 'lobby' });
    server.send({ ...message, id: '2', topic: 'direct' });
    const content = { event: 'e', data: { n: 1 }, from: undefined, timestamp: undefined };
    assert.deepEqual(await seen('message'), { id: '1', channel: 'lobby', ...content });
    assert.deepEqual(await seen('direct'), { id: '2', ...content });
  });

  test(`${protocol}: messages that nobody listens to do not cross into JavaScript`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol });
    const receiver = await enter(t, platform, { protocol, channels: ['lobby'], names: ['error'] });
    const { realtime, socketClient } = receiver;
    const exchange = async (event) => {
      await sender.socketClient.publish('lobby', event);
      await socketClient.joinChannel('lobby'); // its answer comes after the message
    };
    await exchange('unheard');
    assert.deepEqual([realtime.stats().droppedUnwanted, realtime.stats().eventsDelivered], [1, 0]);

    const observed = [];
    const handler = ({ event }) => observed.push(event);
    socketClient.on('message:lobby', handler);
    await exchange('observed');
    socketClient.off('message:lobby', handler);
    await socketClient.joinChannel('lobby'); // with its answer it is clear that no other listener has followed
    await exchange('unheard again');
    const { droppedUnwanted, eventsDelivered } = realtime.stats();
    assert.deepEqual([observed, droppedUnwanted, eventsDelivered], [['observed'], 2, 1]);
  });
}
