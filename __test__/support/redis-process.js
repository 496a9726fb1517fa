/**
 * A real `redis-server` for one test: it can be killed and started again, and each of its doors, a
 * TCP proxy, can be shut. It listens on a socket file, so that no port is needed in advance.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

import { openDoor } from './tcp-door.js';

/** Kills the server when its input ends: also when the process of the test was killed. */
const KEEPER = 'redis-server "$@" </dev/null & cat >/dev/null; kill -9 $!; wait $! 2>/dev/null';

/** Why tests with Redis are skipped, or false. */
const redisIsMissing = spawnSync('redis-server', ['--version']).status !== 0 && 'redis-server is not installed';

/**
 * @param {import('node:test').TestContext} t
 * @param {{ password?: string, settings?: readonly string[] }} [options]
 */
async function startRedisProcess(t, { password, settings = [] } = {}) {
  const folder = fs.mkdtempSync(join(tmpdir(), 'realtime-redis-'));
  const path = join(folder, 'redis.sock');
  const server = { child: undefined, exited: undefined };
  const start = async () => {
    const flags = ['--port', '0', '--unixsocket', path, '--dir', folder, '--save', '', '--appendonly', 'no'];
    const secret = password === undefined ? [] : ['--requirepass', password];
    const all = [...flags, ...secret, ...settings];
    server.child = spawn('sh', ['-c', KEEPER, 'sh', ...all], { stdio: ['pipe', 'pipe', 'inherit'] });
    server.exited = once(server.child, 'exit');
    const lines = readline.createInterface({ input: server.child.stdout });
    for await (const line of lines) if (/ready to accept connections/i.test(line)) break;
    server.child.stdout.resume();
  };
  const kill = async () => {
    server.child.stdin.end();
    await server.exited;
  };
  await start();
  t.after(async () => {
    await kill();
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return {
    url: `unix://${path}`,
    /** Ends it at once; what it had is gone. */
    kill,
    start,
    /** Another way in, which the test can shut. */
    async door() {
      const door = await openDoor(t, { path });
      const secret = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
      return { ...door, url: `redis://${secret}127.0.0.1:${door.port}` };
    },
    /** @param {string[]} command */
    run: (...command) => {
      const secret = password === undefined ? [] : ['-a', password, '--no-auth-warning'];
      return spawnSync('redis-cli', ['-s', path, ...secret, ...command], { encoding: 'utf8' }).stdout.trim();
    },
  };
}

export { redisIsMissing, startRedisProcess };
