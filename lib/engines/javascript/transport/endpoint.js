/**
 * Dials one server: with a WebSocket, or with long-polling where that has worked before. A dial
 * whose WebSocket has failed goes on in `polling.js`, which is loaded for it.
 */

import { failed } from '#websocket';
import { SOCKET_IO_QUERY, serverOf } from './server.js';
import { openWebSocket } from './websocket.js';

/** @import { Endpoint, Link, LinkHandlers, Loss } from './transport.js' */

/** What is known about a server whose WebSockets work. */
export const UNTRIED = { prefersPolling: false, probes: 0, nextProbe: 0 };

/** @type {import('./transport.js').EndpointModule['createEndpoint']} */
export function createEndpoint(config, loadPolling, ahead) {
  const server = { ...serverOf(config), ahead };
  const { isPlain, path } = server;
  const transports = loadPolling && !isPlain ? config.transports : ['websocket'];
  const hasFallback = transports.length > 1;
  const preference = { ...UNTRIED, prefersPolling: transports[0] === 'polling' && !hasFallback };

  /** @type {Endpoint['dial']} */
  const tryWebSocket = (token, handlers) => {
    // Until it works. A caller may cancel an attempt that hangs.
    preference.prefersPolling = hasFallback;
    const watched = {
      ...handlers,
      /** @param {Link} link */
      onOpen(link) {
        Object.assign(preference, UNTRIED);
        handlers.onOpen(link);
      },
    };
    const target = isPlain ? path : path + SOCKET_IO_QUERY;
    return openWebSocket(server, target, token, watched, hasFallback).drop;
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
          if (!isOver) handlers.onLost(failed(server, error));
        }
      };
      if (preference.prefersPolling) void dialOn();
      else
        drop = tryWebSocket(token, {
          ...watched,
          onLost: (loss) => (isOver || !hasFallback ? handlers.onLost(loss) : dialOn(loss)),
        });
      return () => {
        if (isOver) return;
        isOver = true;
        drop();
      };
    },
  };
}
