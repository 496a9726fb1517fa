'use strict';

/**
 * Runs the client against three implementations of a Socket.IO server: `npm run interop`.
 *
 * A server that cannot be installed is skipped, with the reason. Every server pings so often that
 * it would drop a client that does not answer before the test ends. Each is tested twice: without
 * compression, and with an offer of it, which those that know it must accept.
 */

const assert = require('node:assert/strict');
const { spawn, spawnSync } = require('node:child_process');
const { on, once } = require('node:events');
const { existsSync } = require('node:fs');
const net = require('node:net');
const { join } = require('node:path');
const readline = require('node:readline');
const { WebSocket } = require('ws');
const { RealtimeClient } = require('../..');

const root = join(__dirname, '..', '..');
const HOST = '127.0.0.1';
const TIMEOUT = 10_000;
/**
 * Longer than the servers wait for a pong: their interval and timeout are a second each, in
 * milliseconds.
 */
const IDLE_TIME = 3_000;

const servers = {
  'socket.io (npm)': {
    prepare: () => [process.execPath, join(__dirname, 'socket_io.js')],
    binary: true,
    compresses: true,
  },
  'python-socketio (PyPI)': { prepare: preparePython, binary: true, compresses: true },
  // The handlers of this server read JSON, which has no bytes.
  'socketioxide (crates.io)': { prepare: prepareRust, binary: false, compresses: false },
};

main();

async function main() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, { prepare, binary, compresses }] of Object.entries(servers)) {
    let verdict = 'passed';
    try {
      const command = prepare();
      await check(command, binary, { compression: false, compresses: false });
      await check(command, binary, { compression: { threshold: 0 }, compresses });
    } catch (error) {
      verdict = error instanceof Skipped ? 'skipped' : 'failed';
      console.error(error instanceof Skipped ? error.message : error);
    }
    counts[verdict]++;
    console.log(`${name}: ${verdict}`);
  }
  console.log(`Servers: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

class Skipped extends Error {}

function attempt(what, command, args, options) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0) throw new Skipped(`${what}: ${error ?? stderr.trim().split('\n').at(-1)}`);
}

function preparePython() {
  const folder = join(root, 'target', 'interop-python');
  const python = join(folder, 'bin', 'python');
  if (!existsSync(python)) attempt('no virtual environment', 'python3', ['-m', 'venv', folder]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'python-socketio', 'aiohttp'];
  const installed = spawnSync(python, ['-c', 'import socketio, aiohttp']).status === 0;
  if (!installed) attempt('python-socketio cannot be installed', python, install);
  return [python, join(__dirname, 'python_socketio.py')];
}

function prepareRust() {
  const target = join(root, 'target', 'interop-rust');
  const args = ['build', '--quiet', '--manifest-path', join(__dirname, 'socketioxide', 'Cargo.toml')];
  attempt('socketioxide cannot be built', 'cargo', [...args, '--target-dir', target]);
  return [join(target, 'debug', 'interop-socketioxide')];
}

/**
 * Starts a server and checks everything that a client needs from it. `compresses`: whether it
 * accepts the client's `compression`.
 */
async function check([command, ...args], binary, { compression, compresses }) {
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const relay = { sockets: new Set(), upgrades: [], listener: undefined };
  const clients = [];
  try {
    const [port] = await withTimeout('its port', once(readline.createInterface({ input: server.stdout }), 'line'));
    await withTimeout('answers to application pings', pingByMessage(port));
    relay.listener = net.createServer((client) => connect(relay, client, Number(port))).listen(0, HOST);
    await once(relay.listener, 'listening');
    const url = `http://${HOST}:${relay.listener.address().port}`;
    const make = () => {
      const client = new RealtimeClient({ url, token: 'none', reconnectionDelay: 10, compression });
      client.on('error', (error) => console.error(`  ${error.code}: ${error.message}`));
      clients.push(client);
      return client;
    };
    await converse(make(), make(), binary, relay.sockets);
    assert.ok(relay.upgrades.length >= 4, `${relay.upgrades.length} WebSockets`);
    for (const head of relay.upgrades)
      assert.equal(/^sec-websocket-extensions: permessage-deflate/im.test(head), compresses, head);
  } finally {
    for (const client of clients) client.destroy();
    relay.listener?.close();
    server.kill();
  }
}

/**
 * Sends application pings as the client does: a CONNECT to a namespace that does not exist, again
 * and again.
 */
async function pingByMessage(port) {
  const socket = new WebSocket(`ws://${HOST}:${port}/socket.io/?EIO=4&transport=websocket`);
  try {
    let answers = 0;
    for await (const [data] of on(socket, 'message')) {
      const text = String(data);
      if (text.startsWith('0')) socket.send('40');
      else if (text === '2') socket.send('3');
      else if (text.startsWith('40{')) socket.send('40/-,');
      else if (text.startsWith('44/-,') && ++answers < 3) socket.send('40/-,');
      else if (text.startsWith('44/-,')) return;
      else assert.fail(text);
    }
  } finally {
    socket.terminate();
  }
}

async function converse(alice, bob, binary, sockets) {
  const welcome = next(alice, 'event:a');
  alice.subscribe({ topic: 'a' });
  assert.equal((await withTimeout('an event', welcome)).topic, 'a');

  await Promise.all([alice, bob].map(({ socketClient }) => socketClient.joinChannel('room')));
  const received = nextMessage(alice);
  await bob.socketClient.publish('room', 'greeting', { text: 'Grüße 😀', n: 1.5 });
  const message = await withTimeout('a message', received);
  assert.deepEqual([message.event, message.data], ['greeting', { text: 'Grüße 😀', n: 1.5 }]);
  if (binary) {
    const data = { bytes: Buffer.from([0, 1, 254, 255]), more: [Buffer.from('x')] };
    const bytes = nextMessage(alice);
    await bob.socketClient.publish('room', 'binary', data);
    assert.deepEqual((await withTimeout('bytes', bytes)).data, data);
  }

  const direct = nextMessage(alice, 'direct');
  await bob.socketClient.directMessage(alice.socketClient.id, 'psst', { n: 1 });
  assert.equal((await withTimeout('a direct message', direct)).event, 'psst');
  await assert.rejects(bob.socketClient.directMessage('nobody', 'psst', {}), { code: 'NOT_FOUND' });

  const ids = [alice, bob].map(({ socketClient }) => socketClient.id);
  await new Promise((resolve) => setTimeout(resolve, IDLE_TIME));
  assert.deepEqual(
    [alice, bob].map(({ socketClient }) => socketClient.id),
    ids,
    'the connections outlive several heartbeats',
  );

  const again = next(alice, 'event:a');
  const back = [alice, bob].map((client) => next(client, 'connection', ({ state }) => state === 'connected'));
  for (const socket of sockets) socket.destroy();
  await withTimeout('the connections to come back', Promise.all([again, ...back]));
  await Promise.all([alice, bob].map(({ socketClient }) => socketClient.joinChannel('room')));
  const afterwards = nextMessage(alice);
  await bob.socketClient.publish('room', 'again', {});
  assert.equal((await withTimeout('a message afterwards', afterwards)).event, 'again');
}

function connect({ sockets, upgrades }, client, port) {
  const server = net.connect(port, HOST);
  server.once('data', (chunk) => {
    const [head] = chunk.toString('latin1').split('\r\n\r\n');
    if (head.startsWith('HTTP/1.1 101')) upgrades.push(head);
  });
  client.pipe(server).pipe(client);
  for (const socket of [client, server]) {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      client.destroy();
      server.destroy();
    });
  }
}

function next(client, name, condition = () => true) {
  return new Promise((resolve) => {
    client.on(name, function listen(data) {
      if (!condition(data)) return;
      client.off(name, listen);
      resolve(data);
    });
  });
}

function nextMessage(client, kind = 'message') {
  return new Promise((resolve) => client.socketClient.once(kind, resolve));
}

async function withTimeout(what, promise) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not arrive within ${TIMEOUT} ms`)), TIMEOUT);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
