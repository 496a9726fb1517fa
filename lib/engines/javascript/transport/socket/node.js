/**
 * The WebSockets of Node, Bun and Deno, see `SocketModule` in `transport.d.ts`: the runtime's own,
 * else the package `ws` where the application has it (Node 20).
 */

/** @import { IncomingMessage } from 'node:http' */
/** @import { HttpAnswer, RuntimeSocket, SocketRequest } from '../transport.js' */

/** The errors after which the peer knows that the connection has ended. */
const KNOWN_ENDINGS = {
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'broken pipe',
  ECONNABORTED: 'connection aborted',
};

/** @type {import('../transport.js').SocketModule['carriesHeaders']} */
export const carriesHeaders = true;

/** @type {import('../transport.js').SocketModule['openSocket']} */
export function openSocket(request, onRefused) {
  /** @type {any} */
  const { WebSocket } = globalThis;
  if (WebSocket === undefined) return openWithPackage(request, onRefused);
  return new WebSocket(request.url, { headers: request.headers, protocols: request.protocols });
}

/**
 * @param {SocketRequest} request
 * @param {(answer: HttpAnswer) => void} onRefused
 * @returns {Promise<RuntimeSocket | undefined>}
 */
async function openWithPackage({ url, headers, maxMessageBytes }, onRefused) {
  const module = await import('ws').catch(() => undefined);
  if (module === undefined) return undefined;
  const socket = new module.default(url, { headers, maxPayload: maxMessageBytes, perMessageDeflate: false });
  const extended = /** @type {RuntimeSocket} */ (/** @type {unknown} */ (socket));
  extended.onpong = () => {};
  socket.on('pong', (payload) => extended.onpong?.(`${payload}`));
  socket.on('unexpected-response', (_request, response) => onRefused(answerOf(response)));
  socket.on('upgrade', ({ socket: stream }) => {
    extended.hold = (isHeld) => void (isHeld ? stream.ref() : stream.unref());
    stream.on('end', () => {
      extended.ending ??= '';
    });
    stream.on('error', (/** @type {NodeJS.ErrnoException} */ { code }) => {
      const words = KNOWN_ENDINGS[/** @type {keyof typeof KNOWN_ENDINGS} */ (code)];
      if (words) extended.ending ??= `${code}: ${words}`;
    });
  });
  return extended;
}

/** @param {IncomingMessage} response @returns {HttpAnswer} */
function answerOf(response) {
  const chunks = response[Symbol.asyncIterator]();
  return {
    status: response.statusCode ?? 0,
    headers: { get: (name) => response.headers[name]?.toString() ?? null },
    body: { getReader: () => ({ read: () => chunks.next(), cancel: () => response.destroy() }) },
  };
}
