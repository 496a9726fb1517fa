/** Ports of other programs: one that is free, and waiting until a program listens on its own. */

import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that nobody listens on now. @returns {Promise<number>} */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Posts a body, again and again until somebody listens.
 *
 * @param {string} url
 * @param {string} body
 */
export async function postWhenOpen(url, body) {
  for (;;) {
    try {
      return await fetch(url, { method: 'POST', body });
    } catch (error) {
      if (error.cause?.code !== 'ECONNREFUSED') throw error;
    }
  }
}
