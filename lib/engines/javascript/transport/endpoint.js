/**
 * Dials one server: chooses which transport to try first, and falls back to the other one.
 *
 * A proxy without WebSocket support answers the upgrade itself, forwards it as an ordinary request,
 * cuts the connection, or lets it hang. In each of these cases the endpoint tries the other
 * transport within the same dial. What the server itself answers (401, 429, 503) is final, as far
 * as the runtime shows it.
 */

import { cancel, later } from '#host';
import { failed, notRealtime, unreachable } from './failure.js';
import { explain, watchPolicy } from './page.js';
import { TransportPreference } from './transport-preference.js';
import { WebSocketLink } from './websocket.js';

/** @import { EndpointConfig, LinkHandlers, Loss, PollingModule, Server } from './transport.js' */
/** @typedef {'websocket' | 'polling'} Transport */

/** How long a WebSocket may take, to its first message, when there is a fallback. */
const WEBSOCKET_TIMEOUT = 5000;
const SOCKET_IO_PATH = '/socket.io/';
const WS_PATH = '/ws';

/** @type {import('./transport.js').EndpointModule['createEndpoint']} */
export function createEndpoint(config, loadPolling) {
  const endpoint = new Endpoint(config, loadPolling);
  return {
    dial(token, handlers) {
      const dial = new Dial(endpoint, token, handlers);
      void dial.run();
      return () => dial.cancel();
    },
  };
}

class Endpoint {
  preference = new TransportPreference();

  /** @param {EndpointConfig} config @param {(() => Promise<PollingModule>) | undefined} loadPolling */
  constructor(config, loadPolling) {
    this.server = serverOf(config);
    this.loadPolling = loadPolling;
    /** @type {Transport[]} */
    this.transports = loadPolling && !this.server.isPlain ? config.transports : ['websocket'];
  }

  /** The transports in the order in which a dial tries them. */
  get order() {
    return this.preference.prefersPolling ? [...this.transports].reverse() : this.transports;
  }
}

/** @param {EndpointConfig} config @returns {Server} */
function serverOf({ url, path, protocol, headers, applicationId, environment, maxMessageBytes }) {
  const { origin, host, pathname } = new URL(url);
  const isPlain = protocol === 'ws';
  return {
    origin,
    authority: host,
    isPlain,
    path: path ?? pathname.replace(/\/+$/, '') + (isPlain ? WS_PATH : SOCKET_IO_PATH),
    headers: {
      ...(applicationId !== undefined && { 'x-application-id': applicationId }),
      ...(environment !== undefined && { 'x-environment': environment }),
      ...headers,
    },
    maxMessageBytes,
  };
}

/** One dial. */
class Dial {
  #endpoint;
  #token;
  #handlers;
  #isOver = false;
  /** Ends the attempt under way. */
  #end = () => {};

  /** @param {Endpoint} endpoint @param {string} token @param {LinkHandlers} handlers */
  constructor(endpoint, token, handlers) {
    this.#endpoint = endpoint;
    this.#token = token;
    this.#handlers = handlers;
  }

  cancel() {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end();
  }

  async run() {
    const policy = watchPolicy(this.#endpoint.server);
    const loss = await this.#tryAll(policy.isBlocked);
    policy.stop();
    if (loss === undefined || this.#isOver) return;
    this.#isOver = true;
    this.#handlers.onLost(loss);
  }

  /** Undefined: a link is open. @param {() => boolean} isBlocked */
  async #tryAll(isBlocked) {
    const [first, second] = this.#endpoint.order;
    const attempt = async (/** @type {Transport} */ transport) => {
      const loss = await this.#attempt(transport, second !== undefined);
      return loss && explain(loss, this.#endpoint.server, transport, isBlocked);
    };
    const refusal = await attempt(first);
    if (refusal === undefined || second === undefined || !mayComeFromProxy(refusal)) return refusal;
    if (this.#isOver) return refusal;
    const loss = await attempt(second);
    if (loss === undefined) return undefined;
    const [reported, other] = rulesOutTransport(loss) ? [refusal, loss] : [loss, refusal];
    if (reported.error) reported.error.cause ??= `the other transport failed, too: ${other.reason}`;
    return reported;
  }

  /**
   * Tries one transport. Where there are two, the next dial starts with the other one unless this
   * one works: the preference changes before the attempt, since a caller may cancel an attempt that
   * hangs.
   *
   * @param {Transport} transport
   * @param {boolean} hasFallback
   */
  async #attempt(transport, hasFallback) {
    const { preference } = this.#endpoint;
    const isPolling = transport === 'polling';
    preference.prefersPolling = hasFallback && !isPolling;
    const loss = await (isPolling ? this.#openPolling(hasFallback) : this.#openWebSocket(hasFallback));
    if (loss === undefined) {
      if (!isPolling) preference.recordWebSocketSuccess();
      else preference.prefersPolling = hasFallback;
    }
    // Neither transport is at fault.
    else if (!mayComeFromProxy(loss)) preference.prefersPolling = false;
    return loss;
  }

  /**
   * With a fallback the WebSocket must bring a first message in time: some proxies let the upgrade
   * through and nothing after it.
   *
   * @param {boolean} hasFallback
   * @returns {Promise<Loss | undefined>}
   */
  #openWebSocket(hasFallback) {
    const { server } = this.#endpoint;
    const { authority, path, isPlain } = server;
    return new Promise((resolve) => {
      let isUpgraded = false;
      const open = () => {
        cancel(timer);
        link.handlers = this.#handlers;
        this.#isOver = true;
        resolve(undefined);
        this.#handlers.onOpen(link);
      };
      /** @param {Loss} loss */
      const fail = (loss) => {
        cancel(timer);
        resolve(loss);
      };
      const link = new WebSocketLink(server, isPlain ? path : `${path}?EIO=4&transport=websocket`, this.#token, {
        onOpen() {
          isUpgraded = true;
          if (!hasFallback) open();
        },
        onMessage(frame) {
          open();
          link.handlers.onMessage(frame);
        },
        onProgress() {},
        onLost(loss) {
          const { reason, error } = loss;
          if (!isUpgraded) fail(loss);
          else if (error === undefined) fail(unreachable(authority, reason));
          else fail(notRealtime(authority, `connected to a server that does not speak WebSocket: ${reason}`));
        },
      });
      this.#end = () => {
        link.drop();
        fail(unreachable(authority, `no WebSocket within ${WEBSOCKET_TIMEOUT} ms`));
      };
      const timer = hasFallback ? later(this.#end, WEBSOCKET_TIMEOUT) : undefined;
    });
  }

  /** @param {boolean} hasFallback @returns {Promise<Loss | undefined>} */
  async #openPolling(hasFallback) {
    const { server, preference, loadPolling } = this.#endpoint;
    const module = await loadPolling?.().catch((error) => {
      const { reason } = failed(server.authority, error);
      return unreachable(server.authority, `long-polling could not be loaded: ${reason}`);
    });
    if (module === undefined || 'reason' in module) return module;
    if (this.#isOver) return undefined;
    return new Promise((resolve) => {
      const handlers = this.#handlers;
      let isOpen = false;
      const drop = module.openPolling(
        { server, token: this.#token, preference: hasFallback ? preference : undefined },
        {
          onOpen: (link) => {
            isOpen = this.#isOver = true;
            resolve(undefined);
            handlers.onOpen(link);
          },
          onMessage: (frame) => handlers.onMessage(frame),
          onProgress: () => handlers.onProgress(),
          onLost: (loss) => (isOpen ? handlers.onLost(loss) : resolve(loss)),
        },
      );
      this.#end = () => {
        drop();
        resolve(undefined);
      };
    });
  }
}

/**
 * Whether a proxy may have caused a failure, so that the other transport may get through.
 *
 * @param {Loss} loss
 */
function mayComeFromProxy({ error }) {
  const status = error?.status;
  if (status === undefined) return error?.code === 'NETWORK_ERROR';
  // The platform gives its reason as JSON.
  return status === 403 ? error?.outlook !== 'permanent' : /^(2..|40[045]|426|50[012])$/.test(`${status}`);
}

/**
 * Whether a failure says that this transport does not exist there, and nothing about the server's
 * health.
 *
 * @param {Loss} loss
 */
function rulesOutTransport({ error }) {
  return /^(2..|40[045]|426|501)$/.test(`${error?.status}`);
}
