/**
 * Several platforms at one Redis act as one: on both kinds of sockets, over REST, and for faults.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import nodeTest from 'node:test';
import { promisify } from 'node:util';
import { outcome, startReady } from '../support/command.js';
import { connect, PROTOCOLS } from '../support/platform-client.js';
import { call, startMember } from '../support/platform-cluster.js';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';
import { redisIsMissing, startRedisProcess } from '../support/redis-process.js';
import { startTarget } from '../support/webhook-target.js';

const ROOT = join(import.meta.dirname, '..', '..');
/** An event that must not arrive shows as a wait that times out. */
const test = (name, run) => nodeTest.test(name, { timeout: 60_000, skip: redisIsMissing }, run);

/** Two platforms at a Redis of their own. */
async function startTwo(t, options) {
  const redis = await startRedisProcess(t);
  return [await startMember(t, redis.url, options), await startMember(t, redis.url, options)];
}

let subjects = 0;

/** A client of a service, with its socket ID and `ask()` for a verb with an answer. */
async function enter(protocol, platform, { sub = `subject ${++subjects}`, permissions = ['service'] } = {}) {
  const client = await connect(protocol, platform, { token: platform.token({ sub, permissions }) });
  const { id } = platform.connections.findLast((connection) => connection.sub === sub);
  let asked = 0;
  const askFrame = async (verb, body) => {
    asked += 1;
    const { type: _type, ackId: _ackId, ...answer } = await client.request(verb, { ackId: asked, ...body });
    return answer;
  };
  return { ...client, id, ask: protocol === 'ws' ? askFrame : client.request };
}

async function subscribe(client, topic, more) {
  const { error, message } = await client.request('subscribe', { topic, subscriptionId: topic, ...more });
  assert.equal(error, undefined, message);
}

/** The next events of a client. */
async function take(client, count) {
  const events = [];
  while (events.length < count) events.push(await client.events.next());
  return events;
}

test('an event reaches the subscribers of all processes once, with one ID; their filters apply', async (t) => {
  const platforms = await startTwo(t);
  const clients = [];
  for (const platform of platforms) {
    for (const protocol of PROTOCOLS) {
      for (const filter of [undefined, { n: 2 }]) {
        const client = await connect(protocol, platform);
        await subscribe(client, 'order', { filter });
        clients.push({ client, filter });
      }
    }
  }
  const [one, two] = platforms;
  const first = one.publish({ topic: 'order', payload: { n: 1 } });
  assert.equal(first.receivers, 2, 'of this process');
  await one.idle();
  const second = await call(two, 'POST', '/api/topics/order/events', { payload: { n: 2 } });
  assert.equal(second.status, 201);
  const last = two.publish({ topic: 'order', payload: { n: 2, last: true } });
  for (const { client, filter } of clients) {
    const expected = filter ? [second.body, last] : [first, second.body, last];
    assert.deepEqual(await take(client, expected.length), expected);
  }
});

test('every client sees the events of all publishers in the same order', async (t) => {
  const platforms = await startTwo(t);
  const clients = [];
  for (const platform of platforms) {
    for (const protocol of PROTOCOLS) {
      const client = await connect(protocol, platform);
      await subscribe(client, 'count');
      clients.push(client);
    }
  }
  const COUNT = 1_500;
  const received = clients.map((client) => take(client, COUNT * 2));
  await Promise.all(
    platforms.map(async (platform, publisher) => {
      for (let n = 0; n < COUNT; n += 1) {
        platform.publish({ topic: 'count', payload: { publisher, n } });
        if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
  const [first, ...others] = (await Promise.all(received)).map((events) => events.map(({ payload }) => payload));
  for (const publisher of [0, 1]) {
    const numbers = first.filter((payload) => payload.publisher === publisher).map(({ n }) => n);
    assert.deepEqual(
      numbers,
      Array.from({ length: COUNT }, (_, n) => n),
    );
  }
  for (const other of others) assert.deepEqual(other, first);
});

for (const protocol of PROTOCOLS) {
  test(`${protocol}: members, counts and presence are those of all processes`, async (t) => {
    const [one, two] = await startTwo(t);
    const ada = await enter(protocol, one);
    const ben = await enter(protocol, two);
    assert.deepEqual(await ada.ask('channel:join', { channel: 'lobby' }), { channel: 'lobby', memberCount: 1 });
    assert.deepEqual(await ben.ask('channel:join', { channel: 'lobby' }), { channel: 'lobby', memberCount: 2 });
    const [joined] = await take(ada, 1);
    assert.deepEqual([joined.type, joined.payload.socketId], ['presence.join', ben.id]);
    await one.joined('lobby', 2);
    for (const platform of [one, two]) {
      const { body: members } = await call(platform, 'GET', '/api/socket/channels/lobby/members');
      assert.deepEqual(members.map(({ socketId }) => socketId).sort(), [ada.id, ben.id].sort());
      assert.deepEqual((await call(platform, 'GET', '/api/socket/channels')).body, [{ name: 'lobby', memberCount: 2 }]);
      assert.deepEqual((await call(platform, 'GET', '/api/socket/connections')).body, { count: 2 });
    }
    ben.close();
    const [left] = await take(ada, 1);
    assert.deepEqual([left.type, left.payload], ['presence.leave', joined.payload]);
    assert.deepEqual((await call(one, 'GET', '/api/socket/connections')).body, { count: 1 });
    assert.deepEqual(await ada.ask('channel:leave', { channel: 'lobby' }), { channel: 'lobby', memberCount: 0 });
    assert.deepEqual((await call(two, 'GET', '/api/socket/channels')).body, []);
  });

  test(`${protocol}: messages of channels, direct messages and broadcasts cross processes`, async (t) => {
    const [one, two] = await startTwo(t);
    const ada = await enter(protocol, one);
    const ben = await enter(protocol, two, { sub: 'ben' });
    await ben.ask('channel:join', { channel: 'lobby' });
    // Ada would hear of ben's join, if her platform hears of it behind hers.
    const members = async () => (await call(one, 'GET', '/api/socket/channels/lobby/members')).body.length;
    while ((await members()) !== 1) await new Promise((resolve) => setImmediate(resolve));
    await ada.ask('channel:join', { channel: 'lobby' });
    assert.equal((await take(ben, 1))[0].type, 'presence.join');

    const { id } = await ada.ask('channel:publish', { channel: 'lobby', event: 'hi', data: { text: 'hello' } });
    const [message] = await take(ben, 1);
    assert.deepEqual([message.id, message.payload, message.metadata.from], [id, { text: 'hello' }, ada.id]);

    const direct = await ben.ask('direct', { targetSocketId: ada.id, event: 'psst', data: 1 });
    const [whisper] = await take(ada, 1);
    assert.deepEqual([whisper.id, whisper.topic, whisper.payload], [direct.id, 'direct', { value: 1 }]);
    assert.equal((await ben.ask('direct', { targetSocketId: 'nobody', event: 'psst' })).error, 'NotFoundError');

    const broadcast = await call(two, 'POST', '/api/socket/broadcast', { channel: 'lobby', event: 'all', data: [1] });
    assert.equal(broadcast.status, 200);
    for (const client of [ada, ben]) {
      const [event] = await take(client, 1);
      assert.deepEqual([event.id, event.payload], [broadcast.body.id, { value: [1] }]);
    }
  });

  test(`${protocol}: a message that is sent again to another process is distributed once`, async (t) => {
    const [one, two] = await startTwo(t);
    const ada = await enter(protocol, one);
    await ada.ask('channel:join', { channel: 'lobby' });
    const message = { channel: 'lobby', event: 'hi', id: 'msg-1', data: {} };
    for (const platform of [one, two]) {
      const sender = await enter(protocol, platform, { sub: 'sender' });
      assert.deepEqual(await sender.ask('channel:publish', message), { id: 'msg-1' });
    }
    await call(two, 'POST', '/api/socket/broadcast', { channel: 'lobby', event: 'end' });
    assert.deepEqual(
      (await take(ada, 2)).map(({ type }) => type),
      ['hi', 'end'],
    );
  });
}

test('the binary values of a message stay binary', async (t) => {
  const [one, two] = await startTwo(t);
  const ben = await enter('socket.io', two);
  await ben.ask('channel:join', { channel: 'lobby' });
  const ada = await enter('socket.io', one);
  const data = { list: [Buffer.from([1, 2]), { deep: Buffer.from([3]) }], text: 'x', none: null };
  await ada.ask('channel:publish', { channel: 'lobby', event: 'bytes', data });
  assert.deepEqual((await take(ben, 1))[0].payload, data);
});

test('writes of documents are told by all processes, as each subscriber wants them', async (t) => {
  const [one, two] = await startTwo(t);
  const client = await connect('ws', two);
  await subscribe(client, 'sync.notes.updated', { returnMode: 'diff' });
  await call(one, 'POST', '/api/sync/notes/documents', { id: 'n', data: { a: 1 } });
  await call(one, 'PATCH', '/api/sync/notes/documents/n/merge', { data: { a: 2 } });
  const payloads = (await take(client, 2)).map(({ payload, metadata }) => [
    metadata.revision,
    payload.data,
    payload.diff,
  ]);
  assert.deepEqual(payloads, [
    [1, undefined, [{ op: 'set', path: '', value: { a: 1 } }]],
    [2, undefined, [{ op: 'set', path: '/a', value: 2 }]],
  ]);
});

test('faults over HTTP are for all processes, and say for how many', async (t) => {
  const [one, two] = await startTwo(t);
  const fault = (platform, name, body) => call(platform, 'POST', `/_local/faults/${name}`, body);
  const ada = await connect('socket.io', one);
  const ben = await connect('ws', two);
  await subscribe(ada, 'x');
  await subscribe(ben, 'x');
  const { id } = one.publish({ topic: 'x' });
  assert.deepEqual([(await take(ada, 1))[0].id, (await take(ben, 1))[0].id], [id, id]);

  assert.deepEqual((await fault(two, 'repeat', { count: 1 })).body, { repeated: 2, processes: 2 });
  assert.deepEqual([(await take(ada, 1))[0].id, (await take(ben, 1))[0].id], [id, id]);
  assert.equal((await fault(two, 'repeat', { count: -1 })).status, 400);
  assert.deepEqual((await fault(two, 'refuseUpgrades', { times: 1 })).body, { processes: 2 });
  for (const platform of [one, two]) await assert.rejects(connect('ws', platform), /503/);

  assert.deepEqual((await fault(one, 'dropAll', { processes: 'this' })).body, { dropped: 1, processes: 1 });
  await ada.closed;
  assert.equal(two.connections.length, 1);
  assert.deepEqual((await fault(one, 'dropAll')).body, { dropped: 1, processes: 2 });
  await ben.closed;
  assert.equal((await fault(one, 'dropAll', { processes: 'some' })).status, 400);
  // The others cannot be called back over HTTP either: this one alone goes away.
  assert.deepEqual((await fault(one, 'goAway', { milliseconds: 60_000 })).body, { milliseconds: 60_000, processes: 1 });
  assert.equal((await call(two, 'GET', '/health')).status, 200);
});

test('a process that starts later knows the members, and one that closes is forgotten', async (t) => {
  const redis = await startRedisProcess(t);
  const one = await startMember(t, redis.url, { seed: { channels: { hall: 2 } } });
  const ada = await enter('ws', one);
  await ada.ask('channel:join', { channel: 'lobby' });
  const two = await startMember(t, redis.url, { seed: { channels: { hall: 2 } } });
  assert.deepEqual((await call(two, 'GET', '/api/socket/channels')).body, [
    { name: 'hall', memberCount: 2 },
    { name: 'lobby', memberCount: 1 },
  ]);
  const ben = await enter('ws', two);
  await ben.ask('channel:join', { channel: 'lobby' });
  assert.equal((await take(ada, 1))[0].type, 'presence.join');
  await two.close();
  assert.equal((await take(ada, 1))[0].type, 'presence.leave');
  await one.until(() => one.lines.some((line) => /process .* left: 1 process$/.test(line)));
  assert.deepEqual((await call(one, 'GET', '/api/socket/connections')).body, { count: 1 });
});

test('other applications at the same Redis are apart', async (t) => {
  const redis = await startRedisProcess(t);
  const one = await startMember(t, redis.url);
  const other = await startMember(t, redis.url, { applicationId: 'other' });
  const client = await connect('ws', other);
  await subscribe(client, 'x');
  await call(one, 'POST', '/api/topics/x/events', {});
  const { id } = other.publish({ topic: 'x' });
  assert.equal((await take(client, 1))[0].id, id);
});

test('a webhook endpoint of one process hears the events of all, once', async (t) => {
  const [one, two] = await startTwo(t);
  const target = await startTarget(t);
  one.webhooks.create({ url: target.url, secret: 'whsec_test', events: ['x'] });
  const { id } = two.publish({ topic: 'x' });
  const { id: last } = one.publish({ topic: 'x' });
  await target.arrived(2);
  const ids = target.requests.map(({ body }) => JSON.parse(String(body)).id);
  assert.deepEqual(ids.sort(), [id, last].sort());
});

test('the example of the guide', async (t) => {
  const redis = await startRedisProcess(t);
  const door = await redis.door();
  const guide = readFileSync(join(ROOT, 'docs/local-platform.md'), 'utf8');
  const [, example] = /## More than one process.*?```js\n(.*?)```/s.exec(guide);
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', example], {
    cwd: ROOT,
    env: { ...process.env, REDIS_URL: door.url },
  });
  assert.equal((await run).stderr, '');
});

test('the command joins the others, and says so', async (t) => {
  const redis = await startRedisProcess(t);
  const one = await startMember(t, redis.url);
  const command = await startReady(t, ['--redis', redis.url, '--secret', 'shared by all processes']);
  await one.until(() => one.lines.some((line) => / joined: 2 processes$/.test(line)));
  const client = await connect('ws', one);
  await subscribe(client, 'x');
  await call(command, 'POST', '/api/topics/x/events', { payload: { n: 1 } });
  assert.deepEqual((await take(client, 1))[0].payload, { n: 1 });
  assert.equal(await command.stop(), 0);
  await one.until(() => one.lines.some((line) => / left: 1 process$/.test(line)));
  const { code, stderr } = await outcome(['--redis', 'redis://:hidden@127.0.0.1:1']);
  assert.equal(code, 1);
  assert.match(stderr, /^--redis: Redis at 127\.0\.0\.1:1 does not answer \(ECONNREFUSED\)/);
});

test('changes of a database reach the subscribers of all processes', async (t) => {
  if (whyNoPostgres()) return t.skip(String(whyNoPostgres()));
  const redis = await startRedisProcess(t);
  const door = await redis.door();
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  await postgres.query('CREATE TABLE orders (id integer PRIMARY KEY, total integer)');
  const mappings = [{ table: 'orders', topic: 'order.changed', events: ['insert'] }];
  const one = await startMember(t, door.url, { redis: { url: door.url }, database: postgres.url(), mappings });
  const two = await startMember(t, redis.url);
  const client = await connect('ws', two);
  await subscribe(client, 'order.changed');
  await postgres.query('INSERT INTO orders SELECT n, n FROM generate_series(1, 20) n');
  const first = await take(client, 20);
  // While Redis is away, changes wait, and nothing of them is lost.
  door.shut();
  await one.until(() => one.lines.some((line) => line.includes('is lost')));
  await postgres.query('INSERT INTO orders SELECT n, n FROM generate_series(21, 40) n');
  door.open();
  const rows = [...first, ...(await take(client, 20))].map(({ payload }) => payload.id);
  assert.deepEqual(
    rows,
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
});
