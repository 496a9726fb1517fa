/** Many messages in one turn: none waits for the turn to end, and all are answered. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { enter, observeMember, PROTOCOLS } from '../support/member.js';

/** Counts messages in shared memory, on a thread of its own. */
const SERVER = `
const { Server } = require('socket.io');
const { createServer } = require('node:http');
const { parentPort, workerData } = require('node:worker_threads');
const counter = new Int32Array(workerData);
const server = createServer();
new Server(server).on('connection', (socket) => {
  socket.on('channel:publish', (body, ack) => {
    ack({ id: body.id });
    Atomics.add(counter, 0, 1);
    Atomics.notify(counter, 0);
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

nativeTest('blocked')('a thread that blocks behind its messages does not hold them back', async (t) => {
  const memory = new SharedArrayBuffer(4);
  const counter = new Int32Array(memory);
  const worker = new Worker(SERVER, { eval: true, workerData: memory });
  t.after(() => worker.terminate());
  const [port] = await once(worker, 'message');
  const { reached, socketClient } = observeMember(t, { url: `http://127.0.0.1:${port}`, token: 't' });
  await reached('connected');
  const messages = 10;
  const sent = Array.from({ length: messages }, (_, number) => socketClient.publish('lobby', 'e', { number }));
  // Not one microtask runs until all have arrived.
  for (let count = Atomics.load(counter, 0); count < messages; count = Atomics.load(counter, 0))
    assert.notEqual(Atomics.wait(counter, 0, count, 20_000), 'timed-out', `${count} of ${messages} have arrived`);
  const receipts = await Promise.all(sent);
  assert.equal(new Set(receipts.map(({ id }) => id)).size, messages);
});

for (const protocol of PROTOCOLS) {
  test(`${protocol}: the messages of a turn arrive in their order, and each has its answer`, async (t) => {
    const platform = await startPlatform(t);
    const sender = await enter(t, platform, { protocol });
    const receiver = await enter(t, platform, { protocol });
    await receiver.socketClient.joinChannel('lobby');
    await sender.socketClient.joinChannel('lobby');
    const count = 500;
    const seen = [];
    const all = new Promise((resolve) => {
      receiver.socketClient.on('message:lobby', ({ data }) => {
        seen.push(data.number);
        if (seen.length === count) resolve(undefined);
      });
    });
    const receipts = await Promise.all(
      Array.from({ length: count }, (_, number) => sender.socketClient.publish('lobby', 'e', { number })),
    );
    await all;
    assert.equal(new Set(receipts.map(({ id }) => id)).size, count);
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, number) => number),
    );
  });
}
