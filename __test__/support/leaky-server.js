/**
 * A server of Socket.IO and REST, written by hand, that says what a test wants said in any place
 * where a server can say something.
 */

import { once } from 'node:events';
import http from 'node:http';

import { WebSocketServer } from 'ws';

/**
 * @typedef {object} Script
 * @property {string} [sid] of the Engine.IO session
 * @property {string} [pid] for the recovery
 * @property {(send: (frame: string) => void, socket: import('ws').WebSocket) => void} [onJoin] in
 *   place of the answer to CONNECT
 * @property {(send: (frame: string) => void, socket: import('ws').WebSocket) => void} [onJoined]
 * @property {(verb: string, ack: string, send: (frame: string) => void) => boolean | void} [onEvent]
 *   an event of the client; true: do not confirm it
 * @property {(request: http.IncomingMessage, socket: import('node:stream').Duplex) => boolean}
 *   [onUpgrade] true: it was answered
 * @property {http.RequestListener} [onRequest]
 */

/** @param {import('node:test').TestContext} t @param {Script} script */
async function startLeakyServer(t, script) {
  const { onRequest = (_, response) => response.writeHead(404).end('{}') } = script;
  const server = http.createServer(onRequest);
  const plain = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (script.onUpgrade?.(request, socket)) return;
    plain.handleUpgrade(request, socket, head, (link) => serve(link, script));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const link of plain.clients) link.terminate();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** @param {import('ws').WebSocket} link @param {Script} script */
function serve(link, { sid = 's', pid = 'p', onJoin, onJoined, onEvent }) {
  const send = (/** @type {string} */ frame) => link.send(frame);
  send(`0{"sid":"${sid}","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`);
  link.on('message', (data) => {
    const frame = String(data);
    if (frame.startsWith('40')) {
      if (onJoin) return onJoin(send, link);
      send(`40{"sid":"n","pid":"${pid}"}`);
      return onJoined?.(send, link);
    }
    const [, ack, json] = /^42(\d*)(.*)$/s.exec(frame) ?? [];
    if (json === undefined) return;
    const [verb, body] = JSON.parse(json);
    if (onEvent?.(verb, ack, send) || ack === '') return;
    const { subscriptionId, topic, channel } = body;
    send(`43${ack}${JSON.stringify([channel === undefined ? { subscriptionId, topic } : { channel }])}`);
  });
}

export { startLeakyServer };
