/**
 * Prototype pollution elsewhere in the process: a member of Object.prototype is not an option and
 * not a part of an event, and breaks nothing.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { parseOptions } from '../../lib/options/client.js';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

const token = 't';
const url = 'http://127.0.0.1:9';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** Runs with these members on Object.prototype. */
function polluted(members, run) {
  for (const [name, value] of Object.entries(members))
    Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
  try {
    return run();
  } finally {
    for (const name of Object.keys(members)) delete Object.prototype[name];
  }
}

nativeTest('tls')('no option of a client, and no part of one, comes from Object.prototype', () => {
  const given = {
    url,
    token,
    tls: { ca: PEM },
    headers: { 'x-a': '1' },
    heartbeat: { interval: 500 },
    inbox: {},
    outbox: {},
    proxy: 'http://p:1',
  };
  const expected = parseOptions(given);
  const members = {
    ask: () => 'stolen',
    autoConnect: false,
    authorization: 'Basic x',
    rejectUnauthorized: false,
    servername: 'evil',
    cert: PEM,
    key: PEM,
    applicationId: 'evil',
    path: '/evil/',
    reconnection: false,
    protocol: 'ws',
    transports: ['polling'],
    timeout: 7,
    maxEvents: 1,
    maxMessages: 1,
    maxPauseMs: 0,
    overflow: 'latest',
    'x-evil': '1',
  };
  // deepEqual would see the members itself.
  const found = polluted(members, () => Object.entries(parseOptions(given)).map(([name, value]) => [name, value]));
  assert.deepEqual(Object.fromEntries(found), expected);
});

test('no variable of the environment comes from Object.prototype', () => {
  const given = { url: 'http://realtime.example.com', token };
  const expected = parseOptions(given).config.proxy;
  const members = { http_proxy: 'http://evil:1', all_proxy: 'http://evil:1', no_proxy: 'evil' };
  assert.deepEqual(
    polluted(members, () => parseOptions(given).config.proxy),
    expected,
  );
});

test('a member that a class has is not an option, and a warning says so', async () => {
  class Settings {
    url = url;
    token = token;
    get reconnection() {
      return false;
    }
  }
  const warned = once(process, 'warning');
  const { config } = parseOptions(new Settings());
  assert.equal(config.reconnection, true);
  const [{ message, code }] = await warned;
  assert.equal(code, 'UNKNOWN_OPTION');
  assert.equal(
    message,
    'RealtimeClient(): options.reconnection is inherited and has no effect. Options are own properties.',
  );
});

nativeTest('runtime')('a client does its work with all kinds of members on Object.prototype', async (t) => {
  const platform = await startPlatform(t);
  /** Where nothing must ever arrive. */
  const evil = http.createServer().listen(0, '127.0.0.1');
  await once(evil, 'listening');
  let visits = 0;
  evil.on('connection', () => {
    visits += 1;
  });
  t.after(() => evil.close());
  const program = start(
    t,
    async (RealtimeClient, url, token, evil) => {
      const { signWebhook, verifyWebhook, WebhookReceiver, MemoryReplayStore, getTokenExpiresIn } = require(
        process.env.PACKAGE,
      );
      // Names of options, of members that peers may leave out, and of what we hand around
      // ourselves.
      const members = {
        each() {},
        proxy: evil,
        tls: { rejectUnauthorized: false },
        rejectUnauthorized: false,
        ca: 'x',
        headers: { 'x-evil': '1' },
        heartbeat: false,
        applicationId: 'evil',
        environment: 'evil',
        ask: () => 'stolen',
        filter: { never: 1 },
        returnMode: 'diff',
        timeout: 1,
        volatile: true,
        retry: true,
        idempotencyKey: 'same',
        expectedRevision: 999,
        expiresAt: 1,
        limit: 1,
        attempts: 1,
        toleranceMs: 1,
        clock: () => 0,
        maxBodyBytes: 1,
        maxEntries: 1,
        replayStore: {},
        ackAfterMs: 1,
        scheme: 't-v1',
        'x-webhook-attempt': '9',
        'x-webhook-signature': 'evil',
        claim() {},
        release() {},
        deleted: true,
        diff: [{ op: 'set', path: '', value: 'evil' }],
        isLocal: true,
        reset: true,
        dropped: 9,
        recovered: true,
        channel: 'evil',
        subscriptionId: 'evil',
        memberCount: 99,
        wrapped: true,
        from: 'evil',
        exp: 1,
        status: 401,
        uncertain: true,
        retryAfter: 1,
        currentRevision: 9,
        remediation: 'evil',
        spent: true,
      };
      for (const [name, value] of Object.entries(members))
        Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
      const said = [];
      const say = (...all) => said.push(all.join(' '));
      process.on('warning', ({ code, message }) => code !== 'DEP0128' && say('warning', message));

      for (const protocol of ['socket.io', 'ws']) {
        const client = new RealtimeClient({ url, token, protocol });
        client.on('error', (error) => say(protocol, error.message));
        await new Promise((connected) => client.on('connection', ({ state }) => state === 'connected' && connected()));
        const { sync, socketClient } = client;
        const id = `d-${protocol}`;

        const seen = new Promise((resolve) => client.on(`event:sync.notes.updated`, resolve));
        client.subscribe({ topic: 'sync.notes.updated', filter: { id } });
        const live = sync.watch('notes', id, { returnMode: 'full' });
        await live.ready();
        const changed = new Promise((resolve) => live.once('change', resolve));
        await sync.create('notes', { n: 1 }, id);
        const { payload } = await seen;
        say(protocol, 'event', JSON.stringify(payload.data));
        const change = await changed;
        say(protocol, 'change', Object.keys(change).join(), change.isLocal, live.revision, live.deleted);
        await sync.update('notes', id, ({ n }) => ({ n: n + 1 }));
        await sync.mutate('notes', id, [
          { op: 'increment', path: '/n' },
          { op: 'remove', path: '/n' },
        ]);
        say(protocol, 'document', JSON.stringify((await sync.get('notes', id)).data));
        await sync
          .get('notes', 'none')
          .catch((error) => say(protocol, error.code, error.status, Object.hasOwn(error, 'channel')));

        const { memberCount } = await socketClient.joinChannel('lobby');
        say(protocol, 'members', memberCount);
        const message = new Promise((resolve) => socketClient.on('message:lobby', resolve));
        const other = new RealtimeClient({ url, token });
        await other.socketClient.joinChannel('lobby');
        say(protocol, 'published', 'id' in (await other.socketClient.publish('lobby', 'hello', { text: 'hi' })));
        say(protocol, 'message', JSON.stringify((await message).data));
        other.destroy();
        await sync.delete('notes', id);
        say(protocol, 'deleted', live.deleted);
        client.destroy();
      }

      const body = JSON.stringify({ id: 'e', topic: 't', source: 'database', type: 'x', payload: {} });
      const headers = signWebhook(body, 'secret');
      say('signed', Object.keys(headers).join());
      say('verified', JSON.stringify(verifyWebhook(body, headers, 'secret').scheme));
      const receiver = new WebhookReceiver('secret');
      await receiver.verifyAsync(body, headers);
      await receiver.verifyAsync(body, headers).catch(({ code }) => say(code));
      for (const wrong of [
        () => verifyWebhook(body, {}, 'secret'),
        () => new WebhookReceiver('s', { replayStore: {} }),
      ])
        try {
          wrong();
        } catch ({ code }) {
          say(code);
        }
      const store = new MemoryReplayStore();
      say('store', store.claim('a', 1e15), store.claim('b', 1e15));
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      say('expires', getTokenExpiresIn(`${part({ alg: 'none' })}.${part({})}.`));
      console.log(JSON.stringify(said));
    },
    [platform.url, platform.token({ permissions: ['service'] }), `http://127.0.0.1:${evil.address().port}`],
    [],
    { environment: { PACKAGE: join(import.meta.dirname, '..', '..') } },
  );
  const { stdout, stderr, code } = await program.ended;
  assert.deepEqual([code, stderr], [0, '']);
  const of = (protocol) => [
    `${protocol} event {"n":1}`,
    `${protocol} change data,revision,deleted,isLocal,skipped true 1 false`,
    `${protocol} document {}`,
    `${protocol} NOT_FOUND 404 false`,
    `${protocol} members 1`,
    `${protocol} published true`,
    `${protocol} message {"text":"hi"}`,
    `${protocol} deleted true`,
  ];
  assert.deepEqual(JSON.parse(stdout.at(-1)), [
    ...of('socket.io'),
    ...of('ws'),
    'signed x-webhook-id,x-webhook-timestamp,x-webhook-signature',
    'verified "realtime"',
    'REPLAYED',
    'MISSING_HEADER',
    'INVALID_ARGUMENT',
    'store true true',
    'expires Infinity',
  ]);
  assert.equal(visits, 0);
});
