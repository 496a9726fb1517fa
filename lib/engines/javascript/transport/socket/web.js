/** The WebSockets of browsers and workers, see `SocketModule` in `transport.d.ts`. */

/** @import { Loss, RuntimeSocket, SocketRequest } from '../transport.js' */

/** workerd opens WebSockets with headers by `fetch`. */
const isWorkerd = 'WebSocketPair' in globalThis;

/** @type {import('../transport.js').SocketModule['carriesHeaders']} */
export const carriesHeaders = isWorkerd;

/** @type {import('../transport.js').SocketModule['openSocket']} */
export function openSocket(request, onRefused) {
  if (isWorkerd) return fetchSocket(request, onRefused);
  const { server, target, protocols, headers } = request;
  /** @type {any} */
  const { WebSocket } = globalThis;
  // Browsers ignore the third argument. React Native takes headers from it.
  return WebSocket && new WebSocket(server.origin.replace('http', 'ws') + target, protocols, { headers });
}

/**
 * @param {SocketRequest} request
 * @param {(refusal: Promise<Loss | undefined>) => void} onRefused
 * @returns {Promise<RuntimeSocket>}
 */
async function fetchSocket(request, onRefused) {
  const { server, target, headers } = request;
  /** @type {any} */
  const answer = await fetch(server.origin + target, {
    headers: { ...headers, upgrade: 'websocket' },
    redirect: 'manual',
  });
  const socket = answer.webSocket;
  if (socket) socket.accept();
  else onRefused(import('../refusal.js').then(({ retarget }) => retarget(request, answer)));
  return socket ?? { addEventListener() {}, close() {} };
}
