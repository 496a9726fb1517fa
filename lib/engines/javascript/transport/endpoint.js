/**
 * Dials one server: with a WebSocket, or with long-polling where that has worked before. A dial
 * whose WebSocket has failed goes on in `polling.js`, which is loaded for it.
 */

import { cancel, later } from '#host';
import { failed } from '#websocket';
import { unreachable } from './failure.js';
import { TransportPreference } from './transport-preference.js';
import { openWebSocket } from './websocket.js';

/** @import { EndpointConfig, Endpoint, LinkHandlers, Loss, Server } from './transport.js' */

/** How long a WebSocket may take, to its first message, when there is a fallback. */
const WEBSOCKET_TIMEOUT = 5000;

/** @type {import('./transport.js').EndpointModule['createEndpoint']} */
export function createEndpoint(config, loadPolling) {
  const server = serverOf(config);
  const { authority, isPlain, path } = server;
  const transports = loadPolling && !isPlain ? config.transports : ['websocket'];
  const hasFallback = transports.length > 1;
  const preference = new TransportPreference();
  preference.prefersPolling = !hasFallback && transports[0] === 'polling';

  /** @param {string} token @param {LinkHandlers} handlers */
  const open = (token, handlers) =>
    openWebSocket(server, isPlain ? path : `${path}?EIO=4&transport=websocket`, token, handlers, hasFallback);

  /** Opens a WebSocket that has to prove itself in time. @type {Endpoint['dial']} */
  const tryWebSocket = (token, handlers) => {
    // Until it works. A caller may cancel an attempt that hangs.
    preference.prefersPolling = true;
    const link = open(token, {
      ...handlers,
      onOpen(link) {
        cancel(timer);
        preference.recordWebSocketSuccess();
        handlers.onOpen(link);
      },
      onLost(loss) {
        cancel(timer);
        handlers.onLost(loss);
      },
    });
    const drop = () => {
      cancel(timer);
      link.drop();
    };
    const timer = later(() => {
      drop();
      handlers.onLost(unreachable(authority, `no WebSocket within ${WEBSOCKET_TIMEOUT} ms`));
    }, WEBSOCKET_TIMEOUT);
    return drop;
  };

  return {
    dial(token, handlers) {
      let isOver = false;
      let drop = () => {};
      /** @type {LinkHandlers} */
      const watched = {
        ...handlers,
        onOpen(link) {
          isOver = true;
          handlers.onOpen(link);
        },
      };
      /** @param {Loss} [loss] of the WebSocket */
      const dialOn = async (loss) => {
        try {
          const polling = await /** @type {NonNullable<typeof loadPolling>} */ (loadPolling)();
          const dial = { server, token, preference: hasFallback ? preference : undefined, openWebSocket: tryWebSocket };
          if (!isOver) drop = polling.dialOn(dial, watched, loss);
        } catch (error) {
          preference.prefersPolling = !hasFallback;
          if (!isOver) handlers.onLost(failed(authority, error));
        }
      };
      if (preference.prefersPolling) void dialOn();
      else if (hasFallback)
        drop = tryWebSocket(token, {
          ...watched,
          onLost: (loss) => (isOver ? handlers.onLost(loss) : dialOn(loss)),
        });
      else drop = open(token, watched).drop;
      return () => {
        if (isOver) return;
        isOver = true;
        drop();
      };
    },
  };
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
