/**
 * The process that keeps a Postgres for a test. It obeys JSON lines on its standard input, answers
 * each with one line, and when the input ends it stops the server and removes its files.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { findBinaries, prepareBinaries } from './postgres-binaries.js';

/** What makes it fit for tests: small, fast, and with room for many platforms. */
const SETTINGS = {
  wal_level: 'logical',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  shared_buffers: '32MB',
  max_connections: 60,
  max_wal_senders: 20,
  max_replication_slots: 20,
  lc_messages: 'C',
  timezone: 'UTC',
};
/** The processes of a killed server hold its memory until they notice; then it starts. */
const START_ATTEMPTS = 100;

const found = findBinaries();
const scratch = fs.mkdtempSync(path.join(tmpdir(), 'realtime-postgres-'));
const data = path.join(scratch, 'data');
/** @type {Record<string, string | number>} */
let settings = {};
let native = '';
let port = 0;
/** @type {import('node:child_process').ChildProcess | undefined} */
let server;

const commands = {
  async create({ password, settings: further }) {
    if ('reason' in found) throw new Error(found.reason);
    native = prepareBinaries(found, scratch);
    fs.mkdirSync(data, { mode: 0o700 });
    const secret = path.join(scratch, 'password');
    fs.writeFileSync(secret, password);
    if ('uid' in found.as) {
      for (const each of [scratch, data, secret]) fs.chownSync(each, found.as.uid, found.as.gid);
    }
    const flags = ['--auth=scram-sha-256', '--username=postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];
    const program = path.join(native, 'bin', 'initdb');
    const { status, stderr, error } = spawnSync(program, [`--pgdata=${data}`, `--pwfile=${secret}`, ...flags], {
      ...found.as,
      cwd: scratch,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
    settings = { ...SETTINGS, ...further };
    await start();
    return { port };
  },
  async kill() {
    await end('SIGKILL');
    return {};
  },
  async start() {
    await start();
    return {};
  },
  async restart({ settings: further }) {
    await end('SIGINT');
    settings = { ...settings, ...further };
    await start();
    return {};
  },
};

async function start() {
  let output = '';
  for (let attempt = 0; attempt < START_ATTEMPTS; attempt += 1) {
    if (port === 0 || /could not bind/.test(output)) port = await freePort();
    output = '';
    const values = Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(path.join(native, 'bin', 'postgres'), ['-D', data, ...values], {
      ...('as' in found ? found.as : {}),
      cwd: scratch,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit').then(() => false);
    const ready = new Promise((resolve) => {
      child.stderr.setEncoding('utf8').on('data', (text) => {
        if (output.length < 10_000) output += text;
        if (/ready to accept connections/.test(text)) resolve(true);
      });
    });
    if (await Promise.race([ready, exited])) {
      server = child;
      return;
    }
    await wait(100);
  }
  throw new Error(`it does not start: ${output}`);
}

/** @param {NodeJS.Signals} signal */
async function end(signal) {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill(signal);
  await exited;
}

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

// A signal to the group of the test, such as Ctrl-C, must not get here before the input ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
try {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { command, ...request } = JSON.parse(line);
    const reply = await commands[command](request).catch((error) => ({ error: error.message }));
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
} finally {
  // An orderly end takes a fraction of a second, unless a client of a stream does not answer.
  const late = setTimeout(() => server?.kill('SIGQUIT'), 2_000);
  await end('SIGINT');
  clearTimeout(late);
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
