/**
 * Many clients, one after the other and at once: nothing of them is left behind. The long runs are
 * `npm run soak`.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

test('clients that come and go leave no handle, no thread and no memory behind', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    async (RealtimeClient, url, token, rounds) => {
      const fs = require('node:fs');
      const cycle = (index) =>
        new Promise((resolve) => {
          const client = new RealtimeClient({ url, token });
          client.subscribe({ topic: 'a' });
          client.on('connection', ({ state }) => {
            // Every other one is destroyed while it connects.
            if (state !== (index % 2 ? 'connecting' : 'connected')) return;
            client.destroy();
            resolve();
          });
        });
      const churn = async (count) => {
        for (let done = 0; done < count; done += 10) await Promise.all(Array.from({ length: 10 }, (_, n) => cycle(n)));
        global.gc();
      };
      const threads = () =>
        process.platform === 'linux' && Number(/Threads:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status'))[1]);
      // V8 takes room for its heap in large steps, and keeps it: what counts is what is in use of
      // it.
      const held = () => {
        const { rss, heapTotal, heapUsed } = process.memoryUsage();
        return rss - heapTotal + heapUsed;
      };
      await churn(rounds / 5);
      const before = threads();
      const heldBefore = held();
      await churn(rounds);
      const growth = held() - heldBefore;
      console.log(JSON.stringify({ before, after: threads(), growth }));
      // Waits until the test has seen that the connections are gone.
      process.stdin.once('data', async () => {
        // A socket may close a moment after the server has seen the end of its connection.
        for (let tries = 0; process.platform === 'linux' && sockets() > 0 && tries < 500; tries += 1)
          await new Promise((resolve) => setTimeout(resolve, 10));
        if (process.platform === 'linux') console.log(`sockets ${sockets()}`);
        process.stdin.destroy();
      });
      const sockets = () =>
        fs.readdirSync('/proc/self/fd').filter((fd) => {
          try {
            return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
          } catch {
            return false; // the one the folder was read with
          }
        }).length - baseline;
      // Standard input and output are sockets as well.
      const baseline = 3;
      console.log('measured');
    },
    [platform.url, platform.token(), 500],
    ['--expose-gc'],
  );
  await program.printed('measured');
  await platform.until(({ connections }) => connections.length === 0);
  program.say('enough');
  // It ends by itself: no handle is left that would hold it.
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const { before, after, growth } = JSON.parse(stdout[0]);
  assert.ok(after <= before, `${before} threads have become ${after}`);
  assert.ok(growth < 20e6, `500 clients have left ${growth} bytes`);
  if (process.platform === 'linux') assert.equal(stdout[2], 'sockets 0');
});

test('1,000 clients in one process, all connected, all served, all gone', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (RealtimeClient, url, token, count) => {
      const fs = require('node:fs');
      let served = 0;
      const clients = Array.from({ length: count }, () => new RealtimeClient({ url, token, reconnectionDelay: 10 }));
      for (const client of clients) {
        client.subscribe({ topic: 'a' });
        client.on('event', () => {
          if (++served < count) return;
          const threads =
            process.platform === 'linux' && /Threads:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status'))[1];
          console.log(`threads ${Number(threads)}`);
          for (const each of clients) each.destroy();
        });
      }
    },
    [platform.url, platform.token(), 1000],
  );
  await platform.subscribed('a', 1000);
  platform.publish({ topic: 'a' });
  const { code, stdout, stderr } = await program.ended;
  assert.deepEqual({ code, stderr, lines: stdout.length }, { code: 0, stderr: '', lines: 1 });
  const threads = Number(stdout[0].split(' ')[1]);
  assert.ok(threads < 20, `${threads} threads for 1,000 clients`);
  await platform.until(({ connections }) => connections.length === 0);
});

for (const [name, listen] of Object.entries({
  'refuses handshakes': (http) => http.createServer((_, response) => response.writeHead(403).end('<html>no</html>')),
  'hangs up': (http) => http.createServer().on('connection', (socket) => socket.destroy()),
}))
  test(`clients of a server that ${name}, and of a port that nobody listens on, leave nothing behind`, async (t) => {
    const server = listen(http);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const program = start(
      t,
      async (RealtimeClient, urls, rounds) => {
        const cycle = (n) =>
          new Promise((resolve) => {
            const client = new RealtimeClient({ url: urls[n % urls.length], token: 't', reconnection: false });
            client.subscribe({ topic: 'a' });
            client.on('error', () => {});
            client.sync.watch('s', 'd').on('error', () => {});
            client.on('connection', ({ state }) => {
              if (state !== 'disconnected') return;
              client.destroy();
              resolve();
            });
          });
        const churn = async (count) => {
          for (let done = 0; done < count; done += 10)
            await Promise.all(Array.from({ length: 10 }, (_, n) => cycle(n)));
          global.gc();
        };
        const held = () => {
          const { rss, heapTotal, heapUsed } = process.memoryUsage();
          return rss - heapTotal + heapUsed;
        };
        await churn(rounds / 3);
        const before = held();
        await churn(rounds);
        console.log(held() - before);
      },
      [[`http://127.0.0.1:${server.address().port}`, 'http://127.0.0.1:1'], 300],
      ['--expose-gc'],
    );
    const { code, stdout, stderr } = await program.ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.ok(Number(stdout[0]) < 15e6, `300 clients have left ${stdout[0]} bytes`);
  });
