/** A TCP proxy that a test can shut, open again, and lead to another place. */

import { once } from 'node:events';
import net from 'node:net';

/**
 * @param {import('node:test').TestContext} t
 * @param {net.NetConnectOpts} place where it leads to
 */
async function openDoor(t, place) {
  const open = { place, shut: false };
  /** @type {Set<net.Socket>} */
  const outer = new Set();
  /** @type {Set<net.Socket>} */
  const sockets = new Set();
  /** Sockets whose other side stays. @type {WeakSet<net.Socket>} */
  const left = new WeakSet();
  const server = net.createServer((socket) => {
    if (open.shut) return void socket.destroy();
    const inner = net.connect(open.place);
    outer.add(socket);
    socket.on('close', () => outer.delete(socket));
    for (const [one, other] of [
      [socket, inner],
      [inner, socket],
    ]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        if (!left.has(one)) other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    open.shut = true;
    drop();
    server.close();
  });
  return {
    port: /** @type {net.AddressInfo} */ (server.address()).port,
    /** Cuts every connection. */
    drop,
    /** Cuts every connection, and accepts none. */
    shut() {
      open.shut = true;
      drop();
    },
    open() {
      open.shut = false;
    },
    /**
     * The clients lose their connections, and what is behind the door does not notice.
     *
     * @param {net.NetConnectOpts} next where later ones lead
     */
    slipTo(next) {
      open.place = next;
      for (const socket of outer) {
        left.add(socket);
        socket.destroy();
      }
    },
    /** @param {net.NetConnectOpts} next later connections lead there */
    turnTo(next) {
      open.place = next;
    },
    /** @param {net.NetConnectOpts} next cuts every connection; later ones lead there */
    leadTo(next) {
      open.place = next;
      drop();
    },
  };
}

export { openDoor };
