/**
 * What the error of a request tells: the status, the request, and whether a write may have been
 * done nevertheless.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { document, failure, ok, refusal, serve } from '../support/document-server.js';
import { nativeTest } from '../support/engine.js';

test('a server cannot ask to wait for longer than a timer does', async (t) => {
  for (const wait of ['1000000000000', 'Fri, 31 Dec 9999 23:59:59 GMT']) {
    const { sync } = await serve(t, [{ ...refusal(429, 'TooMany'), headers: { 'retry-after': wait } }]);
    assert.equal((await failure(sync.get('notes', 'n1'))).retryAfter, 2 ** 31 - 1);
  }
});

test('a page of a proxy is shown as what it is', async (t) => {
  const page = (status, title) => ({ status, body: `<html><head><title>${title}</title></head>` });
  const { sync } = await serve(t, [page(200, 'Welcome'), page(502, 'Bad gateway')]);
  const welcome = await failure(sync.get('notes', 'n1'));
  assert.equal(welcome.code, 'PROTOCOL_ERROR');
  assert.match(welcome.message, /200 OK with an HTML page "Welcome"/);
  const gateway = await failure(sync.merge('notes', 'n1', {}));
  assert.deepEqual([gateway.code, gateway.status, gateway.uncertain], ['SERVER_ERROR', 502, true]);
  assert.match(gateway.message, /an HTML page "Bad gateway"/);
});

/** Every call that changes something and must bring an answer of a certain form. */
const writes = {
  create: ({ sync }) => sync.create('notes', {}),
  replace: ({ sync }) => sync.replace('notes', 'n1', {}),
  merge: ({ sync }) => sync.merge('notes', 'n1', {}),
  mutate: ({ sync }) => sync.mutate('notes', 'n1', [{ op: 'increment', path: '/n' }]),
  broadcast: ({ socketClient }) => socketClient.broadcast('lobby', 'e'),
};
const reads = {
  get: ({ sync }) => sync.get('notes', 'n1'),
  list: async ({ sync }) => {
    for await (const each of sync.list('notes')) assert.ok(each);
  },
  channels: ({ socketClient }) => socketClient.channels(),
  members: ({ socketClient }) => socketClient.members('lobby'),
  connections: ({ socketClient }) => socketClient.connections(),
};
/** Successes of which nothing is of use. */
const useless = {
  'no content': { answer: (_, response) => response.writeHead(204).end(), status: 204 },
  'something else': { answer: { body: { ok: true } } },
  null: { answer: { body: 'null' } },
  'no document': { answer: { body: { id: 1, revision: -1, data: 0 } } },
  'text that is not JSON': { answer: { status: 201, body: 'done' }, status: 201 },
  'an encoded body': { answer: { headers: { 'content-encoding': 'br' }, body: '\u001b/\0\ufffd' } },
  'a body that breaks off': {
    answer: (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"id":');
      setImmediate(() => response.destroy());
    },
    code: 'NETWORK_ERROR',
  },
  'a body that is too large': {
    answer: (_, response) => response.writeHead(200, { 'content-length': 2 ** 30 }).write('{'),
    code: 'MESSAGE_TOO_LARGE',
  },
};

for (const [what, { answer, status = 200, code = 'PROTOCOL_ERROR' }] of Object.entries(useless)) {
  test(`a write is uncertain when its answer is ${what}`, async (t) => {
    const { client } = await serve(t, [answer]);
    for (const [name, write] of Object.entries(writes)) {
      const error = await failure(write(client));
      assert.deepEqual([error.code, error.status, error.uncertain], [code, status, true], name);
      assert.ok(['POST', 'PUT', 'PATCH'].includes(error.method) && error.path.startsWith('/api/'), name);
      assert.match(error.message, new RegExp(`^${error.method} ${error.path}: `), name);
    }
    for (const [name, read] of code === 'NETWORK_ERROR' ? [] : Object.entries(reads)) {
      const error = await failure(read(client));
      assert.deepEqual([error.code, error.status, 'uncertain' in error], [code, status, false], name);
      assert.ok(error.method === 'GET' && error.path.startsWith('/api/'), name);
    }
  });
}

test('update() tells of a write without a usable answer', async (t) => {
  const { sync } = await serve(t, [ok, (_, response) => response.writeHead(204).end()]);
  const { code, status, uncertain, method, path } = await failure(sync.update('notes', 'n1', () => ({})));
  assert.deepEqual([code, status, uncertain], ['PROTOCOL_ERROR', 204, true]);
  assert.deepEqual([method, path], ['PUT', '/api/sync/notes/documents/n1']);
});

test('a deletion needs no answer, but one that cannot be read is uncertain', async (t) => {
  const { sync } = await serve(t, [(_, response) => response.writeHead(204).end(), { body: {} }, { body: 'done' }]);
  assert.equal(await sync.delete('notes', 'n1'), undefined);
  assert.equal(await sync.delete('notes', 'n1'), undefined);
  const { code, status, uncertain, method } = await failure(sync.delete('notes', 'n1'));
  assert.deepEqual([code, status, uncertain, method], ['PROTOCOL_ERROR', 200, true, 'DELETE']);
});

test('a refusal whose body stalls keeps its status', async (t) => {
  const stall = (status) => (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': 100 }).write('{"message":"no');
  const tokens = ['stale', 'fresh'];
  const token = () => tokens.shift();
  const { sync, requests } = await serve(t, [stall(401), stall(503), stall(403)], { token });
  const error = await failure(sync.replace('notes', 'n1', {}, 3));
  assert.deepEqual([error.code, error.status, error.uncertain], ['FORBIDDEN', 403, undefined]);
  const shown = requests.map(({ headers }) => headers.authorization);
  assert.deepEqual(shown, ['Bearer stale', 'Bearer fresh', 'Bearer fresh']);
});

test('a write that may have been done is uncertain after another token, too', async (t) => {
  const answers = [refusal(502, 'Bad'), refusal(401, 'Stale'), refusal(409, 'ConflictError', { currentRevision: 4 })];
  const tokens = ['stale', 'fresh'];
  const { sync, requests } = await serve(t, answers, { token: () => tokens.shift() });
  const error = await failure(sync.replace('notes', 'n1', {}, 3));
  assert.deepEqual([error.code, error.uncertain, requests.length], ['REVISION_CONFLICT', true, 3]);
});

test('a token that does not come after a refusal leaves the status', async (t) => {
  const tokens = ['stale', new Promise(() => {})];
  const { sync } = await serve(t, [refusal(401, 'Stale')], { token: () => tokens.shift() });
  const { code, status, uncertain, method } = await failure(sync.merge('notes', 'n1', {}, 3, { timeout: 200 }));
  assert.deepEqual([code, status, uncertain, method], ['TIMEOUT', 401, undefined, 'PATCH']);
});

test('a byte order mark is not part of the JSON', async (t) => {
  const { sync } = await serve(t, [
    { body: `\ufeff${JSON.stringify(document)}` },
    { status: 409, body: `\ufeff${JSON.stringify({ error: 'ConflictError', currentRevision: 9 })}` },
  ]);
  assert.deepEqual(await sync.get('notes', 'n1'), document);
  const error = await failure(sync.merge('notes', 'n1', {}, 3));
  assert.deepEqual([error.code, error.currentRevision], ['REVISION_CONFLICT', 9]);
});

nativeTest('decoding')('an encoding that was not asked for is named', async (t) => {
  const zipped = gzipSync(JSON.stringify(document));
  const { sync } = await serve(t, [
    (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(zipped),
    (_, response) => response.writeHead(404, { 'content-encoding': 'gzip' }).end(zipped),
  ]);
  for (const code of ['PROTOCOL_ERROR', 'NOT_FOUND']) {
    const error = await failure(sync.get('notes', 'n1'));
    assert.equal(error.code, code);
    assert.match(error.message, /a gzip-encoded body/);
    assert.match(error.message, /^[ -~]+$/);
  }
});

test('names that a proxy takes for steps in a path are refused before anything is sent', async (t) => {
  const { sync, client, requests } = await serve(t, [ok]);
  for (const name of ['.', '..']) {
    for (const call of [
      () => sync.create(name, {}),
      () => sync.create('notes', {}, name),
      () => sync.get(name, 'n1'),
      () => sync.get('notes', name),
      () => sync.replace('notes', name, {}),
      () => sync.merge('notes', name, {}),
      () => sync.mutate('notes', name, [{ op: 'set', path: '', value: 1 }]),
      () => sync.delete('notes', name),
      () => sync.update('notes', name, () => ({})),
      async () => sync.list(name),
      async () => sync.watch(name, 'n1'),
      async () => sync.watch('notes', name),
      () => client.socketClient.members(name),
      async () => client.socketClient.presence(name),
    ]) {
      const { code, message } = await failure(call());
      assert.equal(code, 'INVALID_ARGUMENT');
      assert.match(
        message,
        /^(SyncClient|SocketClient)\.\w+\(\): (service|id|channel): expected a name other than '\.' and '\.\.'/,
      );
    }
  }
  assert.deepEqual(requests, []);
  for (const name of ['...', '.a', '%2e', '%2E%2E']) await sync.get('notes', name);
  assert.deepEqual(
    requests.map(({ url }) => url.split('/').at(-1)),
    ['...', '.a', '%252e', '%252E%252E'],
  );
});
