/**
 * Presence: who is in a channel, kept up to date through joins, leaves, outages and late lists, on
 * both wires.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { enter, observeMember, PROTOCOLS } from '../support/member.js';
import { startScriptedServer } from '../support/scripted-server.js';

/** Presence events as short texts: `join lobby <socketId>`. */
const told = ({ all }) => all('presence').map(({ type, channel, socketId }) => `${type} ${channel} ${socketId}`);

/** Resolves when this was reported. */
const observed = ({ seen }, type, socketId, channel = 'lobby') =>
  seen('presence', (event) => event.type === type && event.socketId === socketId && event.channel === channel);

/** Presence as a server sends it. */
let news = 0;
const presence = (type, socketId, channel = 'lobby') => ({
  id: `news ${++news}`,
  topic: channel,
  source: 'socket',
  type: `presence.${type}`,
  payload: { channel, socketId, joinedAt: news },
  metadata: { timestamp: 1 },
});

/** A promise with its hand. */
function later() {
  let resolve;
  const promise = new Promise((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

const list = (...ids) => ids.map((socketId) => ({ socketId, joinedAt: 1 }));

for (const protocol of PROTOCOLS) {
  const other = PROTOCOLS.find((each) => each !== protocol);

  test(`${protocol}: present members are reported as joins, then every join and leave`, async (t) => {
    const platform = await startPlatform(t);
    const first = await enter(t, platform, { protocol: other, channels: ['lobby'] });
    const member = await enter(t, platform, { protocol, channels: ['lobby'] });
    const [a, me] = [first, member].map(({ socketClient }) => socketClient.id);
    await observed(member, 'join', me);
    const second = await enter(t, platform, { protocol, channels: ['lobby', 'attic'] });
    const b = second.socketClient.id;
    const { joinedAt } = await observed(member, 'join', b);
    const live = member.socketClient.presence('lobby');
    assert.deepEqual([...live.keys()], [a, me, b]);
    assert.deepEqual(live.get(b), { socketId: b, joinedAt });
    assert.ok(Math.abs(joinedAt - Date.now()) < 60_000);
    assert.equal(member.socketClient.presence('lobby'), live, 'the same Map');

    await first.socketClient.leaveChannel('lobby');
    await observed(member, 'leave', a);
    second.realtime.disconnect();
    const event = await observed(member, 'leave', b);
    assert.deepEqual(event, { type: 'leave', channel: 'lobby', socketId: b, joinedAt });
    assert.deepEqual([...live.keys()], [me]);
    const expected = [`join lobby ${a}`, `join lobby ${me}`, `join lobby ${b}`];
    assert.deepEqual(told(member), [...expected, `leave lobby ${a}`, `leave lobby ${b}`]);
    assert.deepEqual(member.all('error'), []);
  });

  test(`${protocol}: a Map is kept up to date without a listener, from the join to the leave`, async (t) => {
    const platform = await startPlatform(t);
    const member = await enter(t, platform, { protocol, names: ['error'] });
    const { socketClient } = member;
    const live = socketClient.presence('lobby');
    assert.equal(live.size, 0);
    const first = await enter(t, platform, { protocol: other, channels: ['lobby'] });
    await socketClient.joinChannel('lobby');
    const arrived = new Promise((resolve) => {
      socketClient.once('message', () => resolve());
    });
    await first.socketClient.leaveChannel('lobby');
    await first.socketClient.joinChannel('lobby');
    await first.socketClient.publish('lobby', 'e');
    await arrived;
    await socketClient.members('lobby'); // its answer comes after that of the list asked for before
    assert.deepEqual([...live.keys()].sort(), [socketClient.id, first.socketClient.id].sort());
    await socketClient.leaveChannel('lobby');
    assert.equal(live.size, 0);
    assert.notEqual(socketClient.presence('lobby'), live);
  });

  test(`${protocol}: changes during an outage are reported as joins and leaves after it`, async (t) => {
    const platform = await startPlatform(t);
    const leaver = await enter(t, platform, { protocol: other, channels: ['lobby'], reconnection: false });
    const member = await enter(t, platform, {
      protocol,
      channels: ['lobby'],
      reconnectionDelay: 500,
      reconnectionDelayMax: 500,
      randomizationFactor: 0,
    });
    const former = member.socketClient.id;
    const gone = leaver.socketClient.id;
    await observed(member, 'join', former);
    const live = member.socketClient.presence('lobby');
    await platform.faults.dropAll();
    await member.reached('reconnecting');
    const comer = await enter(t, platform, { protocol, channels: ['lobby'] });
    assert.equal(member.realtime.state, 'reconnecting');
    const come = comer.socketClient.id;
    await member.reached('connected', 2);
    await observed(member, 'join', come);
    const me = member.socketClient.id;
    assert.deepEqual(
      told(member).slice(2).sort(),
      [`join lobby ${come}`, `join lobby ${me}`, `leave lobby ${gone}`, `leave lobby ${former}`].sort(),
    );
    assert.deepEqual([...live.keys()].sort(), [come, me].sort());
  });

  test(`${protocol}: channels have members of their own`, async (t) => {
    const platform = await startPlatform(t);
    const member = await enter(t, platform, { protocol, channels: ['a', 'b'] });
    const guest = await enter(t, platform, { protocol: other, channels: ['b'] });
    const [me, you] = [member, guest].map(({ socketClient }) => socketClient.id);
    for (const channel of ['a', 'b']) await observed(member, 'join', me, channel);
    await observed(member, 'join', you, 'b');
    const [a, b] = ['a', 'b'].map((channel) => member.socketClient.presence(channel));
    assert.deepEqual([[...a.keys()], [...b.keys()]], [[me], [me, you]]);
    await member.socketClient.leaveChannel('a');
    await guest.socketClient.leaveChannel('b');
    await observed(member, 'leave', you, 'b');
    assert.deepEqual([[...a.keys()], [...b.keys()]], [[], [me]]);
  });

  test(`${protocol}: the list is read when somebody asks for presence, and not without a listener`, async (t) => {
    const reads = [];
    const server = await startScriptedServer(t, {
      members: (channel) => {
        reads.push(channel);
        return list('x');
      },
    });
    const member = observeMember(t, { url: server.url, token: 't', protocol }, ['message', 'error']);
    const { socketClient } = member;
    await socketClient.joinChannel('unheard');
    await socketClient.members('first probe');
    assert.deepEqual(reads, ['first probe']);

    const heardOf = later();
    socketClient.on('presence', heardOf.resolve);
    assert.deepEqual(await heardOf.promise, { type: 'join', channel: 'unheard', socketId: 'x', joinedAt: 1 });
    socketClient.off('presence', heardOf.resolve);
    await socketClient.joinChannel('unheard');
    await socketClient.joinChannel('lobby');
    await socketClient.members('second probe');
    assert.deepEqual(reads, ['first probe', 'unheard', 'second probe']);

    member.realtime.disconnect();
    socketClient.on('presence', assert.fail);
    await socketClient.members('third probe');
    assert.deepEqual(reads.slice(3), ['third probe'], 'nor without a connection');
  });

  test(`${protocol}: events that arrive while the list is read count, whichever is older`, async (t) => {
    const reading = later();
    const answer = later();
    const server = await startScriptedServer(t, {
      members: () => {
        reading.resolve();
        return answer.promise;
      },
    });
    const member = observeMember(t, { url: server.url, token: 't', protocol });
    await member.socketClient.joinChannel('lobby');
    await reading.promise;
    for (const event of [
      presence('join', 'new'), // not in the list
      presence('join', 'known'), // in it, too
      presence('leave', 'left'), // still in it
      presence('join', 'brief'),
      presence('leave', 'brief'),
    ])
      server.send(event);
    await observed(member, 'leave', 'brief');
    answer.resolve(list('there', 'known', 'left'));
    await observed(member, 'join', 'there');
    assert.deepEqual([...member.socketClient.presence('lobby').keys()], ['new', 'known', 'there']);
    assert.deepEqual(told(member), [
      'join lobby new',
      'join lobby known',
      'join lobby brief',
      'leave lobby brief',
      'join lobby there',
    ]);

    // A known member is not reported again.
    server.send(presence('join', 'there'));
    server.send(presence('leave', 'stranger'));
    server.send(presence('leave', 'there'));
    await observed(member, 'leave', 'there');
    assert.equal(told(member).length, 6);
  });

  test(`${protocol}: a list that comes late, after a newer one or after the leave, changes nothing`, async (t) => {
    const answers = [later(), later(), later()];
    const asked = [later(), later(), later()];
    let reads = 0;
    const server = await startScriptedServer(t, {
      members: (channel) => {
        if (channel !== 'lobby') return list('probe');
        asked[reads].resolve();
        return answers[reads++].promise;
      },
    });
    const member = observeMember(t, { url: server.url, token: 't', protocol });
    const { socketClient } = member;
    socketClient.joinChannel('lobby');
    await asked[0].promise;
    server.drop();
    await asked[1].promise;
    answers[1].resolve(list('current'));
    await observed(member, 'join', 'current');
    answers[0].resolve(list('outdated'));

    server.drop();
    await asked[2].promise;
    const live = socketClient.presence('lobby');
    await socketClient.leaveChannel('lobby');
    answers[2].resolve(list('too late'));
    // The answers above have come when those to a later question have.
    await socketClient.joinChannel('probe');
    await observed(member, 'join', 'probe', 'probe');
    assert.deepEqual(told(member), ['join lobby current', 'join probe probe']);
    assert.equal(live.size, 0);
  });

  for (const [name, end] of Object.entries({
    'leaveChannel()': ({ socketClient }) => socketClient.leaveChannel('lobby'),
    'disconnect()': ({ realtime }) => realtime.disconnect(),
  })) {
    test(`${protocol}: after ${name} no presence is reported, and the rest of it when the channel is joined again`, async (t) => {
      let reads = 0;
      const server = await startScriptedServer(t, { members: () => list('a', 'b', ++reads === 1 ? 'c' : 'd') });
      const member = observeMember(t, { url: server.url, token: 't', protocol });
      const { realtime, socketClient } = member;
      const live = socketClient.presence('lobby');
      const ended = new Promise((resolve) => {
        socketClient.once('presence', () => resolve(end(member)));
      });
      socketClient.joinChannel('lobby');
      await ended;
      // The list is reported all at once, so any other member would have been reported by now.
      await socketClient.members('probe');
      assert.deepEqual(told(member), ['join lobby a']);
      assert.deepEqual([...live.keys()], name === 'disconnect()' ? ['a'] : []);

      realtime.connect();
      if (name === 'leaveChannel()') socketClient.joinChannel('lobby');
      await observed(member, 'join', 'd');
      const again = name === 'disconnect()' ? [] : ['join lobby a'];
      assert.deepEqual(told(member), ['join lobby a', ...again, 'join lobby b', 'join lobby d']);
    });
  }

  test(`${protocol}: a list that comes after disconnect() tells nothing`, async (t) => {
    const [reading, answer] = [later(), later()];
    const members = (channel) => {
      if (channel !== 'lobby') return [];
      reading.resolve();
      return answer.promise;
    };
    const { url } = await startScriptedServer(t, { members });
    const member = observeMember(t, { url, token: 't', protocol });
    member.socketClient.joinChannel('lobby');
    await reading.promise;
    member.realtime.disconnect();
    answer.resolve(list('outdated'));
    await member.socketClient.members('probe');
    assert.deepEqual(told(member), []);
  });

  test(`${protocol}: a server without the list is an error event, and presence events still come`, async (t) => {
    const server = await startScriptedServer(t);
    const member = observeMember(t, { url: server.url, token: 't', protocol });
    await member.socketClient.joinChannel('lobby');
    const { code, method, path } = await member.seen('error');
    assert.deepEqual([code, method, path], ['NOT_FOUND', 'GET', '/api/socket/channels/lobby/members']);
    server.send(presence('join', 'x'));
    await observed(member, 'join', 'x');
    assert.deepEqual([...member.socketClient.presence('lobby').keys()], ['x']);
    assert.equal(member.all('error').length, 1);
  });
}

test('an invalid list of members is an error event, and joins and leaves are still reported', async (t) => {
  const server = await startScriptedServer(t, { members: () => ({ members: list('a') }) });
  const member = observeMember(t, { url: server.url, token: 't' });
  await member.socketClient.joinChannel('lobby');
  const { code, path } = await member.seen('error');
  assert.deepEqual([code, path], ['PROTOCOL_ERROR', '/api/socket/channels/lobby/members']);
  server.send(presence('join', 'b'));
  await observed(member, 'join', 'b');
});
