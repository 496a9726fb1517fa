/**
 * A reverse proxy that treats WebSocket upgrades as the test says, and forwards every other
 * request.
 */

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/**
 * Ways to treat an upgrade: functions of the client's socket, the request and the upstream port.
 */
const upgrades = {
  /** Answers the upgrade itself. */
  refuse:
    (status, body = 'no', headers = {}) =>
    (socket) => {
      const lines = Object.entries({ 'Content-Length': Buffer.byteLength(body), ...headers });
      socket.end(`HTTP/1.1 ${status} No\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}\r\n${body}`);
    },
  /** Reads the upgrade and never answers. */
  swallow: () => {},
  /** Closes the connection. */
  cut: (socket) => socket.destroy(),
  /** Forwards the handshake, and nothing after it. */
  mute: (socket, request, port) => tunnel(socket, request, port, { silent: true }),
  pass: (socket, request, port) => tunnel(socket, request, port, {}),
};

function tunnel(socket, { method, url, rawHeaders }, port, { silent }) {
  const upstream = net.connect(port, '127.0.0.1');
  const lines = [];
  for (let n = 0; n < rawHeaders.length; n += 2) lines.push(`${rawHeaders[n]}: ${rawHeaders[n + 1]}\r\n`);
  upstream.write(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`);
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ]) {
    one.on('error', () => {});
    one.on('close', () => other.destroy());
  }
  if (silent) {
    upstream.once('data', (data) => socket.write(data.subarray(0, data.indexOf('\r\n\r\n') + 4)));
  } else {
    socket.pipe(upstream).pipe(socket);
  }
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string} upstream its url
 * @param {Function} upgrade one of `upgrades`
 */
async function startReverseProxy(t, upstream, upgrade) {
  const { port } = new URL(upstream);
  const requests = [];
  const proxy = {
    upgrade,
    /** `GET polling`, `POST polling`, `GET upgrade`, in order. */
    requests,
    /** Added to every answer; a function of the request. */
    headers: () => ({}),
    url: '',
    dropAll: () => server.closeAllConnections(),
  };
  const server = http.createServer((request, response) => {
    requests.push({ kind: `${request.method} polling`, url: request.url, cookie: request.headers.cookie });
    const { method, url: path, headers } = request;
    const forwarded = http.request({ port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, { ...answer.headers, ...proxy.headers(request) });
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    response.on('close', () => forwarded.destroy());
    request.pipe(forwarded);
  });
  server.on('upgrade', (request, socket) => {
    requests.push({ kind: 'GET upgrade', url: request.url, cookie: request.headers.cookie });
    socket.on('error', () => {});
    // Closes both sides together. A socket notices its end only while it is read.
    socket.on('end', () => socket.destroy()).resume();
    proxy.upgrade(socket, request, port);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  return proxy;
}

export { startReverseProxy, upgrades };
