/**
 * A Redis for one test: the real `redis-server` if it is on the PATH, otherwise a server with the
 * few commands that a replay store needs, and the same semantics.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';

/**
 * @param {import('node:test').TestContext} t
 * @returns {Promise<string>} the address for a client
 */
async function startRedis(t) {
  const real = spawnSync('redis-server', ['--version']).status === 0;
  t.diagnostic(real ? 'against redis-server' : 'redis-server is not installed: against a stand-in');
  return real ? startReal(t) : startStandIn(t);
}

/** Listens on a socket file, so that the test needs no free port. */
async function startReal(t) {
  const folder = fs.mkdtempSync(join(tmpdir(), 'realtime-redis-'));
  const socket = join(folder, 'redis.sock');
  const settings = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  t.after(async () => {
    server.kill();
    await exited;
    fs.rmSync(folder, { recursive: true });
  });
  for await (const line of readline.createInterface({ input: server.stdout })) {
    if (/ready to accept connections/i.test(line)) break;
  }
  server.stdout.resume();
  return socket;
}

async function startStandIn(t) {
  /** @type {Map<string, { value: string, until: number }>} */
  const entries = new Map();
  const held = (key) => {
    if (entries.get(key)?.until <= Date.now()) entries.delete(key);
    return entries.get(key);
  };
  const commands = {
    HELLO: () => `%1\r\n${bulk('proto')}:3\r\n`,
    INFO: () => bulk('redis_version:7.0.0\r\nloading:0\r\n'),
    SET(key, value, ...options) {
      const names = options.map((option) => option.toUpperCase());
      if (names.includes(held(key) ? 'NX' : 'XX')) return '$-1\r\n';
      const milliseconds = names.includes('PX') ? Number(options[names.indexOf('PX') + 1]) : Infinity;
      if (!(milliseconds >= 1)) return "-ERR invalid expire time in 'set' command\r\n";
      const until = names.includes('KEEPTTL') ? held(key)?.until : undefined;
      entries.set(key, { value, until: until ?? Date.now() + milliseconds });
      return '+OK\r\n';
    },
    GET: (key) => (held(key) ? bulk(held(key).value) : '$-1\r\n'),
    PTTL: (key) => `:${held(key) ? held(key).until - Date.now() : -2}\r\n`,
    DEL: (key) => `:${held(key) && entries.delete(key) ? 1 : 0}\r\n`,
  };
  const server = net.createServer((socket) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (data) => {
      text += data;
      for (let command = take(); command; command = take()) {
        const [name, ...args] = command;
        socket.write(commands[name.toUpperCase()]?.(...args) ?? '-ERR unknown command\r\n');
      }
    });
    /**
     * The first command that has arrived completely, an array of strings: `*2 $3 GET $1 a`, with
     * line ends.
     */
    function take() {
      const words = text.split('\r\n');
      const count = Number(words[0].slice(1));
      // Each string follows a line with its length. The rest of the text is after the last line
      // end.
      if (words[0] === '' || words.length < 2 * count + 2) return undefined;
      text = words.slice(2 * count + 1).join('\r\n');
      return words.slice(1, 2 * count + 1).filter((_, index) => index % 2 === 1);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `redis://127.0.0.1:${server.address().port}`;
}

const bulk = (text) => `$${text.length}\r\n${text}\r\n`;

export { startRedis };
