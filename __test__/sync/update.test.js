/** update(): concurrent changes are all kept, and whatever cannot be known is said. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

const failure = (promise) =>
  promise.then(
    (value) => assert.fail(`resolved to ${JSON.stringify(value)}`),
    (error) => error,
  );

/** A platform and clients that may write. */
async function open(t, count = 1) {
  const platform = await startPlatform(t);
  const token = platform.token({ permissions: ['service'] });
  const clients = Array.from(
    { length: count },
    () => new RealtimeClient({ url: platform.url, token, autoConnect: false }),
  );
  t.after(() => clients.forEach((client) => void client.destroy()));
  return { platform, clients, syncs: clients.map(({ sync }) => sync) };
}

test('fifty concurrent increments from five clients end at fifty', async (t) => {
  const { syncs } = await open(t, 5);
  await syncs[0].create('counters', { count: 0 }, 'c');
  const increment = (_, n) =>
    syncs[n % 5].update('counters', 'c', ({ count }) => ({ count: count + 1 }), { timeout: 50_000 });
  const written = await Promise.all(Array.from({ length: 50 }, increment));
  const { data, revision } = await syncs[0].get('counters', 'c');
  assert.deepEqual([data.count, revision], [50, 51]);
  assert.deepEqual(
    written.map((document) => document.data.count).sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, n) => n + 1),
  );
});

test('the function is given data and document, may be async, and may decide that nothing changes', async (t) => {
  const {
    syncs: [sync],
  } = await open(t);
  const created = await sync.create('notes', { n: 1 }, 'n1');
  const written = await sync.update('notes', 'n1', async (data, document) => {
    assert.deepEqual(document, created);
    assert.equal(data, document.data);
    await null;
    data.n += 1;
    return data;
  });
  assert.deepEqual([written.data, written.revision], [{ n: 2 }, 2]);
  assert.deepEqual(await sync.update('notes', 'n1', () => undefined), written);
  assert.equal((await sync.update('notes', 'n1', () => null)).data, null);
});

test('an exception of the function, or a return value that is not JSON, ends it', async (t) => {
  const {
    syncs: [sync],
  } = await open(t);
  await sync.create('notes', {}, 'n1');
  const mine = new Error('mine');
  const thrower = () => {
    throw mine;
  };
  assert.equal(await failure(sync.update('notes', 'n1', thrower)), mine);
  assert.equal(await failure(sync.update('notes', 'n1', async () => thrower())), mine);
  const error = await failure(sync.update('notes', 'n1', () => ({ n: Number.NaN })));
  assert.equal(error.code, 'INVALID_ARGUMENT');
  assert.equal((await sync.get('notes', 'n1')).revision, 1);
});

test('the first conflict needs no second read', async (t) => {
  const {
    platform,
    syncs: [sync, other],
  } = await open(t, 2);
  await sync.create('notes', { mine: 0, others: 0 }, 'n1');
  const seen = [];
  const { data } = await sync.update('notes', 'n1', async (data, { revision }) => {
    seen.push(revision);
    if (seen.length === 1) await other.merge('notes', 'n1', { others: 1 });
    return { ...data, mine: data.mine + 1 };
  });
  assert.deepEqual([data, seen], [{ mine: 1, others: 1 }, [1, 2]]);
  assert.ok(platform.url);
});

test('it gives up after the last attempt, and shows the conflict', async (t) => {
  const {
    syncs: [sync, other],
  } = await open(t, 2);
  await sync.create('notes', { n: 0 }, 'n1');
  let calls = 0;
  const change = async ({ n }) => {
    calls += 1;
    await other.merge('notes', 'n1', { n: n + 10 });
    return { n: n + 1 };
  };
  const error = await failure(sync.update('notes', 'n1', change, { attempts: 3 }));
  assert.deepEqual([error.code, error.currentRevision, calls], ['REVISION_CONFLICT', 4, 3]);
  assert.deepEqual(error.document.data, { n: 30 });
  assert.match(error.message, /3 attempts/);
  assert.equal(error.cause.code, 'REVISION_CONFLICT');
});

test('a signal and a time limit end it, also between the attempts', async (t) => {
  const {
    clients: [client],
    syncs: [sync, other],
  } = await open(t, 2);
  await sync.create('notes', { n: 0 }, 'n1');
  const rivals = async ({ n }) => {
    await other.merge('notes', 'n1', { n: n + 10 });
    return { n };
  };
  const reason = new Error('enough');
  let calls = 0;
  const controller = new AbortController();
  const counting = (data) => {
    calls += 1;
    if (calls === 4) controller.abort(reason);
    return rivals(data);
  };
  const aborted = await failure(sync.update('notes', 'n1', counting, { signal: controller.signal }));
  assert.deepEqual([aborted.code, aborted.cause, calls], ['ABORTED', reason, 4]);
  const late = await failure(sync.update('notes', 'n1', rivals, { timeout: 100 }));
  assert.equal(late.code, 'TIMEOUT');
  const destroying = (data) => {
    client.destroy();
    return data;
  };
  assert.equal((await failure(sync.update('notes', 'n1', destroying))).code, 'CLIENT_DESTROYED');
});

test('a function that never ends is not waited for longer than the update may take', async (t) => {
  const {
    clients: [client],
    syncs: [sync],
  } = await open(t);
  await sync.create('notes', { n: 0 }, 'n1');
  let fail;
  /** Calls `end`, now or when the function has returned, and does not end. */
  const never = (end, when) => () => {
    when(end);
    return new Promise((_, reject) => {
      fail = reject;
    });
  };
  const now = (end) => end();
  const nothing = () => {};

  const late = await failure(sync.update('notes', 'n1', never(nothing, now), { timeout: 300 }));
  assert.deepEqual([late.code, /not done within 300 ms/.test(late.message)], ['TIMEOUT', true]);
  const reason = new Error('enough');
  for (const when of [now, setImmediate]) {
    const controller = new AbortController();
    const change = never(() => controller.abort(reason), when);
    const error = await failure(sync.update('notes', 'n1', change, { signal: controller.signal }));
    assert.deepEqual([error.code, error.cause], ['ABORTED', reason]);
    // A later rejection must not become an unhandledRejection.
    fail(new Error('too late'));
  }
  const destroyed = never(() => client.destroy(), setImmediate);
  assert.equal((await failure(sync.update('notes', 'n1', destroyed))).code, 'CLIENT_DESTROYED');
});

/**
 * A server whose document is changed by each PUT; `answer` decides what the writer gets to hear.
 */
async function script(t, answer) {
  const document = { service: 'notes', id: 'n1', revision: 1, data: { n: 0 }, createdAt: 1, updatedAt: 1 };
  const keys = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const send = (status, content) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    if (request.method === 'GET') return send(200, document);
    keys.push(request.headers['idempotency-key']);
    const { data, expectedRevision } = JSON.parse(body);
    if (expectedRevision !== document.revision) {
      const conflict = { error: 'ConflictError', message: 'stale', currentRevision: document.revision, document };
      return send(409, conflict);
    }
    Object.assign(document, { data, revision: document.revision + 1 });
    answer(send, request, document);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const client = new RealtimeClient({ url, token: 't', autoConnect: false });
  t.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { sync: client.sync, document, keys };
}

test('a conflict after a lost answer may be the own write: the function does not run again', async (t) => {
  for (const lose of [
    (send) => send(502, { error: 'BadGateway', message: 'x' }),
    (_, request) => request.socket.destroy(),
  ]) {
    const { sync, document, keys } = await script(t, lose);
    let calls = 0;
    const change = ({ n }) => {
      calls += 1;
      return { n: n + 1 };
    };
    const error = await failure(sync.update('notes', 'n1', change));
    assert.deepEqual([error.code, error.uncertain, calls], ['REVISION_CONFLICT', true, 1]);
    assert.deepEqual([error.document, error.currentRevision], [{ ...document }, 2]);
    assert.match(error.message, /either this update or the write of somebody else/);
    assert.deepEqual([keys.length, new Set(keys).size], [2, 1], 'repeated, under the same key');
  }
});

test('each attempt has an idempotency key of its own', async (t) => {
  const { sync, keys } = await script(t, (send, _, document) => send(200, document));
  await sync.update('notes', 'n1', ({ n }) => ({ n: n + 1 }));
  await sync.update('notes', 'n1', ({ n }) => ({ n: n + 1 }));
  assert.equal(new Set(keys).size, 2);
  assert.ok(keys.every((key) => key.length >= 16));
});

test("a test's fake timers do not hold the pause between two attempts", async (t) => {
  const { platform, syncs } = await open(t);
  await syncs[0].create('notes', { n: 0 }, 'n1');
  // In a process of its own: the timers are faked before anything of `sync` is loaded.
  const program = async (RealtimeClient, url, token) => {
    const { mock } = require('node:test');
    const client = new RealtimeClient({ url, token, autoConnect: false });
    mock.timers.enable({ apis: ['setTimeout'] });
    let calls = 0;
    const change = async ({ n }) => {
      calls += 1;
      if (calls <= 2) await client.sync.merge('notes', 'n1', { n: n + 10 });
      return { n: n + 1 };
    };
    const { data } = await client.sync.update('notes', 'n1', change);
    console.log(`${data.n} after ${calls} calls`);
  };
  const { stdout } = await start(t, program, [platform.url, platform.token({ permissions: ['service'] })]).ended;
  assert.deepEqual(stdout, ['21 after 3 calls']);
});
