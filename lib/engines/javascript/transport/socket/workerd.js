/**
 * The WebSockets of workerd, which `fetch` opens: with headers, and with the answer to a refusal.
 */

import { retarget } from '../refusal.js';

/** @type {import('../transport.js').SocketModule['openSocket']} */
export async function openSocket(request, onRefused) {
  const { server, target, headers } = request;
  /** @type {any} */
  const answer = await fetch(server.origin + target, {
    headers: { ...headers, upgrade: 'websocket' },
    redirect: 'manual',
  });
  const socket = answer.webSocket;
  if (socket) socket.accept();
  else onRefused(retarget(request, answer));
  return socket ?? { addEventListener() {}, close() {} };
}
