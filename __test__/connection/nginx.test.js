// The documented nginx.conf in a real nginx, where one is installed.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startLocalPlatform } from '../../local-platform/src/index.js';
import { observe } from '../support/observed-client.js';

const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'deployment.md'), 'utf8');
const [, documented] = guide.match(/^`nginx\.conf`.*\n\n```nginx\n([\s\S]*?)^```/m);
const isMissing = spawnSync('nginx', ['-v']).status !== 0;
const skip = isMissing && 'nginx is not installed';

let platform;
let server;
let folder;
let url;

before(async () => {
  if (isMissing) return;
  platform = await startLocalPlatform({ waitTimeout: Number.POSITIVE_INFINITY });
  folder = mkdtempSync(join(tmpdir(), 'realtime-nginx-'));
  // nginx cannot choose a free port itself, so the platform's neighbour is tried first.
  for (let port = platform.port + 1; server === undefined; port++) server = await start(port);
});

after(async () => {
  if (isMissing) return;
  const exited = once(server, 'exit');
  server.kill();
  await exited;
  await platform.close();
  rmSync(folder, { recursive: true });
});

/** The documented configuration on this port, or undefined if the port is taken. @param {number} port */
async function start(port) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const config = documented
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
    .replace('127.0.0.1:3000', `127.0.0.1:${platform.port}`)
    .replace('http {', `http { access_log off; ${temporary.join(' ')}`);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;\n${config}`);
  const process = spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', file], { stdio: 'ignore' });
  const exited = once(process, 'exit').then(() => undefined);
  url = `http://127.0.0.1:${port}`;
  return Promise.race([exited, listening().then(() => process)]);
}

/** nginx writes its process ID once it has the port. */
async function listening() {
  while (!existsSync(join(folder, 'pid'))) await new Promise(setImmediate);
}

const ways = {
  'Socket.IO over a WebSocket': {},
  'Socket.IO over long-polling': { transports: ['polling'] },
  'a plain WebSocket': { protocol: 'ws' },
};

for (const [name, options] of Object.entries(ways)) {
  test(`nginx passes ${name} on`, { skip }, async (t) => {
    const topic = `through.nginx.${options.protocol ?? options.transports?.[0] ?? 'websocket'}`;
    const { client, seen, events, errors } = observe(t, { url, token: platform.token(), ...options });
    client.subscribe({ topic });
    await platform.subscribed(topic);
    const payload = { text: 'x'.repeat(100_000) };
    for (let n = 1; n <= 50; n++) platform.publish({ topic, payload: { n, ...payload } });
    await seen('event', (event) => event.payload.n === 50);
    assert.deepEqual(
      events().map((event) => event.payload.n),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    assert.deepEqual(errors(), []);
  });
}

test('nginx passes requests on', { skip }, async (t) => {
  const token = platform.token({ permissions: ['service'] });
  const { client } = observe(t, { url, token, autoConnect: false });
  await client.sync.create('notes', { title: 'Milk' }, 'n1');
  assert.deepEqual((await client.sync.get('notes', 'n1')).data, { title: 'Milk' });
});
