/** The WebSockets of browsers and workers, see `SocketModule` in `transport.d.ts`. */

import { unreachable } from '../failure.js';

/** workerd opens WebSockets with headers by `fetch`. */
const isWorkerd = 'WebSocketPair' in globalThis;

/** @type {import('../transport.js').SocketModule['carriesHeaders']} */
export const carriesHeaders = isWorkerd;

/**
 * The page pays for every byte: the code has to do.
 *
 * @type {import('../transport.js').SocketModule['closeWords']}
 */
export const closeWords = () => '';

/** @type {import('../transport.js').SocketModule['failed']} */
export function failed({ authority }, error) {
  return error.reason ? error : unreachable(authority, error.message);
}

/** @type {import('../transport.js').SocketModule['openSocket']} */
export async function openSocket(request, onRefused) {
  if (isWorkerd) return (await import('./workerd.js')).openSocket(request, onRefused);
  const { server, target, protocols, headers } = request;
  const ahead = server.ahead?.take();
  if (ahead) return ahead;
  /** @type {any} */
  const { WebSocket } = globalThis;
  if (!WebSocket)
    throw unreachable(server.authority, 'this runtime has no WebSocket', {
      remediation: "Add 'polling' to options.transports.",
    });
  const url = server.origin.replace('http', 'ws') + target;
  const inWorker = server.worker && (await (await import('./worker.js')).openInWorker(url, protocols));
  // Browsers ignore the third argument. React Native takes headers from it.
  return inWorker || new WebSocket(url, protocols, { headers });
}
