/** A link over a WebSocket of the runtime. */

import { cancel, later, utf8Length } from '#host';
import { carriesHeaders, openSocket } from '#websocket';
import { closed, failed, redirected, refused, tooLarge, unreachable, violated } from './failure.js';
import { isRedirect, RedirectChain } from './redirect.js';

/** @import { HttpAnswer, Link, LinkHandlers, Loss, RuntimeSocket, Server } from './transport.js' */

/** How many bytes may wait in the runtime's buffer before a sender has to wait, too. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** How often to look whether a full buffer has room. No event tells. */
const DRAIN_INTERVAL = 10;
/** How long an orderly close may take. */
const CLOSE_TIMEOUT = 1000;
/** The close code for a message above the limit: 1009, but a browser allows private codes only. */
const MESSAGE_TOO_BIG = 4009;
/** What a browser reports for every failure. */
const ABNORMAL_CLOSURE = 1006;
const NO_STATUS = 1005;
const OPEN = 1;

const ENDED = 'the connection ended without a close frame';
const HIDDEN =
  'the WebSocket could not be opened, and this runtime does not show why (an HTTP status, a proxy, a certificate)';

/** Handlers for a link that nobody listens to any more. @type {LinkHandlers} */
export const NOBODY = { onOpen() {}, onMessage() {}, onProgress() {}, onLost() {} };

/**
 * Opens a WebSocket at once, see `Endpoint.dial` for the handlers.
 *
 * @implements {Link}
 */
export class WebSocketLink {
  /** @type {'websocket'} */
  transport = 'websocket';
  arrived = 0;
  pongs = 0;
  /** Who is told what happens. */
  handlers;
  #server;
  /** @type {RuntimeSocket | undefined} */
  #socket;
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
   */
  constructor(server, target, token, handlers) {
    this.#server = server;
    this.handlers = handlers;
    this.#open(new RedirectChain(server.origin, target), token);
  }

  get canPing() {
    return this.#socket?.onpong !== undefined;
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

  /** @param {RedirectChain} redirects @param {string} token */
  async #open(redirects, token) {
    const { origin, authority, isPlain, headers, maxMessageBytes } = this.#server;
    const request = {
      url: origin.replace('http', 'ws') + redirects.target,
      protocols: isPlain && !carriesHeaders ? ['realtime', `token.${token}`] : [],
      headers: { ...headers, authorization: `Bearer ${token}` },
      maxMessageBytes,
    };
    try {
      const socket = await openSocket(request, (answer) => this.#handleRefusal(answer, redirects, token));
      if (socket) this.#attach(socket);
      else
        this.#lose(
          unreachable(authority, 'this runtime has no WebSocket', {
            remediation: "Install the package ws, or add 'polling' to options.transports.",
          }),
        );
    } catch (error) {
      // The runtime's own text quotes the subprotocols, and the token with them.
      const isToken = request.protocols.length > 0 && /** @type {any} */ (error)?.name === 'SyntaxError';
      const problem = {
        message: 'the token cannot be sent to /ws as a subprotocol: it has a character that is illegal there',
      };
      this.#lose(failed(authority, isToken ? problem : error));
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
    on('open', () => this.#handleOpen());
    on('message', ({ data }) => this.#receive(data));
    on('error', ({ error, message }) => this.#handleError(error ?? (message && { message })));
    on('close', ({ code, reason }) => this.#lose(this.#isOpen ? this.#ending(code, reason) : this.#failure()));
    if (socket.onpong) socket.onpong = (payload) => this.#handlePong(Number(payload));
    if (this.handlers === NOBODY) this.drop();
    else if (socket.readyState === OPEN) this.#handleOpen();
  }

  #handleOpen() {
    this.#isOpen = true;
    this.handlers.onOpen(this);
  }

  /** @param {any} error */
  #handleError(error) {
    this.#error = error;
    if (!isViolation(error)) return;
    // The package would now wait for the peer to close.
    this.#lose(this.#ending(ABNORMAL_CLOSURE, ''));
    this.#socket?.terminate?.();
  }

  /** The peer has received the bytes ahead of a ping. @param {number} arrived */
  #handlePong(arrived) {
    if (!(arrived <= this.#sent)) return;
    this.arrived = Math.max(this.arrived, arrived);
    this.pongs++;
    this.handlers.onProgress();
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    const { maxMessageBytes } = this.#server;
    const size = sizeOf(data, maxMessageBytes);
    if (size > maxMessageBytes) {
      this.#socket?.close(MESSAGE_TOO_BIG, 'message too big');
      this.#lose(tooLarge(size, maxMessageBytes));
    } else this.handlers.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
  }

  /** @param {HttpAnswer} answer @param {RedirectChain} redirects @param {string} token */
  async #handleRefusal(answer, redirects, token) {
    const { authority } = this.#server;
    const { status, headers } = answer;
    const problem = isRedirect(status) ? redirects.follow(status, 'GET', headers.get('location')) : '';
    const loss = problem === '' ? await refused(authority, answer) : redirected(authority, status, `${problem}`);
    const former = this.#socket;
    this.#socket = undefined;
    former?.terminate?.();
    if (problem === undefined) this.#open(redirects, token);
    else this.#lose(loss);
  }

  /** Why the dial has failed. @returns {Loss} */
  #failure() {
    const { authority } = this.#server;
    return this.#error === undefined ? unreachable(authority, HIDDEN) : failed(authority, this.#error);
  }

  /** Why the link is lost. @param {number} code @param {string} reason @returns {Loss} */
  #ending(code, reason) {
    if (code !== ABNORMAL_CLOSURE) return closed(code === NO_STATUS ? undefined : code, reason);
    if (this.#error?.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
      return tooLarge(undefined, this.#server.maxMessageBytes);
    if (isViolation(this.#error)) return violated(`the server broke the WebSocket protocol: ${this.#error.message}`);
    // A browser does not tell whether the server knows of the end.
    const ending = this.#socket?.ending;
    return { reason: ending || ENDED, isCutOff: ending === undefined };
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

/** Whether the package `ws` has found the peer to violate the protocol. @param {any} error */
function isViolation(error) {
  return /^WS_ERR_/.test(error?.code);
}

/** The size of a message, exact where it may be above the limit. @param {string | ArrayBuffer} data @param {number} limit */
export function sizeOf(data, limit) {
  if (typeof data !== 'string') return data.byteLength;
  return data.length * 3 > limit ? utf8Length(data) : data.length;
}
