/**
 * A session of Engine.IO over HTTP requests,
 * <https://socket.io/docs/v4/engine-io-protocol/#http-long-polling>.
 *
 * One GET waits for packets of the server, and one POST at a time carries ours. Beside them the
 * client tries a WebSocket now and then, which takes over when it works:
 *
 * ```text
 *   2probe ─▶ ◀─ 3probe     the WebSocket reaches the session
 *   no new GET and no new POST; those under way end, and the GET's packets are delivered
 *   5 ─▶                    from here on everything goes over the WebSocket, both ways
 * ```
 *
 * Before the 5 the server sends over the GET alone, and after it over the WebSocket alone. The
 * client does the same, so that no packet is lost, doubled or reordered.
 */

import { cancel, later, now } from '#host';
import { failed } from '#websocket';
import { decodeHandshake } from '../../protocol/engine-io.js';
import { isEngineIo3, SOCKET_IO_2 } from '../../protocol/versions.js';
import { closed, notRealtime, violated } from '../failure.js';
import { htmlPage } from '../refusal.js';
import { NOBODY, openWebSocket } from '../websocket.js';
import { exchange, isUnknownSession, lost, piecesOf } from './exchange.js';
import { encodedLength, Payload, takeBody } from './payload.js';
import { Upgrade } from './upgrade.js';

/** @import { Link, LinkHandlers, Loss, PollingOptions } from '../transport.js' */
/** @import { WebSocketLink } from '../websocket.js' */
/** @typedef {string | Uint8Array} Frame */

/** How many bytes may wait to be sent before a sender has to wait, too. */
const MAX_WRITE_BUFFER_BYTES = 64 * 1024;
/** The largest POST if the server announces no limit: the default of its own option. */
const DEFAULT_MAX_PAYLOAD = 1_000_000;
/** The most packets in one POST: python-engineio silently drops a POST with more. */
const MAX_PACKETS_PER_POST = 16;
/**
 * How long the current poll may still take after a POST has failed. A server that has ended the
 * session answers both at once, and an unreachable one answers neither.
 */
const LAST_POLL_TIMEOUT = 2000;
/**
 * The same if the server does not know the session, or has not accepted its first POST. Anything it
 * had to send is on its way already.
 */
const UNKNOWN_SESSION_TIMEOUT = 100;
/** The shortest time from the start of a poll without data, or with data, to the next one. */
const MIN_IDLE_INTERVAL = 40;
const MIN_INTERVAL = 2;
/** How long an orderly close may take. */
const CLOSE_TIMEOUT = 1000;
/** The packet by which either side ends the session, and the types of others. */
const CLOSE = '1';
const HANDSHAKE = '0';
const MESSAGE = '4';

const encoder = new TextEncoder();

/** @type {(options: PollingOptions, handlers: LinkHandlers) => () => void} */
export function openPolling(options, handlers) {
  const link = new PollingLink(options, handlers);
  return () => link.drop();
}

/** @implements {Link} */
class PollingLink {
  /** @type {import('./exchange.js').Session} */
  #session;
  #preference;
  #handlers;
  #target;
  #maxPayload = DEFAULT_MAX_PAYLOAD;
  #aborts = new AbortController();
  /** Whether the handshake has come. */
  #isOpen = false;
  #isGetting = true;
  #isPosting = false;
  /** Whether the server has accepted a POST. */
  #isAccepted = false;
  /** When the last poll began, and whether it has brought data. The first one counts as none. */
  #polledAt = Number.NEGATIVE_INFINITY;
  #hasData = false;
  /** The packets to send, and their length in a body. @type {Frame[]} */
  #queue = [];
  #queueBytes = 0;
  /** @type {Upgrade | undefined} */
  #upgrade;
  /** @type {WebSocketLink | undefined} */
  #websocket;
  /**
   * Why a POST has failed. Until the timer ends, the session still receives what the current poll
   * brings: the server's last messages, and the packet that gives the reason.
   *
   * @type {Loss | undefined}
   */
  #failing;
  /** @type {import('#host').Timer | undefined} */
  #timer;
  /** Ends an orderly close. @type {(() => void) | undefined} */
  #onClosed;
  #isCloseSent = false;

  /** @param {PollingOptions} options @param {LinkHandlers} handlers */
  constructor({ server, token, preference }, handlers) {
    const { signal } = this.#aborts;
    this.#session = { server, token, signal, cookies: new Map(), headers: server.headers };
    this.#preference = preference;
    this.#handlers = handlers;
    this.#target = `${server.path}?EIO=4&transport=polling`;
    this.#poll();
  }

  get transport() {
    return this.#websocket?.transport ?? 'polling';
  }

  get canPing() {
    return this.#websocket?.canPing ?? false;
  }

  get isReady() {
    return this.#websocket?.isReady ?? this.#queueBytes < MAX_WRITE_BUFFER_BYTES;
  }

  get isWritten() {
    return this.#websocket?.isWritten ?? (this.#queue.length === 0 && !this.#isPosting);
  }

  get written() {
    return this.#websocket?.written ?? 0;
  }

  get arrived() {
    return this.#websocket?.arrived ?? 0;
  }

  get pongs() {
    return this.#websocket?.pongs ?? 0;
  }

  /** @param {Frame} frame */
  send(frame) {
    if (this.#websocket) return this.#websocket.send(frame);
    this.#queueBytes += encodedLength(frame);
    // Packets are collected, so that one request carries those of a turn.
    if (this.#queue.push(frame) === 1) queueMicrotask(() => this.#advance());
  }

  ping() {
    this.#websocket?.ping();
  }

  /** @param {string} token */
  setToken(token) {
    this.#session.token = token;
  }

  /** @param {boolean} isHeld */
  hold(isHeld) {
    this.#websocket?.hold(isHeld);
  }

  /** @param {number} code @param {string} reason @param {string} [farewell] @returns {Promise<void>} */
  close(code, reason, farewell) {
    if (this.#websocket) return this.#websocket.close(code, reason, farewell);
    this.#handlers = NOBODY;
    this.#upgrade?.stop();
    this.#upgrade = undefined;
    if (farewell !== undefined) this.send(farewell);
    return new Promise((resolve) => {
      const timer = later(() => this.#onClosed?.(), CLOSE_TIMEOUT);
      this.#onClosed = () => {
        cancel(timer);
        this.#end();
        resolve();
      };
      this.#advance();
    });
  }

  drop() {
    this.#handlers = NOBODY;
    this.#websocket?.drop();
    this.#end();
  }

  /** Ends all requests. */
  #end() {
    cancel(this.#timer);
    this.#upgrade?.stop();
    this.#upgrade = undefined;
    this.#aborts.abort();
  }

  /** Starts what the state of the session calls for. */
  #advance() {
    if (this.#websocket || !this.#isOpen || this.#aborts.signal.aborted) return;
    const failing = this.#failing;
    const isReady = this.#upgrade?.isReady;
    if (this.#onClosed) this.#advanceClose();
    else if (failing) {
      if (!this.#isGetting) this.#lose(failing);
    } else if (isReady) {
      if (!this.#isGetting && !this.#isPosting) this.#switchToWebSocket();
    } else if (!this.#isGetting) this.#poll();
    if (!this.#isPosting && this.#queue.length > 0 && !failing && !isReady) this.#post();
  }

  #advanceClose() {
    if (this.#failing) return this.#onClosed?.();
    if (this.#isPosting || this.#queue.length > 0) return;
    if (this.#isCloseSent) return this.#onClosed?.();
    // In a POST of its own: the server handles it before other packets of the same POST.
    this.#isCloseSent = true;
    this.#queue.push(CLOSE);
  }

  async #poll() {
    this.#isGetting = true;
    const due = this.#polledAt + (this.#hasData ? MIN_INTERVAL : MIN_IDLE_INTERVAL);
    const pause = due - now();
    if (pause > 0) await new Promise((resolve) => later(() => resolve(undefined), pause));
    try {
      if (!this.#upgrade?.isReady && !this.#aborts.signal.aborted) await this.#get();
    } catch (error) {
      this.#lose(this.#failing ?? failed(this.#session.server.authority, error));
    }
    this.#isGetting = false;
    this.#advance();
  }

  /** One GET and its packets. */
  async #get() {
    this.#polledAt = this.#isOpen ? now() : this.#polledAt;
    this.#hasData = false;
    const { answer, target } = await exchange(this.#session, this.#target);
    const payload = new Payload(this.#session.server.maxMessageBytes);
    let isEmpty = true;
    for await (const piece of piecesOf(answer)) {
      if (isEmpty && !this.#isOpen) this.#checkStart(piece);
      isEmpty = false;
      for (const frame of payload.push(piece)) this.#receive(frame, target);
    }
    for (const frame of payload.end()) this.#receive(frame, target);
    // A server without packets keeps the poll waiting, or ends it with a noop.
    if (isEmpty)
      throw this.#isOpen
        ? violated('the server answered a long-polling request with an empty body')
        : noHandshake(this.#session.server, 'it is empty');
  }

  /** Refuses what is no handshake by its start: a page may be endless. @param {Frame} piece */
  #checkStart(piece) {
    const { server } = this.#session;
    const bytes = typeof piece === 'string' ? encoder.encode(piece) : piece;
    if (isEngineIo3(bytes)) throw notRealtime(server.authority, SOCKET_IO_2);
    const text = new TextDecoder().decode(bytes);
    if (text[0] !== HANDSHAKE) throw noHandshake(server, `it is ${htmlPage(text) ?? 'something else'}`);
  }

  /** @param {Frame} frame @param {string} target of the poll */
  #receive(frame, target) {
    if (!this.#isOpen) this.#open(`${frame}`, target);
    else if (frame[0] === MESSAGE || typeof frame !== 'string') this.#hasData = true;
    this.#handlers.onMessage(frame);
    if (frame === CLOSE) this.#lose(closed());
  }

  /** @param {string} packet @param {string} target where the first GET was redirected to */
  #open(packet, target) {
    const { server } = this.#session;
    const { sid, maxPayload, offersWebsocket } = handshakeIn(packet, server);
    this.#isOpen = true;
    this.#target = `${target}&sid=${encodeURIComponent(sid)}`;
    this.#maxPayload = maxPayload ?? DEFAULT_MAX_PAYLOAD;
    if (this.#preference && offersWebsocket) {
      const place = this.#target.replace('transport=polling', 'transport=websocket');
      /** @param {LinkHandlers} handlers */
      const open = (handlers) => {
        const { token, headers } = this.#session;
        return openWebSocket({ ...server, headers }, place, token, handlers);
      };
      this.#upgrade = new Upgrade(open, this.#preference, () => this.#advance());
    }
    this.#handlers.onOpen(this);
  }

  async #post() {
    this.#isPosting = true;
    const body = takeBody(this.#queue, this.#maxPayload, MAX_PACKETS_PER_POST);
    this.#queueBytes = this.#queue.reduce((bytes, frame) => bytes + encodedLength(frame), 0);
    const { signal } = this.#aborts;
    try {
      const { answer } = await exchange(this.#session, this.#target, body, !!this.#onClosed);
      // The body is "ok". Reading it frees the connection.
      for await (const _ of piecesOf(answer));
      this.#isAccepted = true;
    } catch (error) {
      if (!signal.aborted) this.#handlePostFailure(failed(this.#session.server.authority, error));
    }
    this.#isPosting = false;
    this.#advance();
    this.#handlers.onProgress();
  }

  /** @param {Loss} loss */
  #handlePostFailure(loss) {
    this.#upgrade?.stop();
    this.#upgrade = undefined;
    this.#failing = lost(loss);
    const isKnown = this.#isAccepted && !isUnknownSession(loss);
    const end = () => this.#lose(this.#failing ?? loss);
    this.#timer = later(end, isKnown ? LAST_POLL_TIMEOUT : UNKNOWN_SESSION_TIMEOUT);
  }

  /** Moves the session to the WebSocket, together with the packets that wait to be sent. */
  #switchToWebSocket() {
    const link = this.#upgrade?.complete();
    if (link === undefined) return;
    this.#upgrade = undefined;
    this.#websocket = link;
    link.listen(this.#handlers);
    for (const frame of ['5', ...this.#queue.splice(0)]) link.send(frame);
    this.#handlers.onProgress();
  }

  /** @param {Loss} loss */
  #lose(loss) {
    if (this.#aborts.signal.aborted) return;
    const handlers = this.#handlers;
    this.#handlers = NOBODY;
    this.#end();
    this.#onClosed?.();
    handlers.onLost(this.#isOpen ? lost(loss) : loss);
  }
}

/** @param {string} packet @param {PollingOptions['server']} server */
function handshakeIn(packet, server) {
  try {
    return decodeHandshake(packet.slice(1));
  } catch (error) {
    throw noHandshake(server, /** @type {Error} */ (error).message);
  }
}

/** @param {PollingOptions['server']} server @param {string} problem */
function noHandshake({ authority }, problem) {
  const reason = 'connected to a server that does not speak Engine.IO: its first answer is not a handshake';
  return notRealtime(authority, `${reason}: ${problem}`);
}
