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

/**
 * Opens a session, see `Endpoint.dial` for the handlers.
 *
 * @param {PollingOptions} options
 * @param {LinkHandlers} handlers
 */
export function openPolling({ server, token, preference }, handlers) {
  const aborts = new AbortController();
  const { signal } = aborts;
  /** @type {import('./exchange.js').Session} */
  const session = { server, token, signal, cookies: new Map(), headers: server.headers };
  let address = `${server.path}?EIO=4&transport=polling`;
  let maxPayload = DEFAULT_MAX_PAYLOAD;
  /** Whether the handshake has come. */
  let isOpen = false;
  let isGetting = true;
  let isPosting = false;
  /** Whether the server has accepted a POST. */
  let isAccepted = false;
  /** When the last poll began, and whether it has brought data. The first one counts as none. */
  let polledAt = Number.NEGATIVE_INFINITY;
  let hasData = false;
  /** The packets to send, and their length in a body. @type {Frame[]} */
  const queue = [];
  let queueBytes = 0;
  /** @type {Upgrade | undefined} */
  let upgrade;
  /** @type {WebSocketLink | undefined} */
  let websocket;
  /**
   * Why a POST has failed. Until the timer ends, the session still receives what the current poll
   * brings: the server's last messages, and the packet that gives the reason.
   *
   * @type {Loss | undefined}
   */
  let failing;
  /** @type {import('#host').Timer | undefined} */
  let timer;
  /** Ends an orderly close. @type {(() => void) | undefined} */
  let onClosed;
  let isCloseSent = false;

  /** @type {Link} */
  const link = {
    get transport() {
      return websocket?.transport ?? 'polling';
    },

    get canPing() {
      return websocket?.canPing ?? false;
    },

    get isReady() {
      return websocket?.isReady ?? queueBytes < MAX_WRITE_BUFFER_BYTES;
    },

    get isWritten() {
      return websocket?.isWritten ?? (queue.length === 0 && !isPosting);
    },

    get written() {
      return websocket?.written ?? 0;
    },

    get arrived() {
      return websocket?.arrived ?? 0;
    },

    get pongs() {
      return websocket?.pongs ?? 0;
    },

    /** @param {Frame} frame */
    send(frame) {
      if (websocket) return websocket.send(frame);
      queueBytes += encodedLength(frame);
      // Packets are collected, so that one request carries those of a turn.
      if (queue.push(frame) === 1) queueMicrotask(() => advance());
    },

    ping() {
      websocket?.ping();
    },

    /** @param {string} token */
    setToken(token) {
      session.token = token;
    },

    /** @param {boolean} isHeld */
    hold(isHeld) {
      websocket?.hold(isHeld);
    },

    /**
     * @param {number} code
     * @param {string} reason
     * @param {string} [farewell]
     * @returns {Promise<void>}
     */
    close(code, reason, farewell) {
      if (websocket) return websocket.close(code, reason, farewell);
      handlers = NOBODY;
      upgrade?.stop();
      upgrade = undefined;
      if (farewell !== undefined) link.send(farewell);
      return new Promise((resolve) => {
        const limit = later(() => onClosed?.(), CLOSE_TIMEOUT);
        onClosed = () => {
          cancel(limit);
          end();
          resolve();
        };
        advance();
      });
    },

    drop() {
      handlers = NOBODY;
      websocket?.drop();
      end();
    },
  };

  /** Ends all requests. */
  function end() {
    cancel(timer);
    upgrade?.stop();
    upgrade = undefined;
    aborts.abort();
  }

  /** Starts what the state of the session calls for. */
  function advance() {
    if (websocket || !isOpen || signal.aborted) return;
    const isReady = upgrade?.isReady;
    if (onClosed) advanceClose();
    else if (failing) {
      if (!isGetting) lose(failing);
    } else if (isReady) {
      if (!isGetting && !isPosting) switchToWebSocket();
    } else if (!isGetting) poll();
    if (!isPosting && queue.length > 0 && !failing && !isReady) post();
  }

  function advanceClose() {
    if (failing) return onClosed?.();
    if (isPosting || queue.length > 0) return;
    if (isCloseSent) return onClosed?.();
    // In a POST of its own: the server handles it before other packets of the same POST.
    isCloseSent = true;
    queue.push(CLOSE);
  }

  async function poll() {
    isGetting = true;
    const due = polledAt + (hasData ? MIN_INTERVAL : MIN_IDLE_INTERVAL);
    const pause = due - now();
    if (pause > 0) await new Promise((resolve) => later(() => resolve(undefined), pause));
    try {
      if (!upgrade?.isReady && !signal.aborted) await get();
    } catch (error) {
      lose(failing ?? failed(server, error));
    }
    isGetting = false;
    advance();
  }

  /** One GET and its packets. */
  async function get() {
    polledAt = isOpen ? now() : polledAt;
    hasData = false;
    const { answer, target } = await exchange(session, address);
    const payload = new Payload(server.maxMessageBytes);
    let isEmpty = true;
    for await (const piece of piecesOf(answer)) {
      if (isEmpty && !isOpen) checkStart(piece);
      isEmpty = false;
      for (const frame of payload.push(piece)) receive(frame, target);
    }
    for (const frame of payload.end()) receive(frame, target);
    // A server without packets keeps the poll waiting, or ends it with a noop.
    if (isEmpty)
      throw isOpen
        ? violated('the server answered a long-polling request with an empty body')
        : noHandshake(server, 'it is empty');
  }

  /** Refuses what is no handshake by its start: a page may be endless. @param {Frame} piece */
  function checkStart(piece) {
    const bytes = typeof piece === 'string' ? encoder.encode(piece) : piece;
    if (isEngineIo3(bytes)) throw notRealtime(server.authority, SOCKET_IO_2);
    const text = new TextDecoder().decode(bytes);
    if (text[0] !== HANDSHAKE) throw noHandshake(server, `it is ${htmlPage(text) ?? 'something else'}`);
  }

  /** @param {Frame} frame @param {string} target of the poll */
  function receive(frame, target) {
    if (!isOpen) open(`${frame}`, target);
    else if (frame[0] === MESSAGE || typeof frame !== 'string') hasData = true;
    handlers.onMessage(frame);
    if (frame === CLOSE) lose(closed());
  }

  /** @param {string} packet @param {string} target where the first GET was redirected to */
  function open(packet, target) {
    const handshake = handshakeIn(packet, server);
    isOpen = true;
    address = `${target}&sid=${encodeURIComponent(handshake.sid)}`;
    maxPayload = handshake.maxPayload ?? DEFAULT_MAX_PAYLOAD;
    if (preference && handshake.offersWebsocket) {
      const place = address.replace('transport=polling', 'transport=websocket');
      /** @param {LinkHandlers} handlers */
      const probe = (handlers) => {
        const { token, headers } = session;
        return openWebSocket({ ...server, headers }, place, token, handlers);
      };
      upgrade = new Upgrade(probe, preference, advance);
    }
    handlers.onOpen(link);
  }

  async function post() {
    isPosting = true;
    const body = takeBody(queue, maxPayload, MAX_PACKETS_PER_POST);
    queueBytes = queue.reduce((bytes, frame) => bytes + encodedLength(frame), 0);
    try {
      const { answer } = await exchange(session, address, body, !!onClosed);
      // The body is "ok". Reading it frees the connection.
      for await (const _ of piecesOf(answer));
      isAccepted = true;
    } catch (error) {
      if (!signal.aborted) handlePostFailure(failed(server, error));
    }
    isPosting = false;
    advance();
    handlers.onProgress();
  }

  /** @param {Loss} loss */
  function handlePostFailure(loss) {
    upgrade?.stop();
    upgrade = undefined;
    failing = lost(loss);
    const isKnown = isAccepted && !isUnknownSession(loss);
    const giveUp = () => lose(failing ?? loss);
    timer = later(giveUp, isKnown ? LAST_POLL_TIMEOUT : UNKNOWN_SESSION_TIMEOUT);
  }

  /** Moves the session to the WebSocket, together with the packets that wait to be sent. */
  function switchToWebSocket() {
    websocket = upgrade?.complete();
    upgrade = undefined;
    websocket?.listen(handlers);
    for (const frame of ['5', ...queue.splice(0)]) link.send(frame);
    handlers.onProgress();
  }

  /** @param {Loss} loss */
  function lose(loss) {
    if (signal.aborted) return;
    const { onLost } = handlers;
    handlers = NOBODY;
    end();
    onClosed?.();
    onLost(isOpen ? lost(loss) : loss);
  }

  void poll();
  return link.drop;
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
