/** A Socket.IO session is recovered by another process than the one that had it. */

import assert from 'node:assert/strict';
import nodeTest from 'node:test';
import { io } from 'socket.io-client';
import { enter, observeMember } from '../support/member.js';
import { call, startMember, startMemberProcess } from '../support/platform-cluster.js';
import { redisIsMissing, startRedisProcess } from '../support/redis-process.js';
import { openDoor } from '../support/tcp-door.js';

/** An event that must not arrive shows as a wait that times out. */
const test = (name, run) => nodeTest.test(name, { timeout: 60_000, skip: redisIsMissing }, run);

const RECOVERY = 30_000;
const placeOf = ({ url }) => ({ host: '127.0.0.1', port: Number(new URL(url).port) });

/**
 * Two platforms, and a client at the first one that has received an event: without one it has no
 * place in the stream to go on from.
 */
async function setUp(t, first, second, redis, { channels = ['lobby'] } = {}) {
  const door = await openDoor(t, placeOf(first));
  const token = second.token({ sub: 'traveller', permissions: ['service'] });
  const url = `http://127.0.0.1:${door.port}`;
  const client = observeMember(t, { url, token, reconnectionAttempts: Number.POSITIVE_INFINITY });
  client.realtime.subscribe({ topic: 'x', filter: { for: 'me' } });
  await client.reached('connected', 1);
  for (const channel of channels) await client.socketClient.joinChannel(channel);
  const witness = await enter(t, second, { protocol: 'ws', channels });
  const publish = (n) => second.publish({ topic: 'x', payload: { for: 'me', n } });
  // The first process may be another one, where nobody can look for the subscription.
  let sent = 0;
  while (client.all('event').length === 0) {
    publish(`begin ${sent++}`);
    await second.idle();
  }
  const before = client.all('event').length;
  return { door, client, witness, publish, before, redis };
}

/** The numbers of the events after those of the beginning. */
const numbers = ({ all }) =>
  all('event')
    .filter(({ topic }) => topic === 'x')
    .map(({ payload }) => payload.n)
    .filter((n) => typeof n === 'number');

for (const [how, move] of [
  ['a cut link', (door, place) => door.leadTo(place)],
  ['a link that its old process believes in', (door, place) => door.slipTo(place)],
]) {
  test(`${how}: another process goes on where the first one was`, async (t) => {
    const redis = await startRedisProcess(t);
    const one = await startMember(t, redis.url, { recovery: RECOVERY });
    const two = await startMember(t, redis.url, { recovery: RECOVERY });
    const { door, client, witness, publish } = await setUp(t, one, two);
    const { id } = one.connections.find(({ sub }) => sub === 'traveller');

    await witness.seen('presence', ({ socketId }) => socketId === id);
    door.shut();
    if (how === 'a cut link') await one.until(() => one.connections.length === 0);
    for (let n = 0; n < 20; n += 1) publish(n);
    two.publish({ topic: 'x', payload: { for: 'others', n: -1 } });
    const meanwhile = await witness.socketClient.publish('lobby', 'meanwhile', {});
    move(door, placeOf(two));
    door.open();
    const { recovered } = await client.reached('connected', 2);
    assert.equal(recovered, true);
    for (let n = 20; n < 40; n += 1) publish(n);
    await client.seen('event', ({ payload }) => payload.n === 39);
    assert.deepEqual(numbers(client), [...Array(40).keys()]);
    await client.seen('message', (message) => message.id === meanwhile.id);

    assert.deepEqual(
      two.connections.filter(({ sub }) => sub === 'traveller').map((connection) => connection.id),
      [id],
    );
    await one.until(() => one.connections.length === 0);
    for (const platform of [one, two]) {
      assert.equal((await call(platform, 'GET', '/api/socket/channels/lobby/members')).body.length, 2);
    }
    const told = witness.all('presence').filter(({ socketId }) => socketId === id);
    assert.deepEqual(
      told.map(({ type }) => type),
      ['join'],
      'the channel notices nothing',
    );
    client.realtime.destroy();
    await witness.seen('presence', ({ type, socketId }) => type === 'leave' && socketId === id);
  });
}

test('a process that was killed: another one recovers its sessions', async (t) => {
  const redis = await startRedisProcess(t);
  const killed = await startMemberProcess(t, redis.url, { recovery: RECOVERY, redis: { url: redis.url } });
  const two = await startMember(t, redis.url, {
    recovery: RECOVERY,
    redis: { url: redis.url, processTimeout: 10_000 },
  });
  const { door, client, publish } = await setUp(t, killed, two);
  killed.kill('SIGKILL');
  for (let n = 0; n < 20; n += 1) publish(n);
  door.leadTo(placeOf(two));
  const { recovered } = await client.reached('connected', 2);
  assert.equal(recovered, true);
  publish(20);
  await client.seen('event', ({ payload }) => payload.n === 20);
  assert.deepEqual(numbers(client), [...Array(21).keys()]);
  const { body: members } = await call(two, 'GET', '/api/socket/channels/lobby/members');
  assert.equal(members.length, 2);
});

test('a member whose leave was told begins a new session; a subscriber alone goes on', async (t) => {
  for (const channels of [['lobby'], []]) {
    const redis = await startRedisProcess(t);
    const killed = await startMemberProcess(t, redis.url, { recovery: RECOVERY });
    const two = await startMember(t, redis.url, { recovery: RECOVERY });
    const { door, client, witness, publish } = await setUp(t, killed, two, redis, { channels });
    door.shut();
    killed.kill('SIGKILL');
    publish(0);
    await two.until(() => two.lines.some((line) => / left: 1 process$/.test(line)));
    if (channels.length > 0) await witness.seen('presence', ({ type }) => type === 'leave');
    door.leadTo(placeOf(two));
    door.open();
    const { recovered } = await client.reached('connected', 2);
    assert.equal(recovered, channels.length === 0);
    await two.subscribed('x');
    publish(1);
    await client.seen('event', ({ payload }) => payload.n === 1);
    assert.deepEqual(numbers(client), channels.length === 0 ? [0, 1] : [1]);
  }
});

test('a refused token does not end the session: with another one, its client recovers it', async (t) => {
  const redis = await startRedisProcess(t);
  const one = await startMember(t, redis.url, { recovery: RECOVERY });
  const two = await startMember(t, redis.url, { recovery: RECOVERY });
  let token = one.token({ sub: 'traveller' });
  const door = await openDoor(t, placeOf(one));
  const socket = io(`http://127.0.0.1:${door.port}`, {
    transports: ['websocket'],
    reconnectionDelay: 20,
    auth: (use) => use({ token }),
  });
  t.after(() => socket.close());
  await new Promise((resolve) => socket.once('connect', resolve));
  await socket.emitWithAck('subscribe', { topic: 'x' });
  const events = [];
  const arrived = (count) =>
    new Promise((resolve) => {
      const check = () => events.length >= count && resolve();
      socket.on('event', check);
      check();
    });
  socket.on('event', ({ payload }) => events.push(payload.n));
  two.publish({ topic: 'x', payload: { n: 0 } });
  await arrived(1);
  token = 'refused';
  const refused = new Promise((resolve) => socket.once('connect_error', resolve));
  door.leadTo(placeOf(two));
  await refused;
  two.publish({ topic: 'x', payload: { n: 1 } });
  token = one.token({ sub: 'traveller' });
  const connected = new Promise((resolve) => socket.once('connect', resolve));
  socket.connect();
  await connected;
  assert.equal(socket.recovered, true);
  two.publish({ topic: 'x', payload: { n: 2 } });
  await arrived(3);
  assert.deepEqual(events, [0, 1, 2]);
});
