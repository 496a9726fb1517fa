/** The addon in several threads and processes, and twice in one. */

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { nativeTest } from '../support/engine.js';
import { startPlatform } from '../support/local-platform.js';
import { ENTRY, start } from '../support/program.js';

const root = path.join(import.meta.dirname, '..', '..');

test('workers are terminated at any moment under a flood', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    async (_, url, token, entry) => {
      const { once } = require('node:events');
      const { Worker } = require('node:worker_threads');
      const source = `
        const { workerData } = require('node:worker_threads');
        const { entry, url, token } = workerData;
        const client = new (require(entry).RealtimeClient)({ url, token });
        client.subscribe({ topic: 'a' });
        client.on('event', () => {});
        client.socketClient.joinChannel('room').catch(() => {});`;
      for (let round = 0; round < 12; round++) {
        const workers = Array.from(
          { length: 4 },
          () => new Worker(source, { eval: true, workerData: { url, token, entry } }),
        );
        await Promise.all(workers.map((worker) => once(worker, 'online')));
        // From before the addon is loaded until well after the first events.
        await new Promise((resolve) => setTimeout(resolve, round * 12));
        await Promise.all(workers.map((worker) => worker.terminate()));
      }
      console.log('done');
    },
    [platform.url, platform.token(), ENTRY],
  );
  let running = true;
  program.ended.then(() => {
    running = false;
  });
  while (running) {
    for (let n = 0; n < 20; n++) platform.publish({ topic: 'a', payload: { n } });
    await new Promise(setImmediate);
  }
  const { code, signal, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, signal, stdout, stderr }, { code: 0, signal: null, stdout: ['done'], stderr: '' });
  await platform.until(({ connections }) => connections.length === 0);
});

test('a process with a client forks others with clients of their own', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token, entry) => {
      const { fork } = require('node:child_process');
      const { mkdtempSync, writeFileSync, rmSync } = require('node:fs');
      const { join } = require('node:path');
      const folder = mkdtempSync(join(require('node:os').tmpdir(), 'fork-'));
      const script = join(folder, 'child.js');
      writeFileSync(
        script,
        `const [entry, url, token] = process.argv.slice(2);
         const client = new (require(entry).RealtimeClient)({ url, token });
         client.subscribe({ topic: 'a' });
         client.once('event', () => { process.send('event'); client.destroy(); process.disconnect(); });`,
      );
      const client = new RealtimeClient({ url, token });
      client.subscribe({ topic: 'a' });
      client.once('event', () => console.log('event'));
      client.once('connection', () => {
        let left = 2;
        for (let index = 0; index < 2; index++) {
          const child = fork(script, [entry, url, token]);
          child.on('message', (text) => console.log(text));
          child.on('exit', (code) => {
            console.log(`exit ${code}`);
            if (--left > 0) return;
            client.destroy();
            rmSync(folder, { recursive: true });
          });
        }
      });
    },
    [platform.url, platform.token(), ENTRY],
  );
  await platform.subscribed('a', 3);
  platform.publish({ topic: 'a' });
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.deepEqual(stdout.sort(), ['event', 'event', 'event', 'exit 0', 'exit 0']);
});

test('the workers of a cluster have clients of their own, and one that is killed harms no other', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token, entry) => {
      const cluster = require('node:cluster');
      const source = `
        const client = new (require(${JSON.stringify(entry)}).RealtimeClient)(${JSON.stringify({ url, token })});
        client.subscribe({ topic: 'a' });
        client.on('event', ({ payload }) => {
          process.send('event ' + payload.n);
          if (payload.n === 2) { client.destroy(); process.disconnect(); }
        });`;
      cluster.setupPrimary({ exec: writeScript(source), args: [], execArgv: [] });
      const client = new RealtimeClient({ url, token });
      client.subscribe({ topic: 'a' });
      const [victim] = [cluster.fork(), cluster.fork()];
      let events = 0;
      cluster.on('message', (_, message) => {
        console.log(message);
        if (message === 'event 1' && ++events === 2) victim.process.kill('SIGKILL');
      });
      cluster.on('exit', (worker, code, signal) => {
        console.log(`exit ${signal ?? code}`);
        if (worker !== victim) client.destroy();
      });
      function writeScript(text) {
        const { mkdtempSync, writeFileSync, rmSync } = require('node:fs');
        const folder = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'cluster-'));
        process.on('exit', () => rmSync(folder, { recursive: true }));
        writeFileSync(`${folder}/worker.js`, text);
        return `${folder}/worker.js`;
      }
    },
    [platform.url, platform.token(), ENTRY],
  );
  await platform.subscribed('a', 3);
  platform.publish({ topic: 'a', payload: { n: 1 } });
  await program.printed('exit SIGKILL');
  platform.publish({ topic: 'a', payload: { n: 2 } });
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.deepEqual(stdout, ['event 1', 'event 1', 'exit SIGKILL', 'event 2', 'exit 0']);
});

nativeTest('addon')('two copies of the addon live in one process', async (t) => {
  const platform = await startPlatform(t);
  const copy = mkdtempSync(path.join(tmpdir(), 'copy-'));
  t.after(() => rmSync(copy, { recursive: true, force: true }));
  for (const name of ['dist', 'native', 'package.json']) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  const program = start(
    t,
    (First, url, token, copied) => {
      new First({ url, token, autoConnect: false }).destroy();
      // The debug run names an addon for both: the copy has its own.
      delete process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
      const { RealtimeClient: Second } = require(copied);
      if (First === Second) throw new Error('one copy');
      for (const Client of [First, Second, First, Second]) {
        const client = new Client({ url, token });
        client.subscribe({ topic: 'a' });
        client.once('event', ({ payload }) => {
          console.log(`event ${payload.n}`);
          client.destroy();
        });
      }
      const addons = process.report.getReport().sharedObjects.filter((name) => /realtime.*\.node$/.test(name));
      console.log(`${new Set(addons).size} addons`);
    },
    [platform.url, platform.token(), copy],
  );
  await platform.subscribed('a', 4);
  platform.publish({ topic: 'a', payload: { n: 1 } });
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.deepEqual(stdout, ['2 addons', ...Array(4).fill('event 1')]);
});
