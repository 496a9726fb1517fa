/** A link over a WebSocket of the runtime. */

import { cancel, later, utf8Length } from '#host';
import { carriesHeaders, closeWords, failed, openSocket } from '#websocket';
import { closed, notRealtime, tooLarge, unreachable } from './failure.js';

/**
 * @import { Link, LinkHandlers, Loss, RuntimeSocket, Server, SocketRequest } from './transport.js'
 */

/** How many bytes may wait in the runtime's buffer before a sender has to wait, too. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** How often to look whether a full buffer has room. No event tells. */
const DRAIN_INTERVAL = 10;
/** How long a WebSocket may take, to its first message, when there is a fallback. */
const PROOF_TIMEOUT = 5000;
/** How long an orderly close may take. */
const CLOSE_TIMEOUT = 1000;
/** The close code for a message above the limit: 1009, but a browser allows private codes only. */
const MESSAGE_TOO_BIG = 4009;
/** What the runtime reports where there was no close frame, and where it had no code. */
const ABNORMAL_CLOSURE = 1006;
const NO_STATUS = 1005;
const OPEN = 1;
const CLOSED = 3;

const HIDDEN =
  "this runtime does not show why: an HTTP status, a proxy, a certificate, or connect-src of the page's CSP";

/** Handlers for a link that nobody listens to any more. @type {LinkHandlers} */
export const NOBODY = { onOpen() {}, onMessage() {}, onProgress() {}, onLost() {} };

/** @typedef {Link & { listen(handlers: LinkHandlers): void }} WebSocketLink */

/**
 * Opens a WebSocket, see `Endpoint.dial` for the handlers. `listen` replaces them.
 *
 * @param {Server} server
 * @param {string} target the path and query
 * @param {string} token
 * @param {LinkHandlers} handlers who gets to know what happens
 * @param {boolean} [isProven] whether the first message opens the link, not the upgrade: only that
 *   proves the WebSocket. It has to come in time
 * @returns {WebSocketLink}
 */
export function openWebSocket(server, target, token, handlers, isProven) {
  const { authority, isPlain, maxMessageBytes, origin } = server;
  /** @type {SocketRequest} */
  const request = {
    server,
    target,
    redirects: 0,
    protocols: isPlain && !carriesHeaders ? ['realtime', `token.${token}`] : [],
    headers: { ...server.headers, authorization: `Bearer ${token}` },
  };
  /** @type {RuntimeSocket | undefined} */
  let socket;
  let isUpgraded = false;
  /** Whether it was closed from the start, as Chromium does by the page's policy. */
  let isBlocked = false;
  /** Whether `onOpen` was called. */
  let isOpen = false;
  let sent = 0;
  /** The error of the runtime that precedes the end, where it shows one. @type {any} */
  let runtimeError;
  /** @type {import('#host').Timer | undefined} */
  let drain;
  /** At how many buffered bytes to report progress. */
  let awaited = 0;
  const proof = !isProven
    ? undefined
    : later(() => {
        const { onLost } = handlers;
        link.drop();
        onLost(unreachable(authority, `no WebSocket within ${PROOF_TIMEOUT} ms`));
      }, PROOF_TIMEOUT);

  /** @type {WebSocketLink} */
  const link = {
    transport: 'websocket',

    get canPing() {
      return socket?.pongs !== undefined;
    },

    get pongs() {
      return socket?.pongs ?? 0;
    },

    get arrived() {
      return socket?.arrived ?? 0;
    },

    get isReady() {
      return hasAtMost(MAX_BUFFERED_BYTES);
    },

    get isWritten() {
      return hasAtMost(0);
    },

    get written() {
      return sent - (socket?.bufferedAmount ?? 0);
    },

    send(frame) {
      if (socket?.readyState !== OPEN) return;
      sent += frame.length;
      socket.send(frame);
    },

    ping() {
      if (socket?.readyState === OPEN) socket.ping?.(`${sent}`);
    },

    setToken() {},

    hold(isHeld) {
      socket?.hold?.(isHeld);
    },

    rest() {
      socket?.rest?.();
    },

    listen(next) {
      handlers = next;
    },

    close(code, reason, farewell) {
      if (farewell !== undefined) link.send(farewell);
      return new Promise((resolve) => {
        const end = () => {
          cancel(timer);
          link.drop();
          resolve();
        };
        const timer = later(end, CLOSE_TIMEOUT);
        handlers = { ...NOBODY, onLost: end };
        socket?.close(code, reason);
      });
    },

    drop() {
      silence();
      if (socket?.terminate) socket.terminate();
      else socket?.close();
    },
  };

  async function open() {
    try {
      attach(await openSocket(request, handleRefusal));
    } catch (error) {
      // The runtime's own text quotes the subprotocols, and the token with them.
      const isToken = request.protocols.length > 0 && /** @type {any} */ (error)?.name === 'SyntaxError';
      lose(failed(server, isToken ? { message: 'the token has a character that is illegal in a subprotocol' } : error));
    }
  }

  /** @param {RuntimeSocket} opened */
  function attach(opened) {
    socket = opened;
    opened.binaryType = 'arraybuffer';
    /** @param {string} type @param {(event: any) => void} listener */
    const on = (type, listener) =>
      opened.addEventListener(type, (event) => {
        if (opened === socket) listener(event);
      });
    on('open', handleUpgrade);
    on('message', ({ data, bytes, hasMore }) => receive(data, bytes, hasMore));
    on('error', ({ error, message }) => {
      runtimeError = error ?? (message && { message });
      // Chromium sends no `close` where the page's policy blocks the WebSocket.
      if (!isUpgraded) lose(failure());
    });
    on('close', ({ code, reason }) => lose(isUpgraded ? ending(code, reason) : failure()));
    isBlocked = opened.readyState === CLOSED;
    opened.onprogress = () => handlers.onProgress();
    if (handlers === NOBODY) link.drop();
    else if (opened.readyState === OPEN) handleUpgrade();
    for (const event of opened.missed?.splice(0) ?? []) opened.dispatchEvent?.(event);
  }

  function handleUpgrade() {
    isUpgraded = true;
    if (!isProven) announce();
  }

  function announce() {
    isOpen = true;
    cancel(proof);
    handlers.onOpen(link);
  }

  /**
   * @param {string | ArrayBuffer} data
   * @param {number} [bytes] of a text, where the runtime tells
   * @param {boolean} [hasMore] see `LinkHandlers`
   */
  function receive(data, bytes, hasMore) {
    const isText = typeof data === 'string';
    // Exact where it may be above the limit.
    const estimate = !isText ? data.byteLength : data.length * 3 > maxMessageBytes ? utf8Length(data) : data.length;
    const size = bytes ?? estimate;
    if (size > maxMessageBytes) {
      socket?.close(MESSAGE_TOO_BIG);
      lose(tooLarge(size, maxMessageBytes));
      return;
    }
    if (!isOpen) announce();
    handlers.onMessage(isText ? data : new Uint8Array(data), size, hasMore);
  }

  /** The server has answered without an upgrade. @param {Promise<Loss | undefined>} refusal */
  async function handleRefusal(refusal) {
    const loss = await refusal;
    const former = socket;
    socket = undefined;
    former?.terminate?.();
    if (loss) lose(loss);
    else if (handlers !== NOBODY) open();
  }

  /** Why the dial has failed. @returns {Loss} */
  function failure() {
    if (socket?.loss?.error) return /** @type {Loss} */ (socket.loss);
    if (runtimeError && !isBlocked) return failed(server, runtimeError);
    const why = isBlocked
      ? `the browser blocks it: connect-src of the page's CSP lacks ${origin.replace('http', 'ws')}`
      : `the WebSocket failed, and ${HIDDEN}`;
    return unreachable(authority, why);
  }

  /** Why the WebSocket has ended. @param {number} code @param {string} reason @returns {Loss} */
  function ending(code, reason) {
    const loss =
      code === ABNORMAL_CLOSURE
        ? // A browser does not tell whether the server knows of the end.
          { reason: 'the connection ended without a close frame', isCutOff: true, ...socket?.loss }
        : closed(code === NO_STATUS ? undefined : code, reason, closeWords(code));
    if (isOpen) return loss;
    return loss.error
      ? notRealtime(authority, `connected to a server that does not speak WebSocket: ${loss.reason}`)
      : unreachable(authority, loss.reason);
  }

  /** @param {Loss} loss */
  function lose(loss) {
    const { onLost } = handlers;
    silence();
    onLost(loss);
  }

  /** Nothing more is reported. */
  function silence() {
    handlers = NOBODY;
    cancel(drain);
    cancel(proof);
  }

  /**
   * Whether the buffer holds no more than that. If it does, progress is reported later.
   *
   * @param {number} bytes
   */
  function hasAtMost(bytes) {
    if (!socket || socket.bufferedAmount <= bytes) return true;
    awaited = bytes;
    drain ??= later(() => {
      drain = undefined;
      if (hasAtMost(awaited)) handlers.onProgress();
    }, DRAIN_INTERVAL);
    return false;
  }

  void open();
  return link;
}
