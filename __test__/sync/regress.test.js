/**
 * Live documents over real connections to servers that go back, or that announce what never was.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { Server } from 'socket.io';

import { observe } from '../support/observed-client.js';

const document = (revision, text) => ({
  service: 'notes',
  id: 'n1',
  revision,
  data: { text },
  createdAt: 1,
  updatedAt: 1,
});

/** A server with one document, which a client watches. */
async function open(t, present) {
  const state = { present, reads: [] };
  const server = http.createServer((_request, response) => {
    state.reads.push(performance.now());
    response.statusCode = state.present ? 200 : 404;
    response.end(JSON.stringify(state.present ?? { error: 'NotFoundError', message: 'none' }));
  });
  const io = new Server(server);
  io.on('connection', (socket) => {
    socket.on('subscribe', ({ subscriptionId, topic }, answer) => answer({ subscriptionId, topic }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  const { client, reached } = observe(t, { url: `http://127.0.0.1:${server.address().port}`, token: 't' });
  await reached('connected');
  const live = client.sync.watch('notes', 'n1');
  await live.ready();
  let events = 0;
  return Object.assign(state, {
    client,
    live,
    /** Resolves with the next change. */
    change: async () => (await once(live, 'change'))[0],
    cut: () => {
      for (const socket of io.sockets.sockets.values()) socket.conn.close();
    },
    send: (revision, payload) =>
      io.emit('event', {
        id: `e${++events}`,
        topic: 'sync.notes.updated',
        source: 'sync',
        type: 'document.updated',
        payload: { service: 'notes', id: 'n1', ...payload },
        metadata: { timestamp: 1, revision },
      }),
  });
}

test('what is read after a new connection counts, also with a lower revision', async (t) => {
  const server = await open(t, document(9, 'before'));
  const changed = server.change();
  server.present = document(2, 'restored');
  server.cut();
  const { data, revision, reset, skipped } = await changed;
  assert.deepEqual(
    { data, revision, reset, skipped },
    { data: { text: 'restored' }, revision: 2, reset: true, skipped: 0 },
  );
  assert.deepEqual([server.live.data, server.live.revision], [{ text: 'restored' }, 2]);

  const next = server.change();
  server.send(3, { data: { text: 'next' } });
  const after = await next;
  assert.deepEqual([after.revision, after.reset, server.live.data], [3, undefined, { text: 'next' }]);
});

test('an event with a revision that never was is undone by the reads, after a while', async (t) => {
  const server = await open(t, document(5, 'true'));
  const wrong = server.change();
  server.send(Number.MAX_SAFE_INTEGER, { data: { text: 'false' } });
  assert.equal((await wrong).data.text, 'false');
  server.present = document(6, 'still true');
  server.send(6, { data: { text: 'still true' } });
  const { data, revision, reset } = await server.change();
  assert.deepEqual({ data, revision, reset }, { data: { text: 'still true' }, revision: 6, reset: true });
});

test('a write shows at once that the server went back', async (t) => {
  const server = await open(t, document(9, 'before'));
  server.present = document(3, 'mine');
  const changed = server.change();
  await server.client.sync.replace('notes', 'n1', { text: 'mine' });
  const { revision, reset } = await changed;
  assert.deepEqual({ revision, reset }, { revision: 3, reset: true });
});

test('reads that do not show what was announced become rare', async (t) => {
  const server = await open(t, document(5, 'here'));
  const before = server.reads.length;
  server.send(9, { diff: [{ op: 'set', path: '/text', value: 'there' }] });
  // Until they are a second apart.
  while (server.reads.length < before + 3 || server.reads.at(-1) - server.reads.at(-2) < 1000)
    await new Promise((resolve) => setImmediate(resolve));
  assert.ok(server.reads.length - before <= 16, `${server.reads.length - before} reads`);
  server.present = document(9, 'there');
  const { revision, reset } = await server.change();
  assert.deepEqual({ revision, reset }, { revision: 9, reset: undefined });
});

test('a server that shows deleted documents as such is read no more often than another', async (t) => {
  const server = await open(t, document(5, 'here'));
  const gone = once(server.live, 'delete');
  server.present = { ...document(6, 'gone'), deleted: true };
  server.cut();
  const [{ revision }] = await gone;
  assert.equal(revision, 6);
  const reads = server.reads.length;
  server.present = document(7, 'back');
  const changed = server.change();
  server.send(7, { data: { text: 'back' } });
  assert.equal((await changed).revision, 7);
  assert.equal(server.reads.length, reads);
});
