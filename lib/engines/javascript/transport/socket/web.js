/** The WebSockets of browsers and workers, see `SocketModule` in `transport.d.ts`. */

/** @import { HttpAnswer, RuntimeSocket } from '../transport.js' */

/** workerd opens WebSockets with headers by `fetch`. */
const isWorkerd = 'WebSocketPair' in globalThis;

/** @type {import('../transport.js').SocketModule['carriesHeaders']} */
export const carriesHeaders = isWorkerd;

/** @type {import('../transport.js').SocketModule['openSocket']} */
export function openSocket({ url, protocols, headers }, onRefused) {
  if (isWorkerd) return fetchSocket(url, headers, onRefused);
  /** @type {any} */
  const { WebSocket } = globalThis;
  // Browsers ignore the third argument. React Native takes headers from it.
  return WebSocket && new WebSocket(url, protocols, { headers });
}

/**
 * @param {string} url
 * @param {Record<string, string>} headers
 * @param {(answer: HttpAnswer) => void} onRefused
 * @returns {Promise<RuntimeSocket>}
 */
async function fetchSocket(url, headers, onRefused) {
  /** @type {any} */
  const answer = await fetch(url.replace('ws', 'http'), {
    headers: { ...headers, upgrade: 'websocket' },
    redirect: 'manual',
  });
  const socket = answer.webSocket;
  if (socket === null) onRefused(answer);
  else socket.accept();
  return socket ?? { addEventListener() {}, close() {} };
}
