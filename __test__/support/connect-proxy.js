/** A forward proxy that answers CONNECT for the hosts that the test names. */

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/**
 * @param {import('node:test').TestContext} t
 * @param {object} [options]
 * @param {string} [options.credentials] `user:password`, required; otherwise it answers 407
 * @param {Record<string, number>} [options.hosts] ports on this machine, by `host:port`
 * @param {number} [options.status] what it answers instead
 */
async function startConnectProxy(t, { credentials, hosts = {}, status } = {}) {
  const connects = [];
  const sockets = new Set();
  const server = http.createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, socket, head) => {
    connects.push(request.url);
    sockets.add(socket);
    socket.on('error', () => {});
    const refuse = (code) => socket.end(`HTTP/1.1 ${code} No\r\nContent-Length: 0\r\n\r\n`);
    const basic = (text) => `Basic ${Buffer.from(text).toString('base64')}`;
    if (credentials !== undefined && request.headers['proxy-authorization'] !== basic(credentials)) return refuse(407);
    if (status !== undefined) return refuse(status);
    const [, host, port] = /^(.*):(\d+)$/.exec(request.url);
    const upstream = net.connect(hosts[request.url] ?? Number(port), hosts[request.url] ? '127.0.0.1' : host);
    sockets.add(upstream);
    upstream.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\nX-Proxy: test\r\n\r\n');
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => refuse(502));
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${server.address().port}`, connects };
}

export { startConnectProxy };
