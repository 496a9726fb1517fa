/**
 * The WebSockets of Node, Bun and Deno, see `SocketModule` in `transport.d.ts`: the runtime's own,
 * else the package `ws` where the application has it (Node 20). The package shows what others hide:
 * the answer that refuses an upgrade, pings, and how a connection has ended.
 */

import { utf8Length } from '#host';
import { awaitTurn } from '../../../../host/turns.js';
import { notRealtime, tooLarge, unreachable, violated } from '../failure.js';
import { retarget } from '../refusal.js';
import { readTextFrames } from './text-frames.js';

/** @import { IncomingMessage } from 'node:http' */
/** @import { HttpAnswer, Loss, RuntimeSocket, SocketRequest } from '../transport.js' */

/** What the package says of an upgrade that is not the one asked for. */
const NO_UPGRADE = /^(?:Invalid (?:Upgrade|Sec-)|Server (?:sent|indicated) )/;
/** What OpenSSL and BoringSSL say of an answer in plain text. */
const NO_TLS = /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long|http[ _]request|InvalidContentType/i;
/** As in `src/error/remediation.rs`. */
const HAS_NO_TLS = 'Write http:// in options.url if the server has no TLS, or another port if it has.';
const MAY_EXPECT_TLS =
  'Write https:// in options.url if the server expects TLS; else check that the server is running.';
/** The window of permessage-deflate without an agreement on a smaller one. */
const MAX_WINDOW_BITS = 15;
/**
 * The errors after which the peer knows that the connection has ended.
 *
 * @type {Record<string, string>}
 */
const KNOWN_ENDINGS = {
  ECONNRESET: 'connection reset by peer',
  EPIPE: 'broken pipe',
  ECONNABORTED: 'connection aborted',
};

/** @type {import('../transport.js').SocketModule['carriesHeaders']} */
export const carriesHeaders = true;

/** What IANA calls the close codes, <https://www.iana.org/assignments/websocket>, from 1000. */
const CLOSE_CODES =
  'normal closure,going away,protocol error,unsupported data,,,,invalid payload,policy violation,message too big,extension expected,internal error,service restart,try again later,bad gateway'.split(
    ',',
  );

/** @type {import('../transport.js').SocketModule['closeWords']} */
export function closeWords(code) {
  return CLOSE_CODES[code - 1000] ?? '';
}

/**
 * These runtimes tell certificates and TLS from the rest.
 *
 * @type {import('../transport.js').SocketModule['failed']}
 */
export function failed({ authority, origin }, error) {
  if (error?.reason !== undefined) return error;
  const cause = error?.cause?.errors?.[0] ?? error?.cause ?? error;
  const text = `${cause?.message || cause?.code || cause}`;
  const isClosed = /UND_ERR_SOCKET|ConnectionClosed|closed before message/.test(`${cause?.code} ${text}`);
  if (isClosed) {
    // With TLS the server has understood the client.
    const remediation = origin.startsWith('https') ? undefined : MAY_EXPECT_TLS;
    return unreachable(authority, 'the server closed the connection before it answered', { remediation });
  }
  const isPlain = NO_TLS.test(`${cause?.code} ${text}`);
  const reason = isPlain ? 'connected to a server that does not speak TLS' : text;
  if (!isPlain && !/CERT|TLS|SSL|EPROTO/.test(cause?.code)) return unreachable(authority, reason);
  const remediation = isPlain ? HAS_NO_TLS : undefined;
  return { reason, error: { code: 'TLS_ERROR', message: `no TLS connection to ${authority}: ${reason}`, remediation } };
}

/** @type {import('../transport.js').SocketModule['openSocket']} */
export async function openSocket(request, onRefused) {
  /** @type {any} */
  const { WebSocket } = globalThis;
  if (WebSocket === undefined) return openWithPackage(request, onRefused);
  return new WebSocket(urlOf(request), { headers: request.headers, protocols: request.protocols });
}

/** @param {SocketRequest} request */
function urlOf({ server, target }) {
  return server.origin.replace('http', 'ws') + target;
}

/**
 * @param {SocketRequest} request
 * @param {(refusal: Promise<Loss | undefined>) => void} onRefused
 * @returns {Promise<RuntimeSocket>}
 */
async function openWithPackage(request, onRefused) {
  const module = await import('ws').catch(() => undefined);
  const { headers, server } = request;
  if (module === undefined)
    throw unreachable(server.authority, 'this runtime has no WebSocket', {
      remediation: "Install the package ws, or add 'polling' to options.transports.",
    });
  const { compression, maxMessageBytes } = server;
  const socket = new module.default(urlOf(request), {
    headers,
    maxPayload: maxMessageBytes,
    perMessageDeflate: compression !== undefined && deflateOptions(compression),
  });
  const extended = /** @type {RuntimeSocket} */ (/** @type {unknown} */ (socket));
  let pinged = -1;
  extended.pongs = extended.arrived = 0;
  const { addEventListener } = socket;
  // The package's own events of the Web take longer to make than to handle.
  extended.addEventListener = (type, listener) => {
    if (type !== 'message') return addEventListener.call(socket, /** @type {any} */ (type), listener);
    socket.on(type, (/** @type {any} */ data, isBinary) =>
      listener(isBinary ? { data } : { data: data.toString(), bytes: data.length }),
    );
    socket.on('open', () =>
      readTextFrames(stream, maxMessageBytes, (data, bytes, hasMore) => listener({ data, bytes, hasMore })),
    );
  };
  if (compression) {
    const { send } = socket;
    // The package minds its threshold only if messages do not refer to each other.
    extended.send = (data) => {
      const bytes = typeof data === 'string' ? utf8Length(data) : data.length;
      send.call(socket, data, { compress: bytes >= compression.threshold });
    };
  }
  const { ping } = socket;
  extended.ping = (payload) => {
    pinged = Number(payload);
    ping.call(socket, payload);
  };
  socket.on('pong', (payload) => {
    const arrived = Number(String(payload));
    // A peer may send pongs unasked.
    if (!(arrived <= pinged)) return;
    extended.arrived = Math.max(extended.arrived ?? 0, arrived);
    extended.pongs = (extended.pongs ?? 0) + 1;
    extended.onprogress?.();
  });
  socket.on('unexpected-response', (_request, response) => onRefused(retarget(request, answerOf(response))));
  socket.on('error', (/** @type {NodeJS.ErrnoException} */ { code = '', message }) => {
    if (/^HPE_/.test(code) || NO_UPGRADE.test(message))
      extended.loss = notRealtime(server.authority, `connected to a server that does not speak WebSocket: ${message}`);
    // Those of zlib are about compressed messages.
    if (!/^(?:WS_ERR|Z)_/.test(code)) return;
    extended.loss =
      code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
        ? tooLarge(undefined, maxMessageBytes)
        : violated(`the server broke the WebSocket protocol: ${message}`);
    extended.loss.isCutOff = false;
    // The package would now wait for the peer to close.
    socket.terminate();
  });
  let isResting = false;
  extended.rest = () => {
    if (isResting) return;
    isResting = true;
    socket.pause();
    // The handlers go on before that.
    awaitTurn(() => {
      isResting = false;
      socket.resume();
    });
  };
  /** @type {import('node:net').Socket} */
  let stream;
  socket.on('upgrade', (response) => {
    stream = response.socket;
    extended.hold = (isHeld) => void (isHeld ? stream.ref() : stream.unref());
    stream.on('end', () => {
      extended.loss ??= { isCutOff: false };
    });
    stream.on('error', (/** @type {NodeJS.ErrnoException} */ { code = '' }) => {
      const words = KNOWN_ENDINGS[code];
      if (words) extended.loss ??= { reason: `${code}: ${words}`, isCutOff: false };
    });
  });
  return extended;
}

/**
 * The windows are offered as the native engine offers them: only where they are smaller than usual.
 *
 * @param {NonNullable<import('../transport.js').Server['compression']>} compression
 * @returns {import('ws').PerMessageDeflateOptions}
 */
function deflateOptions({ threshold, maxWindowBits }) {
  if (maxWindowBits === MAX_WINDOW_BITS) return { threshold };
  return { threshold, clientMaxWindowBits: maxWindowBits, serverMaxWindowBits: maxWindowBits };
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
