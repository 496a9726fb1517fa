/**
 * Lookups of names when the DNS server does not answer, in a namespace with a DNS server of its
 * own.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nativeTest } from '../support/engine.js';
import { start } from '../support/program.js';

/** A command that runs a program with no network but its own loopback, and these files in /etc. */
function isolate(t, { options }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lookups-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const files = { 'resolv.conf': `nameserver 127.0.0.53\noptions ${options}\n`, hosts: '127.0.0.1 live.test\n' };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  const mounts = Object.keys(files).map((name) => `mount --bind "$0/${name}" /etc/${name}`);
  const script = ['ip link set lo up', ...mounts, 'exec "$@"'].join(' && ');
  const prefix = ['unshare', '--user', '--map-root-user', '--mount', '--net', 'sh', '-c', script, folder];
  const [command, ...args] = [...prefix, 'true'];
  execFileSync(command, args, { stdio: 'pipe' });
  return prefix;
}

/** Runs a program in its own namespace, or skips the test if the system has no namespaces. */
async function run(t, options, program) {
  let prefix;
  try {
    prefix = isolate(t, options);
  } catch (error) {
    t.skip(`no namespaces here: ${error.message.split('\n', 1)}`);
    return undefined;
  }
  return start(t, program, [], [], { prefix }).ended;
}

nativeTest('dns')('names that nobody resolves delay no other name, and hold no process', async (t) => {
  // The lookups would take longer than the program may.
  const ended = await run(t, { options: 'timeout:30 attempts:5' }, async (RealtimeClient) => {
    const { once } = require('node:events');
    const silent = require('node:dgram').createSocket('udp4').bind(53, '127.0.0.53');
    await once(silent, 'listening');
    const asked = new Set();
    const allAreAsked = new Promise((resolve) => {
      silent.on('message', (question) => {
        asked.add(/dead\d+/.exec(question)?.[0]);
        if (asked.size === 20) resolve();
      });
    });
    const server = require('node:http').createServer((_request, response) => {
      response.end('{"service":"s","id":"d","revision":1,"data":1}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const clientOf = (host, options) => {
      const client = new RealtimeClient({ url: `http://${host}:${server.address().port}`, token: 't', ...options });
      client.on('error', () => {});
      return client;
    };
    const quick = {
      connectTimeout: 100,
      reconnectionDelay: 1,
      reconnectionDelayMax: 1,
      reconnectionAttempts: Infinity,
    };
    const dead = Array.from({ length: 20 }, (_, n) => clientOf(`dead${n}.test`, quick));
    // Requests share the lookups of the sockets.
    for (const { sync } of dead) sync.get('s', 'd', { timeout: 100 }).catch(() => {});
    await allAreAsked;

    for (const host of ['localhost', '127.0.0.1', 'live.test']) {
      const live = clientOf(host, { autoConnect: false });
      const { data } = await live.sync.get('s', 'd', { timeout: 5000 });
      console.log(`${host} ${data}`);
      live.destroy();
    }
    for (const client of dead) client.destroy();
    server.close();
    silent.close();
  });
  if (ended === undefined) return;
  const { code, stdout, stderr } = ended;
  assert.deepEqual([code, stdout, stderr], [0, ['localhost 1', '127.0.0.1 1', 'live.test 1'], '']);
});

nativeTest('dns')('a DNS server that does not answer is not taken for a name that does not exist', async (t) => {
  const ended = await run(t, { options: 'timeout:1 attempts:1' }, (RealtimeClient) => {
    const client = new RealtimeClient({ url: 'http://dead.test', token: 't', reconnection: false });
    client.on('error', ({ code, message }) => console.log(code, message));
  });
  if (ended === undefined) return;
  assert.match(
    ended.stdout.join(),
    /^NETWORK_ERROR No connection to dead\.test: getaddrinfo EAI_AGAIN dead\.test\. Check the DNS/,
  );
});
