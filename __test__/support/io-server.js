/** The official `socket.io` server, on a free port. */

import { once } from 'node:events';
import http from 'node:http';
import { Server } from 'socket.io';

/** @param {import('node:test').TestContext} t @param {object} [options] */
async function startIoServer(t, options) {
  const server = http.createServer();
  const io = new Server(server, options);
  // At the end, sessions of clients that are gone are not waited for.
  io.engine.on('connection', ({ transport }) => Object.assign(transport, { closeTimeout: 50 }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => io.close());
  return { io, server, url: `http://127.0.0.1:${server.address().port}` };
}

/** A plain HTTP server with this handler. */
async function startHttpServer(t, handle, onUpgrade) {
  const requests = [];
  const server = http.createServer((request, response) => {
    requests.push(request);
    handle(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    requests.push(request);
    // Closes both sides together. A socket notices its end only while it is read.
    socket.on('error', () => {}).on('end', () => socket.destroy());
    if (onUpgrade) onUpgrade(request, socket, head);
    else socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, requests, url: `http://127.0.0.1:${server.address().port}` };
}

export { startHttpServer, startIoServer };
