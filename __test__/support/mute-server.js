/**
 * Servers of both protocols that do not answer WebSocket pings, in this process or in one that can
 * be frozen.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import readline from 'node:readline';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

/** The client's application ping. */
const QUESTIONS = { 'socket.io': '40/-,', ws: '{"type":"ping"}' };
/** The client's answer to the server's pings. On `/ws` this is a WebSocket pong. */
const PONG = '3';

/**
 * @param {'socket.io' | 'ws'} protocol
 * @param {{ pingInterval?: number, answers?: boolean }} [options] `answers`: whether the server
 *   answers application pings
 */
async function startMuteServer(protocol, { pingInterval = 25_000, answers = true } = {}) {
  const came = { question: 0, pong: 0, ping: 0 };
  const waiting = new Set();
  const note = (what) => {
    came[what] += 1;
    for (const check of waiting) check();
  };

  class MuteServer extends WebSocketServer {
    constructor(options) {
      super({ ...options, autoPong: false });
      this.on('connection', hear);
    }
  }
  function hear(socket) {
    socket.on('ping', () => note('ping')).on('pong', () => note('pong'));
    socket.prependListener('message', (data) => {
      const text = String(data);
      // Recorded when it is answered.
      if (text === QUESTIONS[protocol]) setImmediate(note, 'question');
      else if (text === PONG) note('pong');
    });
  }

  const server = http.createServer();
  const io = protocol === 'socket.io' ? new Server(server, { wsEngine: MuteServer, pingInterval }) : undefined;
  // Engine.IO takes over the sockets without that event.
  io?.engine.on('connection', ({ transport }) => hear(transport.socket));
  // The server never answers a CONNECT to any other namespace.
  if (!answers) io?.of(() => {});
  const plain = io === undefined ? new MuteServer({ server, path: '/ws' }) : undefined;
  plain?.on('connection', (socket) => {
    const pinging = setInterval(() => socket.ping(), pingInterval);
    socket.on('close', () => clearInterval(pinging));
    socket.on('message', (data) => {
      if (answers && String(data) === QUESTIONS.ws) socket.send('{"type":"pong"}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const until = (what, count) =>
    new Promise((resolve) => {
      const check = () => {
        if (came[what] < count) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return {
    io,
    url: `http://127.0.0.1:${server.address().port}`,
    /**
     * Resolves when n of a kind have arrived: 'question', 'pong' (an answer to the server's ping),
     * 'ping'.
     */
    until,
    asked: (count) => until('question', count),
    pings: () => came.ping,
    close: async () => {
      for (const client of plain?.clients ?? []) client.terminate();
      if (io !== undefined) await io.close();
      server.close();
    },
  };
}

/**
 * The same in its own process. `asked` resolves when the server has answered an application ping.
 */
async function startMuteServerProcess(t, protocol) {
  const child = spawn(process.execPath, [import.meta.filename, protocol], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = readline.createInterface({ input: child.stdout });
  const [url] = await once(lines, 'line');
  return { url, asked: once(lines, 'line'), kill: (signal) => child.kill(signal) };
}

async function main(protocol) {
  const { url, asked } = await startMuteServer(protocol);
  console.log(url);
  await asked(1);
  console.log('asked');
}

if (process.argv[1] === import.meta.filename) main(process.argv[2]);

export { startMuteServer, startMuteServerProcess };
