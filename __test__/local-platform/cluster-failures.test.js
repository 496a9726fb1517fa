/** What may fail between several platforms: one is killed or silent, Redis is gone or forgets. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import nodeTest from 'node:test';
import { promisify } from 'node:util';
import { startPlatform } from '../support/local-platform.js';
import { enter, observeMember, PROTOCOLS } from '../support/member.js';
import { call, startMember, startMemberProcess } from '../support/platform-cluster.js';
import { redisIsMissing, startRedisProcess } from '../support/redis-process.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** An event that must not arrive shows as a wait that times out. */
const test = (name, run) => nodeTest.test(name, { timeout: 60_000, skip: redisIsMissing }, run);

/** A client that is subscribed. */
async function subscriber(t, platform, topic, protocol = 'ws') {
  const client = observeMember(t, { url: platform.url, token: platform.token(), protocol });
  client.realtime.on('gap', () => {});
  client.realtime.subscribe({ topic });
  await platform.subscribed(topic);
  return client;
}

const ids = (client) => client.all('event').map(({ id }) => id);

test('the members of a killed process leave, once, and its connections no longer count', async (t) => {
  const redis = await startRedisProcess(t);
  const one = await startMember(t, redis.url);
  const two = await startMember(t, redis.url);
  const killed = await startMemberProcess(t, redis.url);
  const witnesses = [];
  for (const [index, platform] of [one, two].entries()) {
    witnesses.push(await enter(t, platform, { protocol: PROTOCOLS[index], channels: ['lobby'] }));
  }
  const lost = observeMember(t, { url: killed.url, token: killed.token });
  await lost.socketClient.joinChannel('lobby');
  const { socketId } = await witnesses[0].seen('presence', ({ type }) => type === 'join', 3);
  assert.equal((await call(one, 'GET', '/api/socket/connections')).body.count, 3);

  killed.kill('SIGKILL');
  lost.realtime.destroy();
  const leaves = await Promise.all(witnesses.map(({ seen }) => seen('presence', ({ type }) => type === 'leave')));
  for (const leave of leaves) assert.deepEqual([leave.channel, leave.socketId], ['lobby', socketId]);
  await two.until(() => two.lines.some((line) => / left: 2 processes$/.test(line)));
  for (const platform of [one, two]) {
    assert.equal((await call(platform, 'GET', '/api/socket/connections')).body.count, 2);
    assert.equal((await call(platform, 'GET', '/api/socket/channels/lobby/members')).body.length, 2);
  }
  await Promise.all([one.idle(), two.idle()]);
  for (const { all } of witnesses) assert.equal(all('presence').filter(({ type }) => type === 'leave').length, 1);
});

test('a process that was only silent is a member again, and receives what it missed', async (t) => {
  const redis = await startRedisProcess(t);
  const one = await startMember(t, redis.url);
  const frozen = await startMemberProcess(t, redis.url, { pingInterval: 60_000 });
  const witness = await enter(t, one, { protocol: 'ws', channels: ['lobby'] });
  const sleeper = observeMember(t, { url: frozen.url, token: frozen.token, protocol: 'ws' });
  await sleeper.socketClient.joinChannel('lobby');
  await witness.seen('presence', ({ type }) => type === 'join', 2);
  frozen.kill('SIGSTOP');
  await witness.seen('presence', ({ type }) => type === 'leave');
  const { id } = await witness.socketClient.publish('lobby', 'meanwhile', {});
  frozen.kill('SIGCONT');
  await witness.seen('presence', ({ type }) => type === 'join', 3);
  await sleeper.seen('message', (message) => message.id === id);
  await one.joined('lobby', 2);
});

test('without Redis a platform goes on: its events wait, its callers are told, nothing is lost', async (t) => {
  const redis = await startRedisProcess(t, { password: 'open+sesame/%' });
  const door = await redis.door();
  const one = await startMember(t, door.url);
  const two = await startMember(t, (await redis.door()).url);
  const [here, there] = [await subscriber(t, one, 'x'), await subscriber(t, two, 'x', 'socket.io')];
  const before = one.publish({ topic: 'x' });
  await there.seen('event', ({ id }) => id === before.id);

  door.shut();
  await one.until(() => one.lines.some((line) => line.includes('is lost')));
  const refused = await call(one, 'POST', '/api/topics/x/events', {});
  assert.equal(refused.status, 503);
  assert.match(
    refused.body.message,
    /^The event was not published\. The connection to Redis at 127\.0\.0\.1:\d+ is lost/,
  );
  const during = one.publish({ topic: 'x' });
  const elsewhere = two.publish({ topic: 'x' });
  await there.seen('event', ({ id }) => id === elsewhere.id);
  assert.equal((await call(one, 'GET', '/health')).status, 200);

  door.open();
  const after = two.publish({ topic: 'x' });
  for (const client of [here, there]) {
    for (const { id } of [during, elsewhere, after]) await client.seen('event', (event) => event.id === id);
    assert.equal(new Set(ids(client)).size, 4);
    assert.equal(ids(client).length, 4);
    assert.deepEqual(client.all('gap'), []);
  }
  await one.until(() => one.lines.some((line) => line.endsWith('is back')));
  assert.doesNotMatch([...one.lines, refused.body.message].join('\n'), /sesame/);
});

test('a process whose place in the stream was trimmed tells its subscribers of a gap', async (t) => {
  const redis = await startRedisProcess(t);
  const door = await redis.door();
  const one = await startMember(t, door.url, { redis: { url: door.url, streamLength: 1_000 } });
  const two = await startMember(t, redis.url, { redis: { url: redis.url, streamLength: 1_000 } });
  const [here, there] = [await subscriber(t, one, 'x'), await subscriber(t, two, 'x', 'socket.io')];
  const gap = new Promise((resolve) => here.realtime.once('gap', resolve));
  let gaps = 0;
  there.realtime.on('gap', () => {
    gaps += 1;
  });
  two.publish({ topic: 'x' });
  await here.seen('event', () => true);
  door.shut();
  await one.until(() => one.lines.some((line) => line.includes('is lost')));
  const COUNT = 3_000;
  // Each portion fits the stream: the process that reads must not miss any.
  const published = [];
  while (published.length < COUNT) {
    for (let n = 0; n < 500; n += 1) published.push(two.publish({ topic: 'x' }).id);
    await there.seen('event', () => true, published.length + 1);
  }
  door.open();
  const { reason } = await gap;
  assert.match(String(reason), /trimmed/);
  const last = two.publish({ topic: 'x' });
  await here.seen('event', ({ id }) => id === last.id);
  assert.deepEqual(ids(there).slice(1, COUNT + 1), published);
  assert.equal(gaps, 0, 'this process has missed nothing');
  assert.ok(ids(here).length < COUNT, 'not all of them can have arrived');
  assert.equal(new Set(ids(here)).size, ids(here).length);
});

test('a Redis that forgets everything: a gap for all, and the platforms find each other again', async (t) => {
  const redis = await startRedisProcess(t);
  const platforms = [await startMember(t, redis.url), await startMember(t, redis.url)];
  const clients = [];
  for (const [index, platform] of platforms.entries()) {
    const client = await enter(t, platform, { protocol: PROTOCOLS[index], channels: ['lobby'] });
    client.realtime.subscribe({ topic: 'x' });
    await platform.subscribed('x');
    clients.push({ ...client, gap: new Promise((resolve) => client.realtime.once('gap', resolve)) });
  }
  await redis.kill();
  await redis.start();
  for (const { gap } of clients) assert.match(String((await gap).reason), /started again/);
  const { id } = platforms[0].publish({ topic: 'x' });
  for (const { seen } of clients) await seen('event', (event) => event.id === id);
  for (const platform of platforms) {
    assert.deepEqual((await call(platform, 'GET', '/api/socket/channels')).body, [{ name: 'lobby', memberCount: 2 }]);
    assert.deepEqual((await call(platform, 'GET', '/api/socket/connections')).body, { count: 2 });
  }
  clients[1].realtime.destroy();
  await clients[0].seen('presence', ({ type }) => type === 'leave');
});

for (const [what, setting, wrong, right, reason] of [
  ['no longer lets the platform in', 'requirepass', 'open-sesame', '', /refuses the password/],
  ['is full', 'maxmemory', '1', '0', /is full: raise its maxmemory/],
]) {
  test(`a Redis that ${what}: callers get the reason, events wait, nothing is lost`, async (t) => {
    const redis = await startRedisProcess(t);
    const one = await startMember(t, redis.url);
    const client = await subscriber(t, one, 'x');
    const secret = setting === 'requirepass' ? ['-a', wrong] : [];
    assert.equal(redis.run('CONFIG', 'SET', setting, wrong), 'OK');
    redis.run(...secret, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const waiting = one.publish({ topic: 'x' });
    await one.until(() => one.lines.some((line) => reason.test(line)));
    const refused = await call(one, 'POST', '/api/topics/x/events', {});
    assert.equal(refused.status, 503);
    assert.match(refused.body.message, reason);
    assert.equal(redis.run(...secret, 'CONFIG', 'SET', setting, right), 'OK');
    await client.seen('event', ({ id }) => id === waiting.id);
    let status;
    do status = (await call(one, 'POST', '/api/topics/x/events', {})).status;
    while (status !== 201);
    assert.doesNotMatch(one.lines.join('\n'), /sesame/);
  });
}

test('what is wrong with a Redis at the start is said in plain words, without the password', async (t) => {
  const redis = await startRedisProcess(t, { password: 'open-sesame' });
  const door = await redis.door();
  const web = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  t.after(() => web.close());
  const closed = net.createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const free = closed.address().port;
  closed.close();
  await once(closed, 'close');
  const cases = [
    [`redis://:secret-1@127.0.0.1:${free}`, /Redis at 127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)\. Start it/],
    ['unix:///nowhere/redis.sock', /Redis at \/nowhere\/redis\.sock does not answer \(ENOENT\)/],
    [`redis://:secret-1@127.0.0.1:${door.port}`, /refuses the password\. The address has it/],
    [`redis://127.0.0.1:${door.port}`, /refuses the password\. The address has it/],
    [`redis://:secret-1@127.0.0.1:${web.address().port}`, /does not speak as a Redis does/],
    ['http://127.0.0.1', /options\.redis: expected the address of a Redis/],
    [{ url: door.url, processTimeout: 10 }, /options\.redis\.processTimeout: expected milliseconds, at least 300/],
    [{ url: door.url, streamLength: 10 }, /options\.redis\.streamLength: expected a number of entries/],
    [{ url: door.url, timeout: 10 }, /options\.redis\.timeout is not an option/],
  ];
  for (const [address, pattern] of cases) {
    await assert.rejects(startPlatform(t, { redis: address }), (error) => {
      assert.match(error.message, pattern);
      assert.doesNotMatch(error.message, /secret-1|sesame/);
      return true;
    });
  }
});

test('a platform without Redis loads nothing of it', async () => {
  const program = `
    const { startLocalPlatform } = require('@smarterservices/realtime-local');
    startLocalPlatform().then(async (platform) => {
      await platform.close();
      const loaded = Object.keys(require.cache).filter((file) => /[\\\\/](@?redis|redis-streams-adapter|pg)[\\\\/]/.test(file));
      console.log(JSON.stringify(loaded));
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { cwd: ROOT });
  assert.deepEqual(JSON.parse(stdout), []);
});

test('a platform closes while Redis is away: no rejection goes unhandled', async (t) => {
  const redis = await startRedisProcess(t);
  const one = await startMember(t, redis.url);
  const unhandled = [];
  const note = (error) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  await redis.kill();
  one.documents.create('s', { id: 'd', data: 1 });
  one.publish({ topic: 'x' });
  await one.until(() => one.lines.some((line) => line.includes('is lost')));
  one.documents.merge('s', 'd', { data: 2 });
  await one.close();
  await new Promise(setImmediate);
  assert.deepEqual(unhandled, []);
  await redis.start();
});
