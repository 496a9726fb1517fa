/**
 * A bare client of the platform for both protocols, built on the official libraries. Messages
 * arrive as promises.
 */

import { once } from 'node:events';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

/** Messages that no caller has asked for yet. */
class Arrivals {
  #items = [];
  #takers = [];

  push(item) {
    const take = this.#takers.shift();
    if (take) take(item);
    else this.#items.push(item);
  }

  next() {
    return new Promise((resolve) => {
      if (this.#items.length > 0) resolve(this.#items.shift());
      else this.#takers.push(resolve);
    });
  }
}

const WIRES = {
  'socket.io': async ({ url, token, options }) => {
    const { origin, pathname } = new URL(url);
    const path = `${pathname.replace(/\/$/, '')}/socket.io/`;
    const socket = io(origin, { path, transports: ['websocket'], reconnection: false, auth: { token }, ...options });
    const events = new Arrivals();
    socket.on('event', (event) => events.push(event));
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject));
    return {
      socket,
      events,
      closed: new Promise((resolve) => socket.once('disconnect', resolve)),
      request: (verb, body) => socket.emitWithAck(verb, body),
      close: () => socket.disconnect(),
    };
  },

  ws: async ({ url, token, options }) => {
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, { headers, ...options });
    const events = new Arrivals();
    const answers = new Arrivals();
    socket.on('message', (text) => {
      const { type, ...frame } = JSON.parse(text);
      if (type === 'event') events.push(frame.data);
      else if (type !== 'connected') answers.push(frame);
    });
    await once(socket, 'message'); // `connected`, the first one
    return {
      socket,
      events,
      closed: once(socket, 'close').then(([code]) => code),
      // A successful unsubscribe has no answer. The pong after it serves as one.
      request: (verb, body) => {
        socket.send(JSON.stringify({ type: verb, ...body }));
        if (verb === 'unsubscribe') socket.send('{"type":"ping"}');
        return answers.next();
      },
      close: () => socket.close(),
    };
  },
};

/**
 * @param {'socket.io' | 'ws'} protocol
 * @param {{ url: string, token: () => string }} platform
 * @param {{ token?: string, options?: object }} [as] `options` go to the library
 */
function connect(protocol, platform, { token = platform.token(), options } = {}) {
  return WIRES[protocol]({ url: platform.url, token, options });
}

const PROTOCOLS = Object.keys(WIRES);

export { connect, PROTOCOLS };
