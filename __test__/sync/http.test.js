/** What document requests look like on the wire, and what becomes of every kind of answer. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { document, failure, ok, refusal, serve, silence } from '../support/document-server.js';
import { start } from '../support/program.js';

test('a request carries the token, the scope, and JSON', async (t) => {
  const { sync, requests } = await serve(t, [ok], {
    applicationId: 'app',
    environment: 'test',
    headers: { 'x-mine': '1' },
  });
  await sync.get('notes', 'n1');
  await sync.create('notes', { a: 1 }, 'n1', { expiresAt: 5, idempotencyKey: 'k' });
  await sync.replace('notes', 'n1', 1, 2);
  await sync.merge('notes', 'n1', { a: 1 });
  await sync.mutate('notes', 'n1', [{ op: 'increment', path: '/n' }], 0);
  await sync.delete('a/b', '...', 7);
  const path = '/api/sync/notes/documents';
  assert.deepEqual(
    requests.map(({ method, url, body }) => [method, url, body && JSON.parse(body)]),
    [
      ['GET', `${path}/n1`, ''],
      ['POST', path, { id: 'n1', data: { a: 1 }, expiresAt: 5 }],
      ['PUT', `${path}/n1`, { data: 1, expectedRevision: 2 }],
      ['PATCH', `${path}/n1/merge`, { data: { a: 1 } }],
      ['POST', `${path}/n1/mutate`, { mutations: [{ op: 'increment', path: '/n', value: 1 }], expectedRevision: 0 }],
      ['DELETE', '/api/sync/a%2Fb/documents/...?expectedRevision=7', ''],
    ],
  );
  for (const { headers, body } of requests) {
    assert.equal(headers.authorization, 'Bearer secret-token');
    assert.deepEqual([headers['x-application-id'], headers['x-environment'], headers['x-mine']], ['app', 'test', '1']);
    assert.equal(headers['content-type'], body === '' ? undefined : 'application/json');
    assert.equal(headers['accept-encoding'], 'identity');
  }
  assert.equal(requests[1].headers['idempotency-key'], 'k');
});

test('each status has its code', async (t) => {
  const table = [
    [400, 'INVALID_ARGUMENT', false],
    [401, 'AUTH_FAILED', false],
    [403, 'FORBIDDEN', false],
    [404, 'NOT_FOUND', false],
    [408, 'TIMEOUT', true],
    [410, 'NOT_FOUND', false],
    [418, 'INVALID_ARGUMENT', false],
    [422, 'INVALID_ARGUMENT', false],
    [425, 'SERVER_ERROR', true],
    [429, 'RATE_LIMITED', true],
    [500, 'SERVER_ERROR', true],
    [503, 'SERVER_ERROR', true],
    [521, 'SERVER_ERROR', true],
    [530, 'SERVER_ERROR', true],
  ];
  const { sync, requests } = await serve(
    t,
    table.map(([status]) => refusal(status, 'SomeError')),
  );
  for (const [status, code, retryable] of table) {
    const error = await failure(sync.merge('notes', 'n1', {}));
    assert.deepEqual([error.code, error.status, error.retryable], [code, status, retryable]);
    assert.equal(error.uncertain, undefined);
    assert.deepEqual([error.method, error.path], ['PATCH', '/api/sync/notes/documents/n1/merge']);
    assert.match(error.message, /^PATCH \/api\/sync\/notes\/documents\/n1\/merge: .*SomeError.*so it is/);
    assert.doesNotMatch(error.stack, /secret-token/);
  }
  assert.equal(requests.length, table.length, 'a write that may not be repeated is sent once');
});

test('421 has its code; `fetch` repeats such a request by itself', async (t) => {
  const { sync } = await serve(t, [refusal(421, 'SomeError')]);
  const error = await failure(sync.merge('notes', 'n1', {}));
  assert.deepEqual([error.code, error.status, error.retryable], ['SERVER_ERROR', 421, true]);
});

test('the error of a call shows who made it', async (t) => {
  const { sync } = await serve(t, [refusal(404, 'NotFoundError')]);
  async function whoeverCalls() {
    await sync.get('notes', 'n1');
  }
  assert.match((await failure(whoeverCalls())).stack, /whoeverCalls/);
});

for (const status of [408, 425, 429, 502, 503, 504, 520, 524]) {
  test(`after ${status} what may be repeated is repeated`, async (t) => {
    for (const call of [
      (sync) => sync.get('notes', 'n1'),
      (sync) => sync.merge('notes', 'n1', {}, 2),
      (sync) => sync.create('notes', {}, 'n1', { idempotencyKey: 'k' }),
    ]) {
      const { sync, requests } = await serve(t, [refusal(status, 'Busy'), ok]);
      assert.deepEqual(await call(sync), document);
      assert.equal(requests.length, 2);
      assert.deepEqual(requests[0], requests[1]);
    }
    const { sync, requests } = await serve(t, [refusal(status, 'Busy'), ok]);
    await failure(sync.merge('notes', 'n1', {}));
    assert.equal(requests.length, 1);
  });
}

test('a temporary refusal is reported if the server asks to wait for longer than the call may take', async (t) => {
  const { sync, requests } = await serve(t, [{ ...refusal(429, 'TooMany'), headers: { 'retry-after': '60' } }]);
  const error = await failure(sync.get('notes', 'n1'));
  assert.deepEqual([error.code, error.retryAfter, error.retryable], ['RATE_LIMITED', 60_000, true]);
  assert.equal(requests.length, 1);
});

test('an aborted signal sends nothing', async (t) => {
  const { sync, requests } = await serve(t, [ok]);
  const reason = new Error('enough');
  const error = await failure(sync.get('notes', 'n1', { signal: AbortSignal.abort(reason) }));
  assert.deepEqual([error.code, error.retryable], ['ABORTED', false]);
  const write = await failure(sync.merge('notes', 'n1', {}, 1, { signal: AbortSignal.abort() }));
  assert.deepEqual([write.code, 'uncertain' in write], ['ABORTED', false]);
  assert.equal(error.cause, reason);
  await sync.get('notes', 'n1');
  assert.equal(requests.length, 1);
});

test('aborting closes the socket of the request, and of no other', async (t) => {
  const { server, sync } = await serve(t, [silence]);
  const controller = new AbortController();
  const asked = once(server, 'asked');
  const aborted = failure(sync.get('notes', 'n1', { signal: controller.signal }));
  const [request] = await asked;
  const askedAgain = once(server, 'asked');
  const other = sync.get('notes', 'n2');
  const [, response] = await askedAgain;
  const closed = once(request.socket, 'close');
  controller.abort();
  const { code, cause, method, path } = await aborted;
  assert.deepEqual([code, method, path], ['ABORTED', 'GET', '/api/sync/notes/documents/n1']);
  assert.equal(cause, controller.signal.reason);
  await closed;
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  assert.deepEqual(await other, document);
});

test('an aborted write may have been done', async (t) => {
  const { server, sync } = await serve(t, [silence]);
  const controller = new AbortController();
  server.once('asked', () => controller.abort());
  const error = await failure(sync.merge('notes', 'n1', {}, undefined, { signal: controller.signal }));
  assert.deepEqual([error.code, error.uncertain], ['ABORTED', true]);
});

test('a signal shared by many calls has one listener, and none when they are done', async (t) => {
  const { sync } = await serve(t, [ok]);
  const { signal } = new AbortController();
  let listeners = 0;
  let most = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (...args) {
    most = Math.max(most, ++listeners);
    addEventListener.apply(this, args);
  };
  signal.removeEventListener = function (...args) {
    listeners--;
    removeEventListener.apply(this, args);
  };
  await Promise.all(Array.from({ length: 50 }, () => sync.get('notes', 'n1', { signal })));
  assert.deepEqual([listeners, most], [0, 1]);
});

test('a call that takes too long', async (t) => {
  const { sync } = await serve(t, [silence]);
  const read = await failure(sync.get('notes', 'n1', { timeout: 50 }));
  assert.deepEqual([read.code, read.retryable, read.uncertain], ['TIMEOUT', true, undefined]);
  const write = await failure(sync.merge('notes', 'n1', {}, undefined, { timeout: 50 }));
  assert.deepEqual([write.code, write.uncertain], ['TIMEOUT', true]);
});

test('nobody listens', async (t) => {
  const { server, sync } = await serve(t, [ok]);
  server.close();
  await once(server, 'close');
  const error = await failure(sync.merge('notes', 'n1', {}));
  assert.deepEqual([error.code, error.retryable, error.uncertain], ['NETWORK_ERROR', true, undefined]);
  assert.match(error.message, /ECONNREFUSED/);
});

test('destroy() rejects what is under way', async (t) => {
  const { server, client, sync } = await serve(t, [silence]);
  const asked = once(server, 'asked');
  const pending = [failure(sync.get('notes', 'n1')), failure(sync.update('notes', 'n1', () => ({})))];
  const [request] = await asked;
  const closed = once(request.socket, 'close');
  client.destroy();
  for (const error of await Promise.all(pending)) assert.equal(error.code, 'CLIENT_DESTROYED');
  await closed;
});

test('pages are fetched when they are needed', async (t) => {
  const page = (ids, cursor) => ({ body: { documents: ids.map((id) => ({ ...document, id })), cursor } });
  const { sync, requests } = await serve(t, [page(['a', 'b'], 'c/1&'), page(['c'], 'c2'), page(['d'], null)]);
  const found = [];
  for await (const { id } of sync.list('notes', { limit: 2 })) {
    found.push(id);
    assert.equal(requests.length, { a: 1, b: 1, c: 2 }[id]);
    if (id === 'c') break;
  }
  assert.deepEqual(found, ['a', 'b', 'c']);
  const { searchParams, pathname } = new URL(requests[1].url, 'http://host');
  assert.equal(pathname, '/api/sync/notes/documents');
  assert.deepEqual(Object.fromEntries(searchParams), { limit: '2', cursor: 'c/1&' });
});

test('a list that repeats its pages, or is not a list, ends', async (t) => {
  const collect = async (list) => {
    for await (const each of list) assert.ok(each);
  };
  for (const body of [
    { documents: [document], cursor: 'same' },
    { documents: [], cursor: 5 },
    { documents: [{}] },
    [],
  ]) {
    const { sync } = await serve(t, [{ body }]);
    const error = await failure(collect(sync.list('notes')));
    assert.deepEqual([error.code, error.path], ['PROTOCOL_ERROR', '/api/sync/notes/documents']);
  }
});

test('a request holds the process, an idle client does not, and can be collected', async (t) => {
  const { url } = await serve(t, [ok]);
  const program = start(
    t,
    async (RealtimeClient, url) => {
      const options = { url, token: 't', autoConnect: false };
      const collected = new Promise((resolve) => {
        const registry = new FinalizationRegistry(resolve);
        let client = new RealtimeClient(options);
        registry.register(client);
        globalThis.done = client.sync.get('notes', 'n1').then(() => {
          client = undefined;
          globalThis.registry = registry;
        });
      });
      await globalThis.done;
      // Garbage is collected in turns of the event loop; each waits for the one before.
      const turn = () => {
        globalThis.gc();
        globalThis.timer = setTimeout(turn, 5);
      };
      turn();
      await collected;
      clearTimeout(globalThis.timer);
      console.log('collected');
      globalThis.client = new RealtimeClient(options);
      const { revision } = await globalThis.client.sync.get('notes', 'n1');
      console.log(revision);
    },
    [url],
    ['--expose-gc'],
  );
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual([code, stdout, stderr], [0, ['collected', '3'], '']);
});
