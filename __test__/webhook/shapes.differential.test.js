/**
 * The event of a verified delivery is what JSON.parse would have made of the body, whichever way it
 * was decoded.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { nativeTest } from '../support/engine.js';
import { ENTRY, start } from '../support/program.js';

const run = promisify(execFile);
const program = path.join(import.meta.dirname, '..', 'support', 'webhook-shapes-program.js');

async function passes(...flags) {
  const { stdout } = await run(process.execPath, [...flags, program, '300']);
  const { events, refused, decoded } = JSON.parse(stdout);
  assert.ok(events > 3000 && refused > 1000, stdout);
  assert.ok(decoded > 1000, `many bodies did not go through JSON.parse: ${stdout}`);
}

nativeTest('addon')('by generated code', () => passes());
nativeTest('addon')('where code must not be generated', () => passes('--disallow-code-generation-from-strings'));

test('worker threads that verify deliveries are terminated, and their receivers collected', async (t) => {
  const { code, signal, stdout, stderr } = await start(
    t,
    async (_, entry) => {
      const { once } = require('node:events');
      const { Worker } = require('node:worker_threads');
      const { WebhookReceiver, signWebhook, verifyWebhook } = require(entry);
      const body = JSON.stringify({ id: 'e1', topic: 't', type: 'x', payload: { n: 1.5 } });
      const source = `
        const { workerData: { entry, body }, parentPort } = require('node:worker_threads');
        const { WebhookReceiver, signWebhook } = require(entry);
        const receiver = new WebhookReceiver('secret');
        const verify = () => receiver.verify(body, signWebhook(body, 'secret')).event.payload.n;
        for (let n = 0; n < 5; n += 1) parentPort.postMessage(verify());
        setInterval(verify);`;
      const workers = Array.from({ length: 10 }, () => new Worker(source, { eval: true, workerData: { entry, body } }));
      await Promise.all(
        workers.map(async (worker) => {
          const [found] = await once(worker, 'message');
          console.log(found);
          await worker.terminate();
        }),
      );
      for (let n = 0; n < 1000; n += 1) verifyWebhook(body, signWebhook(body, 'secret'), 'secret');
      globalThis.gc();
      await new Promise(setImmediate);
      const receiver = new WebhookReceiver('secret');
      for (let n = 0; n < 5; n += 1) console.log(receiver.verify(body, signWebhook(body, 'secret')).event.payload.n);
    },
    [ENTRY],
    ['--expose-gc'],
  ).ended;
  assert.deepEqual(
    { code, signal, stdout, stderr },
    { code: 0, signal: null, stdout: Array(15).fill('1.5'), stderr: '' },
  );
});
