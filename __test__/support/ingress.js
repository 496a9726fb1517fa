/** A gateway in front of a server: it forwards connections, or answers them with its own page. */

import { once } from 'node:events';
import net from 'node:net';

/**
 * @param {import('node:test').TestContext} t
 * @param {string} upstream its url
 */
async function startIngress(t, upstream) {
  const port = Number(new URL(upstream).port);
  const sockets = new Set();
  const ingress = {
    url: '',
    /**
     * While set, the answer to every request.
     *
     * @type {{ status: number, body: string, headers?: object } | undefined}
     */
    page: undefined,
    /** Number of requests that the gateway itself answered. */
    answered: 0,
    /** Ends all connections. */
    drop() {
      for (const socket of sockets) socket.destroy();
    },
  };
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    if (ingress.page === undefined) {
      const passed = net.connect(port, '127.0.0.1').on('error', () => socket.destroy());
      socket.on('close', () => passed.destroy());
      socket.pipe(passed).pipe(socket);
      return;
    }
    const { status, body, headers = {} } = ingress.page;
    socket.once('data', () => {
      ingress.answered += 1;
      const lines = Object.entries({ 'content-length': Buffer.byteLength(body), connection: 'close', ...headers });
      socket.end(`HTTP/1.1 ${status} No\r\n${lines.map((line) => `${line.join(': ')}\r\n`).join('')}\r\n${body}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    ingress.drop();
    server.close();
  });
  ingress.url = `http://127.0.0.1:${server.address().port}`;
  return ingress;
}

export { startIngress };
