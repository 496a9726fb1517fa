/** What the methods of socketClient answer, refuse and report, on both wires. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { enter, failure, PROTOCOLS } from '../support/member.js';
import { start } from '../support/program.js';

const RESERVED = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
  'presence.join',
  'presence.leave',
];

/** Each kind of wrong argument, and what the error says first. */
const REFUSED_NAMES = [
  ['', /a string of 1 to 256 bytes without control characters, got ''/],
  ['a\nb', /without control characters/],
  ['ä'.repeat(129), /1 to 256 bytes/],
  [undefined, /got undefined/],
  [['lobby'], /got an array/],
];

for (const protocol of PROTOCOLS) {
  test(`${protocol}: each method resolves to the server's answer`, async (t) => {
    const platform = await startPlatform(t);
    const first = await enter(t, platform, { protocol });
    const second = await enter(t, platform, { protocol, channels: ['lobby'] });
    const { socketClient } = first;
    assert.deepEqual(await socketClient.joinChannel('lobby'), { channel: 'lobby', memberCount: 2 });
    assert.deepEqual(await socketClient.joinChannel('lobby'), { channel: 'lobby', memberCount: 2 }, 'again');
    for (const sent of [
      await socketClient.publish('lobby', 'e'),
      await socketClient.directMessage(second.socketClient.id, 'e'),
      await socketClient.broadcast('lobby', 'e'),
    ]) {
      assert.deepEqual(Object.keys(sent), ['id']);
      assert.match(sent.id, /^msg_[-0-9a-f]{36}$/);
    }
    assert.deepEqual(await socketClient.channels(), [{ name: 'lobby', memberCount: 2 }]);
    assert.deepEqual(await socketClient.connections(), { count: 2 });
    const members = await socketClient.members('lobby');
    assert.deepEqual(
      members.map(({ socketId }) => socketId),
      [second.socketClient.id, socketClient.id],
    );
    assert.ok(members.every(({ joinedAt }) => Math.abs(joinedAt - Date.now()) < 60_000));

    assert.equal(await socketClient.leaveChannel('lobby'), undefined);
    assert.equal(await socketClient.leaveChannel('never joined'), undefined);
    assert.deepEqual(await socketClient.members('lobby'), members.slice(0, 1));
    assert.deepEqual(first.all('error'), []);
  });

  test(`${protocol}: names may have any characters, also in the path of a REST call`, async (t) => {
    const platform = await startPlatform(t);
    const channel = 'a/b?c=%20#é 🎉..';
    const receiver = await enter(t, platform, { protocol, channels: [channel, '...', 'message:x', 'é'.repeat(128)] });
    const { socketClient } = await enter(t, platform, { protocol });
    assert.equal((await socketClient.members(channel)).length, 1);
    assert.equal((await socketClient.members('...')).length, 1);
    await socketClient.publish(channel, 'an event: with / all', 1);
    const message = await receiver.seen('message');
    assert.deepEqual([message.channel, message.event], [channel, 'an event: with / all']);
  });

  test(`${protocol}: a refusal rejects an awaited call, and emits no error event`, async (t) => {
    const platform = await startPlatform(t);
    const { all, realtime, socketClient } = await enter(t, platform, { protocol, permissions: ['client'] });
    await socketClient.joinChannel('lobby');
    const denied = await failure(socketClient.publish('lobby', 'e'));
    assert.deepEqual([denied.code, denied.channel, denied.retryable], ['MESSAGE_DENIED', 'lobby', false]);
    assert.match(denied.message, /ForbiddenError/);
    assert.equal(denied.uncertain, undefined);
    const direct = await failure(socketClient.directMessage(socketClient.id, 'e'));
    assert.deepEqual([direct.code, direct.channel], ['MESSAGE_DENIED', undefined]);
    assert.equal((await failure(socketClient.broadcast('lobby', 'e'))).code, 'FORBIDDEN');

    const service = await enter(t, platform, { protocol });
    const nobody = await failure(service.socketClient.directMessage('nobody', 'e'));
    assert.match(nobody.message, /NotFoundError: No socket 'nobody' is connected/);

    // Each way to wait counts: a handler added late, in the same turn in which the refusal arrives,
    // too.
    const waits = [
      (call) => call.catch(({ code }) => code),
      (call) => call.then(undefined, ({ code }) => code),
      (call) => Promise.allSettled([call]).then(([{ reason }]) => reason.code),
      (call) => Promise.race([call]).catch(({ code }) => code),
      (call) => call.finally(() => {}).catch(({ code }) => code),
      (call) => (async () => call)().catch(({ code }) => code),
    ];
    for (const wait of waits) assert.equal(await wait(socketClient.publish('lobby', 'e')), 'MESSAGE_DENIED');
    await new Promise(setImmediate);
    assert.deepEqual(all('error'), []);
    assert.equal(realtime.connected, true);
  });

  test(`${protocol}: a channel that is refused is an error with its name, and not joined again`, async (t) => {
    const platform = await startPlatform(t);
    const member = await enter(t, platform, { protocol });
    const { seen, socketClient } = member;
    const names = Array.from({ length: 1000 }, (_, n) => `channel ${n}`);
    await Promise.all(names.map((name) => socketClient.joinChannel(name)));
    const denied = await failure(socketClient.joinChannel('one too many'));
    assert.deepEqual([denied.code, denied.channel], ['CHANNEL_DENIED', 'one too many']);
    socketClient.joinChannel('another');
    const { code, channel } = await seen('error');
    assert.deepEqual([code, channel], ['CHANNEL_DENIED', 'another']);

    await socketClient.leaveChannel('channel 0');
    await platform.faults.dropAll();
    await member.reached('connected', 2);
    await platform.until(({ connections }) => connections[0]?.channels.length === 999);
    await socketClient.joinChannel('channel 0'); // it comes after all that are joined by themselves
    const [{ channels }] = platform.connections;
    assert.deepEqual(channels.slice(-2), ['channel 999', 'channel 0']);
    assert.equal(member.all('error').length, 1);
  });

  test(`${protocol}: called and forgotten, a refusal is an error event and not the end of the process`, async (t) => {
    const platform = await startPlatform(t);
    const program = start(
      t,
      (RealtimeClient, url, token, protocol) => {
        const client = new RealtimeClient({ url, token, protocol });
        const { socketClient } = client;
        process.on('exit', (code) => console.log(`exit ${code}`));
        const codes = [];
        client.on('error', ({ code, channel }) => {
          codes.push(`${code} ${channel}`);
          if (codes.length === 3) {
            console.log(codes.join(', '));
            client.destroy();
          }
        });
        client.on('connection', ({ state }) => {
          if (state !== 'connected') return;
          socketClient.publish('lobby', 'e');
          socketClient.directMessage('nobody', 'e');
          socketClient.publish('attic', 'e');
        });
      },
      [platform.url, platform.token(), protocol],
      ['--unhandled-rejections=strict'],
    );
    const { code, stdout, stderr } = await program.ended;
    const denied = 'MESSAGE_DENIED lobby, MESSAGE_DENIED undefined, MESSAGE_DENIED attic';
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: [denied, 'exit 0'], stderr: '' });
  });

  test(`${protocol}: destroy() rejects what is under way, and later calls`, async (t) => {
    const platform = await startPlatform(t);
    const { all, reached, realtime, socketClient } = await enter(t, platform, { protocol });
    await reached('connected');
    platform.faults.stopAnsweringPings(); // this client hears nothing from now on
    const pending = [
      socketClient.joinChannel('lobby'),
      socketClient.publish('lobby', 'e'),
      socketClient.directMessage('x', 'e', null, { retry: true }),
      socketClient.leaveChannel('attic'),
    ];
    socketClient.publish('lobby', 'forgotten');
    realtime.destroy();
    const errors = await Promise.all(pending.map(failure));
    assert.deepEqual([...new Set(errors.map(({ code }) => code))], ['CLIENT_DESTROYED']);
    assert.deepEqual(
      errors.map(({ channel }) => channel),
      ['lobby', 'lobby', undefined, 'attic'],
    );
    for (const call of [
      () => socketClient.joinChannel('lobby'),
      () => socketClient.leaveChannel('lobby'),
      () => socketClient.publish('lobby', 'e'),
      () => socketClient.directMessage('x', 'e'),
      () => socketClient.presence('lobby'),
      () => socketClient.on('message', () => {}),
      () => socketClient.once('message', () => {}),
    ]) {
      assert.throws(call, { code: 'CLIENT_DESTROYED' });
    }
    for (const name of ['channels', 'members', 'connections', 'broadcast'])
      assert.equal((await failure(socketClient[name]('lobby', 'e'))).code, 'CLIENT_DESTROYED');
    socketClient.off('message', () => {});
    assert.equal(socketClient.id, undefined);
    await new Promise(setImmediate);
    assert.deepEqual(all('error'), []);
  });
}

test('an answer of the server that is not what was asked for is an error', async (t) => {
  /** What the server answers, whatever it is asked. */
  let answer;
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new RealtimeClient({
    url: `http://127.0.0.1:${server.address().port}`,
    token: 't',
    autoConnect: false,
  });
  t.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const { socketClient } = client;
  const refused = async (call, path, answers, method = 'GET') => {
    for (answer of answers) {
      const error = await failure(call());
      assert.deepEqual(
        [error.code, error.method, error.path],
        ['PROTOCOL_ERROR', method, path],
        JSON.stringify(answer),
      );
      assert.equal(error.uncertain, method === 'POST' ? true : undefined);
      assert.equal(error.status, 200);
      assert.match(error.message, /^[A-Z]+ \/api.*: the server answered 200 with(out a| something that is not a) /);
    }
  };
  const path = '/api/socket/channels';
  await refused(() => socketClient.channels(), path, [null, {}, { channels: [] }, 'x', [null], ['lobby']]);
  await refused(() => socketClient.channels(), path, [[{ name: 1 }], [{ name: 'a', memberCount: '1' }]]);
  await refused(() => socketClient.members('a/b'), `${path}/a%2Fb/members`, [
    null,
    { members: [] },
    [null],
    [{ id: 'x' }],
  ]);
  await refused(() => socketClient.connections(), '/api/socket/connections', [null, [], 3, { count: '3' }]);
  const broadcast = () => socketClient.broadcast('lobby', 'e');
  await refused(broadcast, '/api/socket/broadcast', [null, {}, 'x', { id: 1 }], 'POST');
  answer = [];
  assert.deepEqual([await socketClient.channels(), await socketClient.members('lobby')], [[], []]);
});

test('wrong arguments are refused with what they are', async (t) => {
  const client = new RealtimeClient({ url: 'http://127.0.0.1:1', token: 't', autoConnect: false });
  t.after(() => client.destroy());
  const { socketClient } = client;
  const refused = (call, pattern) => assert.throws(call, { code: 'INVALID_ARGUMENT', message: pattern });
  const starts = (name, { source }) =>
    new RegExp(`^SocketClient\\.${name.replace(' ', '\\(\\): ')}: expected .*${source}`);

  for (const [name, pattern] of REFUSED_NAMES) {
    refused(() => socketClient.joinChannel(name), starts('joinChannel channel', pattern));
    refused(() => socketClient.leaveChannel(name), starts('leaveChannel channel', pattern));
    refused(() => socketClient.presence(name), starts('presence channel', pattern));
    refused(() => socketClient.publish(name, 'e'), starts('publish channel', pattern));
    refused(() => socketClient.publish('lobby', name), starts('publish event', pattern));
    refused(() => socketClient.directMessage(name, 'e'), starts('directMessage targetSocketId', pattern));
    for (const [method, call] of [
      ['members', () => socketClient.members(name)],
      ['broadcast', () => socketClient.broadcast(name, 'e')],
    ]) {
      const error = await failure(call());
      assert.equal(error.code, 'INVALID_ARGUMENT');
      assert.match(error.message, starts(`${method} channel`, pattern));
    }
  }
  refused(
    () => socketClient.joinChannel('direct'),
    /^SocketClient\.joinChannel\(\): channel: expected a channel other than 'direct'/,
  );
  for (const name of RESERVED) {
    refused(
      () => socketClient.publish('lobby', name),
      new RegExp(`^SocketClient\\.publish\\(\\): event: expected a name other than .*got '${name}'`),
    );
    refused(() => socketClient.directMessage('x', name), /^SocketClient\.directMessage\(\): event: /);
    assert.match(
      (await failure(socketClient.broadcast('lobby', name))).message,
      /^SocketClient\.broadcast\(\): event: /,
    );
  }
  refused(
    () => socketClient.publish('lobby', 'e', {}, { timeout: 0 }),
    /^SocketClient\.publish\(\): options\.timeout: /,
  );
  refused(
    () => socketClient.publish('lobby', 'e', {}, { volatile: 1 }),
    /^SocketClient\.publish\(\): options\.volatile: /,
  );
  refused(
    () => socketClient.publish('lobby', 'e', {}, { retry: 'yes' }),
    /^SocketClient\.publish\(\): options\.retry: /,
  );
  refused(
    () => socketClient.publish('lobby', 'e', {}, 5000),
    /^SocketClient\.publish\(\): options: expected an object/,
  );
  refused(
    () => socketClient.on('messages', () => {}),
    /^SocketClient\.on\(\): event: expected 'message', 'message:<channel>', 'direct' or/,
  );
  refused(() => socketClient.on('message:', () => {}), /^SocketClient\.on\(\): 'message:<channel>': expected a string/);
  refused(() => socketClient.on('message:direct', () => {}), /other than 'direct'/);
  refused(() => socketClient.once('direct', 'handler'), /^SocketClient\.once\(\): handler: expected a function/);
});

test('data that JSON cannot carry is refused with the path to it', async (t) => {
  const client = new RealtimeClient({ url: 'http://127.0.0.1:1', token: 't', autoConnect: false });
  t.after(() => client.destroy());
  const { socketClient } = client;
  const cycle = { list: [{}] };
  cycle.list[0].back = cycle;
  const twice = {};
  Object.assign(twice, { a: twice, b: twice });
  const cases = [
    [{ amount: 10n }, /^data\.amount: .*bigint/],
    [() => {}, /^data: .*function/],
    [{ list: [1, Number.NaN] }, /^data\.list\[1\]: .*NaN/],
    [{ 'odd key': new Map() }, /^data\["odd key"\]: .*Map/],
    [[undefined], /^data\[0\]: .*undefined/],
    [cycle, /^data\.list\[0\]\.back: .*a reference back to data/],
    [twice, /^data\.a: .*a reference back to data/],
    [{ bytes: Buffer.from('x'), twice }, /^data: expected .*contains itself/],
    [{ bytes: Buffer.from('x'), amount: 10n }, /^data\.amount: .*bigint/],
  ];
  for (const [data, message] of cases) {
    const of = (method) => ({
      code: 'INVALID_ARGUMENT',
      message: new RegExp(`^SocketClient\\.${method}\\(\\): ${message.source.slice(1)}`),
    });
    assert.throws(() => socketClient.publish('lobby', 'e', data), of('publish'));
    assert.throws(() => socketClient.directMessage('x', 'e', data), of('directMessage'));
  }
  assert.equal(client.stats().outboxMessages, 0, 'nothing of it was kept');
});
