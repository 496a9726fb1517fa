/**
 * A hand-written Socket.IO server: sends any text, as the only argument of `event` or as a frame.
 */

import { once } from 'node:events';

import { WebSocketServer } from 'ws';

async function startRawServer() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const connected = once(server, 'connection').then(async ([socket]) => {
    socket.send('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
    await once(socket, 'message');
    socket.send('40{"sid":"s"}');
    return socket;
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** @param {string} json */
    sendEvent: async (json) => (await connected).send(`42["event",${json}]`),
    close: () => server.close(),
  };
}

export { startRawServer };
