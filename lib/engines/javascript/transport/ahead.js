/**
 * The WebSocket of a page's first dial, opened while the engine is still being loaded: the
 * handshakes of TCP, TLS, WebSocket and Socket.IO take longer than that. The engine takes the
 * socket in place of a new one, with what it has received.
 *
 * The session still makes every decision: it asks for the same link, and sends the same CONNECT.
 * The socket has sent it before, and so does not send it again.
 */

import { SOCKET_IO_QUERY, serverOf } from './server.js';

/** @import { EngineConfig } from '../../engine.js' */
/** @import { RuntimeSocket, SocketAhead } from './transport.js' */

const OPEN = 1;
/** How the server's handshake of Engine.IO begins. The client answers with CONNECT. */
const HANDSHAKE = '0{';

/**
 * Undefined where the first dial is another one, or needs something first: a token, another chunk.
 *
 * @param {EngineConfig} config
 * @returns {SocketAhead | undefined}
 */
export function dialAhead(config) {
  const { applicationId, environment, protocol, token, transports, worker } = config;
  const { WebSocket, WebSocketPair } = /** @type {any} */ (globalThis);
  // workerd dials by `fetch`.
  if (!WebSocket || WebSocketPair || !token || worker) return undefined;
  if (protocol === 'ws' || transports[0] !== 'websocket') return undefined;
  const { headers, origin, path } = serverOf(config);
  /** @type {RuntimeSocket | undefined} */
  let socket;
  try {
    // As in `socket/web.js`.
    socket = new WebSocket(origin.replace('http', 'ws') + path + SOCKET_IO_QUERY, [], {
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
  } catch {
    // The engine fails in the same way, and says why.
    return undefined;
  }
  const ahead = /** @type {RuntimeSocket} */ (socket);
  /** @type {unknown[]} */
  const missed = [];
  /** The packet that was sent, until the session sends it. @type {string | undefined} */
  let connect;
  ahead.binaryType = 'arraybuffer';
  ahead.onmessage = (event) => {
    missed.push(event);
    if (connect !== undefined || !`${event.data}`.startsWith(HANDSHAKE)) return;
    // As in `session/connecting.js`.
    connect = `40${JSON.stringify({ applicationId, environment, token })}`;
    ahead.send(connect);
  };
  return {
    take() {
      const taken = socket;
      socket = undefined;
      // A socket that has failed would not say so again.
      if (!taken || taken.readyState > OPEN) return undefined;
      taken.onmessage = null;
      taken.missed = missed;
      if (connect !== undefined) skip(taken, connect);
      return taken;
    },

    drop() {
      socket?.close();
      socket = undefined;
    },
  };
}

/**
 * Lets the session's first frame count as sent. The method of the socket is its own again then.
 *
 * @param {RuntimeSocket} socket
 * @param {string} sent
 */
function skip(socket, sent) {
  const { send } = socket;
  /** @param {string | Uint8Array} frame */
  const sendRest = (frame) => {
    Reflect.deleteProperty(socket, 'send');
    if (frame !== sent) send.call(socket, frame);
  };
  socket.send = sendRest;
}
