/** A link over a WebSocket of the runtime. */

import { cancel, later, utf8Length } from '#host';
import { carriesHeaders, openSocket } from '#websocket';
import { closed, failed, notRealtime, tooLarge, unreachable } from './failure.js';

/** @import { Link, LinkHandlers, Loss, RuntimeSocket, Server, SocketRequest } from './transport.js' */

/** How many bytes may wait in the runtime's buffer before a sender has to wait, too. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** How often to look whether a full buffer has room. No event tells. */
const DRAIN_INTERVAL = 10;
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

/**
 * A WebSocket, which opens at once, see `Endpoint.dial` for the handlers.
 *
 * @implements {Link}
 */
export class WebSocketLink {
  /** @type {'websocket'} */
  transport = 'websocket';
  /** Who gets to know what happens. */
  handlers;
  #server;
  /** @type {SocketRequest} */
  #request;
  /** Whether the first message opens the link, not the upgrade: only that proves the WebSocket. */
  #isProven;
  /** @type {RuntimeSocket | undefined} */
  #socket;
  #isUpgraded = false;
  /** Whether it was closed from the start, as Chromium does by the page's policy. */
  #isBlocked = false;
  /** Whether `onOpen` was called. */
  #isOpen = false;
  #sent = 0;
  /** The error of the runtime that precedes the end, where it shows one. @type {any} */
  #error;
  /** @type {import('#host').Timer | undefined} */
  #drain;
  /** At how many buffered bytes to report progress. */
  #awaited = 0;

  /**
   * @param {Server} server
   * @param {string} target the path and query
   * @param {string} token
   * @param {LinkHandlers} handlers
   * @param {boolean} [isProven]
   */
  constructor(server, target, token, handlers, isProven = false) {
    this.#server = server;
    this.#isProven = isProven;
    this.handlers = handlers;
    this.#request = {
      server,
      target,
      redirects: 0,
      protocols: server.isPlain && !carriesHeaders ? ['realtime', `token.${token}`] : [],
      headers: { ...server.headers, authorization: `Bearer ${token}` },
    };
    this.#open();
  }

  get canPing() {
    return this.#socket?.pongs !== undefined;
  }

  get pongs() {
    return this.#socket?.pongs ?? 0;
  }

  get arrived() {
    return this.#socket?.arrived ?? 0;
  }

  get isReady() {
    return this.#hasAtMost(MAX_BUFFERED_BYTES);
  }

  get isWritten() {
    return this.#hasAtMost(0);
  }

  get written() {
    return this.#sent - (this.#socket?.bufferedAmount ?? 0);
  }

  /** @param {string | Uint8Array} frame */
  send(frame) {
    if (this.#socket?.readyState !== OPEN) return;
    this.#sent += frame.length;
    this.#socket.send(frame);
  }

  ping() {
    if (this.#socket?.readyState === OPEN) this.#socket.ping?.(`${this.#sent}`);
  }

  setToken() {}

  /** @param {boolean} isHeld */
  hold(isHeld) {
    this.#socket?.hold?.(isHeld);
  }

  /** @param {number} code @param {string} reason @param {string} [farewell] */
  close(code, reason, farewell) {
    if (farewell !== undefined) this.send(farewell);
    this.handlers = NOBODY;
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const end = () => {
          cancel(timer);
          this.drop();
          resolve();
        };
        const timer = later(end, CLOSE_TIMEOUT);
        this.handlers = { ...NOBODY, onLost: end };
        this.#socket?.close(code, reason);
      })
    );
  }

  drop() {
    this.handlers = NOBODY;
    cancel(this.#drain);
    if (this.#socket?.terminate) this.#socket.terminate();
    else this.#socket?.close();
  }

  async #open() {
    const { authority } = this.#server;
    try {
      const socket = await openSocket(this.#request, (refusal) => this.#handleRefusal(refusal));
      if (socket) this.#attach(socket);
      else
        this.#lose(
          unreachable(authority, 'this runtime has no WebSocket', {
            remediation: "Install the package ws, or add 'polling' to options.transports.",
          }),
        );
    } catch (error) {
      // The runtime's own text quotes the subprotocols, and the token with them.
      const isToken = this.#request.protocols.length > 0 && /** @type {any} */ (error)?.name === 'SyntaxError';
      this.#lose(failed(authority, isToken ? 'the token has a character that is illegal in a subprotocol' : error));
    }
  }

  /** @param {RuntimeSocket} socket */
  #attach(socket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    /** @param {string} type @param {(event: any) => void} listener */
    const on = (type, listener) =>
      socket.addEventListener(type, (event) => {
        if (socket === this.#socket) listener(event);
      });
    on('open', () => this.#handleUpgrade());
    on('message', ({ data, bytes }) => this.#receive(data, bytes));
    on('error', ({ error, message }) => {
      this.#error = error ?? (message && { message });
      // Chromium sends no `close` where the page's policy blocks the WebSocket.
      if (!this.#isUpgraded) this.#lose(this.#failure());
    });
    on('close', ({ code, reason }) => this.#lose(this.#isUpgraded ? this.#ending(code, reason) : this.#failure()));
    this.#isBlocked = socket.readyState === CLOSED;
    socket.onprogress = () => this.handlers.onProgress();
    if (this.handlers === NOBODY) this.drop();
    else if (socket.readyState === OPEN) this.#handleUpgrade();
  }

  #handleUpgrade() {
    this.#isUpgraded = true;
    if (!this.#isProven) this.#announce();
  }

  #announce() {
    this.#isOpen = true;
    this.handlers.onOpen(this);
  }

  /** @param {string | ArrayBuffer} data @param {number} [bytes] of a text, where the runtime tells */
  #receive(data, bytes) {
    const { maxMessageBytes } = this.#server;
    const size = bytes ?? sizeOf(data, maxMessageBytes);
    if (size > maxMessageBytes) {
      this.#socket?.close(MESSAGE_TOO_BIG);
      this.#lose(tooLarge(size, maxMessageBytes));
      return;
    }
    if (!this.#isOpen) this.#announce();
    this.handlers.onMessage(typeof data === 'string' ? data : new Uint8Array(data), size);
  }

  /** The server has answered without an upgrade. @param {Promise<Loss | undefined>} refusal */
  async #handleRefusal(refusal) {
    const loss = await refusal;
    const former = this.#socket;
    this.#socket = undefined;
    former?.terminate?.();
    if (this.handlers === NOBODY) return;
    if (loss) this.#lose(loss);
    else this.#open();
  }

  /** Why the dial has failed. @returns {Loss} */
  #failure() {
    const { authority, origin } = this.#server;
    if (this.#isBlocked)
      return failed(
        authority,
        `the browser blocks it: connect-src of the page's CSP lacks ${origin.replace('http', 'ws')}`,
      );
    const { loss } = this.#socket ?? {};
    if (loss?.error) return /** @type {Loss} */ (loss);
    return this.#error ? failed(authority, this.#error) : unreachable(authority, `the WebSocket failed, and ${HIDDEN}`);
  }

  /** Why the WebSocket has ended. @param {number} code @param {string} reason @returns {Loss} */
  #ending(code, reason) {
    const loss =
      code === ABNORMAL_CLOSURE
        ? // A browser does not tell whether the server knows of the end.
          { reason: 'the connection ended without a close frame', isCutOff: true, ...this.#socket?.loss }
        : closed(code === NO_STATUS ? undefined : code, reason);
    if (this.#isOpen) return loss;
    const { authority } = this.#server;
    return loss.error
      ? notRealtime(authority, `connected to a server that does not speak WebSocket: ${loss.reason}`)
      : unreachable(authority, loss.reason);
  }

  /** @param {Loss} loss */
  #lose(loss) {
    const { handlers } = this;
    this.handlers = NOBODY;
    cancel(this.#drain);
    handlers.onLost(loss);
  }

  /** Whether the buffer holds no more than that. If it does, progress is reported later. @param {number} bytes */
  #hasAtMost(bytes) {
    const socket = this.#socket;
    if (socket === undefined || socket.bufferedAmount <= bytes) return true;
    this.#awaited = bytes;
    this.#drain ??= later(() => {
      this.#drain = undefined;
      if (this.#hasAtMost(this.#awaited)) this.handlers.onProgress();
    }, DRAIN_INTERVAL);
    return false;
  }
}

/** The size of a message, exact where it may be above the limit. @param {string | ArrayBuffer} data @param {number} limit */
function sizeOf(data, limit) {
  if (typeof data !== 'string') return data.byteLength;
  return data.length * 3 > limit ? utf8Length(data) : data.length;
}
