/**
 * The engine of a page. It is loaded when a client is created, while the WebSocket is being opened,
 * so that a page starts without waiting for it.
 *
 * Until then, this stand-in keeps what the client asks for, and answers as the engine will: ids
 * count from 1. The engine gets all of it in the same order, and takes the place of each function
 * here: after that, nothing of the stand-in is left on the way of an event.
 *
 * An engine that cannot be loaded is a failed attempt to connect: the client reports
 * `NETWORK_ERROR`, and loads it again as often as it would reconnect.
 */

import { cancel, later, yieldTurn } from '#host';
import { dialAhead } from './transport/ahead.js';

/** @import { Engine, EngineConfig, Item, Message } from '../engine.js' */
/** @import { SocketAhead } from './transport/transport.js' */

/**
 * What the client has asked for: the function of the engine, its arguments, and its answer where
 * the engine has to give the same.
 *
 * @typedef {[name: keyof Engine, args: unknown[], answer?: string | number]} Call
 * @typedef {(ahead: SocketAhead | undefined, firstCall: number) => Engine} Create
 */

/**
 * @param {EngineConfig} config
 * @param {(now?: number) => void} onReady
 * @param {() => Promise<Create>} load
 * @returns {Engine}
 */
function createLateEngine(config, onReady, load) {
  /** @type {Call[]} */
  let calls = [];
  /** @type {Item[]} */
  const items = [];
  /** @type {Set<string>} */
  const subscriptions = new Set();
  let subscribed = 0;
  /** Messages, joins and leaves. */
  let sent = 0;
  /** How many of those have failed with the engine. */
  let firstCall = 0;
  let failures = 0;
  let isLoading = false;
  let isDestroyed = false;
  /** @type {import('#host').Timer | undefined} */
  let retry;
  /** @type {SocketAhead | undefined} */
  let ahead;
  const created = Date.now();

  /** @param {keyof Engine} name @param {unknown[]} args @param {any} [answer] */
  function keep(name, args, answer) {
    calls.push([name, args, answer]);
    return answer;
  }

  /** @param {object} body of a notice `connection` */
  function announce(body) {
    items.push(/** @type {Item} */ (['connection', body]));
  }

  /** @returns {Message[]} */
  function messages() {
    return calls.flatMap(([name, [message]]) => (name === 'emit' ? [/** @type {Message} */ (message)] : []));
  }

  function start() {
    cancel(retry);
    if (isLoading) return;
    isLoading = true;
    load().then(replace).catch(fail);
  }

  /** @param {Create} create */
  function replace(create) {
    if (isDestroyed) return;
    const real = create(ahead, firstCall);
    Object.assign(engine, real);
    for (const [name, args, answer] of calls) {
      try {
        /** @type {any} */ (real)[name](...args);
      } catch (error) {
        // The outbox is full. The client waits for the outcome.
        const { code, message } = /** @type {Error & { code: string }} */ (error);
        items.push(['outcome', { id: Number(answer), error: { code, message } }]);
      }
    }
    if (items.length === 0) return;
    engine.next = () => items.shift() ?? real.next();
    onReady();
  }

  /** @param {unknown} cause */
  function fail(cause) {
    isLoading = false;
    ahead?.drop();
    ahead = undefined;
    if (isDestroyed) return;
    const reason = `the engine could not be loaded: ${cause}`;
    const error = { code: 'NETWORK_ERROR', message: reason };
    let isWanted = false;
    /** @type {Set<string>} */
    const channels = new Set();
    calls = calls.filter(([name, [argument], answer]) => {
      if (typeof answer === 'number') {
        if (name === 'joinChannel') channels.add(/** @type {string} */ (argument));
        else if (name === 'leaveChannel') channels.delete(/** @type {string} */ (argument));
        items.push(['outcome', { id: answer, error }]);
      } else if (name === 'connect') {
        isWanted = true;
        if (failures === 0) announce({ state: 'connecting' });
      } else if (name === 'disconnect') {
        isWanted = false;
        announce({ state: 'disconnected', reason: 'client disconnect' });
      } else return true;
      return false;
    });
    firstCall = sent;
    // The user stays in them on the next connection. Nobody waits for these calls.
    for (const channel of channels) engine.joinChannel(channel);
    if (isWanted) {
      items.push(['error', error]);
      const { reconnection, reconnectionAttempts, reconnectionDelay, reconnectionDelayMax } = config;
      if (reconnection && failures < reconnectionAttempts) {
        const retryIn = Math.min(reconnectionDelay * 2 ** failures, reconnectionDelayMax);
        failures += 1;
        announce({ state: 'reconnecting', reason, attempt: failures, retryIn });
        retry = later(connect, retryIn);
      } else announce({ state: 'disconnected', reason });
    }
    if (items.length > 0) onReady();
  }

  function connect() {
    keep('connect', []);
    ahead ??= dialAhead(config);
    start();
  }

  /** @type {Engine} */
  const engine = {
    connect() {
      failures = 0;
      connect();
    },

    disconnect() {
      ahead?.drop();
      ahead = undefined;
      if (isLoading) return keep('disconnect', []);
      // It could not be loaded.
      cancel(retry);
      announce({ state: 'disconnected', reason: 'client disconnect' });
      yieldTurn(onReady);
    },

    destroy() {
      isDestroyed = true;
      cancel(retry);
      ahead?.drop();
    },

    subscribe(...args) {
      subscribed += 1;
      const id = `sub_${subscribed}`;
      subscriptions.add(id);
      return keep('subscribe', args, id);
    },

    unsubscribe(id) {
      keep('unsubscribe', [id]);
      return subscriptions.delete(id);
    },

    listen: (...args) => keep('listen', args),
    listenToMessages: (...args) => keep('listenToMessages', args),
    endOfTurn() {},

    emit(message) {
      if (message.volatile) return null;
      sent += 1;
      return keep('emit', [message], sent);
    },

    joinChannel(channel) {
      sent += 1;
      return keep('joinChannel', [channel], sent);
    },

    leaveChannel(channel) {
      sent += 1;
      return keep('leaveChannel', [channel], sent);
    },

    tokenState: () => (calls.some(([name]) => name === 'provideToken') ? 'fresh' : 'missing'),
    provideToken: (...args) => keep('provideToken', args),
    refuseToken: () => false,
    next: () => (isDestroyed ? undefined : items.shift()),
    wants: () => true,
    hold() {},
    takenUntil: () => created,
    ref: () => keep('ref', []),
    unref: () => keep('unref', []),
    socketId() {
      return undefined;
    },

    stats() {
      return {
        eventsReceived: 0,
        eventsDelivered: 0,
        droppedRepeats: 0,
        droppedUnwanted: 0,
        droppedOverflow: 0,
        droppedDiscarded: 0,
        gaps: 0,
        reconnects: 0,
        bytesReceived: 0,
        bytesSent: 0,
        inboxEvents: 0,
        inboxBytes: 0,
        outboxMessages: messages().length,
        outboxBytes: messages().reduce((sum, { payload }) => sum + payload.length, 0),
        subscriptions: subscriptions.size,
        pendingAcks: 0,
        transport: null,
      };
    },
  };
  start();
  return engine;
}

export { createLateEngine };
