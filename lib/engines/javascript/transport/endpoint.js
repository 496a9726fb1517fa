/**
 * Dials one server: chooses which transport to try first, and falls back to the other one.
 *
 * A proxy without WebSocket support answers the upgrade itself, forwards it as an ordinary request,
 * cuts the connection, or lets it hang. In each of these cases the endpoint tries the other
 * transport within the same dial. What the server itself answers (401, 429, 503) is final, as far
 * as the runtime shows it.
 */

import { cancel, later } from '#host';
import { failed, unreachable } from './failure.js';
import { TransportPreference } from './transport-preference.js';
import { WebSocketLink } from './websocket.js';

/** @import { EndpointConfig, LinkHandlers, Loss, Server } from './transport.js' */

/** How long a WebSocket may take, to its first message, when there is a fallback. */
const WEBSOCKET_TIMEOUT = 5000;

/** @type {import('./transport.js').EndpointModule['createEndpoint']} */
export function createEndpoint(config, loadPolling) {
  const server = serverOf(config);
  const { authority, isPlain, path } = server;
  const preference = new TransportPreference();
  const transports = loadPolling && !isPlain ? config.transports : ['websocket'];
  const hasFallback = transports.length > 1;

  /** @type {import('./transport.js').Endpoint['dial']} */
  const dial = (token, handlers) => {
    let isOver = false;
    let drop = () => {};
    /** @type {import('#host').Timer | undefined} */
    let timer;

    /** Tries one transport. Undefined: the link is open. @param {boolean} isPolling @returns {Promise<Loss | undefined>} */
    const open = (isPolling) =>
      new Promise((resolve) => {
        let isOpen = false;
        /** @type {LinkHandlers} */
        const watched = {
          ...handlers,
          onOpen(link) {
            isOpen = isOver = true;
            cancel(timer);
            resolve(undefined);
            handlers.onOpen(link);
          },
          onLost(loss) {
            cancel(timer);
            if (isOpen) handlers.onLost(loss);
            else resolve(loss);
          },
        };
        if (isPolling)
          loadPolling?.().then(
            ({ openPolling }) => {
              if (!isOver)
                drop = openPolling({ server, token, preference: hasFallback ? preference : undefined }, watched);
            },
            (error) => resolve(failed(authority, error)),
          );
        else {
          const target = isPlain ? path : `${path}?EIO=4&transport=websocket`;
          const link = new WebSocketLink(server, target, token, watched, hasFallback);
          drop = () => link.drop();
          if (hasFallback)
            timer = later(() => {
              drop();
              resolve(unreachable(authority, `no WebSocket within ${WEBSOCKET_TIMEOUT} ms`));
            }, WEBSOCKET_TIMEOUT);
        }
      });

    /**
     * The same, and remembers the outcome: where there are two transports, the next dial starts
     * with the other one unless this one works. The preference changes before the attempt, since a
     * caller may cancel an attempt that hangs.
     *
     * @param {boolean} isPolling
     */
    const attempt = async (isPolling) => {
      preference.prefersPolling = !isPolling;
      const loss = await open(isPolling);
      if (loss === undefined) {
        if (isPolling) preference.prefersPolling = true;
        else preference.recordWebSocketSuccess();
      }
      // Neither transport is at fault.
      else if (!mayComeFromProxy(loss)) preference.prefersPolling = false;
      return loss;
    };

    const run = async () => {
      const isPolling = hasFallback ? preference.prefersPolling : transports[0] === 'polling';
      let loss = await attempt(isPolling);
      if (loss && hasFallback && !isOver && mayComeFromProxy(loss)) {
        const other = await attempt(!isPolling);
        loss = other && merged(loss, other);
      }
      if (loss && !isOver) handlers.onLost(loss);
    };
    void run();
    return () => {
      if (isOver) return;
      isOver = true;
      cancel(timer);
      drop();
    };
  };
  return { dial };
}

/** @param {EndpointConfig} config @returns {Server} */
function serverOf({ url, path, protocol, headers, applicationId, environment, maxMessageBytes }) {
  const { origin, host, pathname } = new URL(url);
  const isPlain = protocol === 'ws';
  return {
    origin,
    authority: host,
    isPlain,
    path: path ?? pathname.replace(/\/+$/, '') + (isPlain ? '/ws' : '/socket.io/'),
    headers: {
      ...(applicationId !== undefined && { 'x-application-id': applicationId }),
      ...(environment !== undefined && { 'x-environment': environment }),
      ...headers,
    },
    maxMessageBytes,
  };
}

/**
 * What a user reads when both transports have failed: the second failure, unless it says only that
 * this transport does not exist there, and nothing about the server's health.
 *
 * @param {Loss} first
 * @param {Loss} second
 */
function merged(first, second) {
  const [loss, other] = /^(2..|40[045]|426|501)$/.test(`${second.error?.status}`) ? [first, second] : [second, first];
  if (loss.error) loss.error.cause ??= `the other transport failed, too: ${other.reason}`;
  return loss;
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
