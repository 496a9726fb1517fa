/**
 * The engine in plain JavaScript behind the wall of `../engine.d.ts`, for every runtime that has
 * `WebSocket` or `fetch`.
 */

import { cancel, later, now, yieldTurn } from '#host';
import { createDriver } from './driver.js';
import { pageLifecycle } from './lifecycle.js';
import { parseToken } from './token.js';
import { createEndpoint } from './transport/endpoint.js';

/** @import { Engine, EngineConfig } from '../engine.js' */
/** @import { SessionConfig } from './session/contract.js' */
/** @import { PollingModule } from './transport/transport.js' */
/** @import { Deps } from './driver.js' */

/** @param {EngineConfig} config @param {Deps} deps @returns {Engine} */
function engineWith(config, deps) {
  const driver = createDriver(config, sessionConfig(config), deps);
  const { command, inbox, session } = driver;
  /** The event that was taken last is not wanted any more: the connection was ended since. */
  let isEnded = false;
  let isDestroyed = false;
  /** Listeners were removed in this turn, or may still follow a new subscription or channel. */
  let interestChanged = false;

  /** The user adds the listeners in the same turn. An event may be faster. */
  function expectListeners() {
    session.assumeInterest();
    interestChanged = true;
  }

  /** @param {'disconnect' | 'destroy'} how */
  function end(how) {
    isEnded = true;
    command(() => {
      const since = inbox.undeliveredSince();
      if (since !== undefined) session.discardSince(since);
      session[how]();
      inbox.discardEvents();
    });
  }

  return {
    connect() {
      command((now) => session.connect(now));
    },

    disconnect() {
      end('disconnect');
    },

    destroy() {
      isDestroyed = true;
      end('destroy');
    },

    subscribe(topic, filter, returnMode) {
      expectListeners();
      const text = filter && JSON.stringify(filter);
      return command((now) => session.subscribe(now, topic, text, returnMode));
    },

    unsubscribe(subscriptionId) {
      return command(() => {
        const isKnown = session.unsubscribe(subscriptionId);
        if (isKnown) inbox.markForFiltering();
        return isKnown;
      });
    },

    listen(topic, wanted) {
      session.listen(topic, wanted);
      interestChanged ||= !wanted;
    },

    listenToMessages(wanted) {
      session.listenToMessages(wanted);
      interestChanged ||= !wanted;
    },

    endOfTurn() {
      if (interestChanged) session.endOfTurn();
      interestChanged = false;
    },

    emit(message) {
      return command((now) => session.emit(now, message)) ?? null;
    },

    joinChannel(channel) {
      expectListeners();
      return command((now) => session.joinChannel(now, channel));
    },

    leaveChannel(channel) {
      inbox.markForFiltering();
      return command((now) => session.leaveChannel(now, channel));
    },

    tokenState() {
      return session.tokenState(driver.now());
    },

    provideToken(token) {
      const parsed = parseToken(token, Date.now());
      command((now) => session.provideToken(now, parsed));
    },

    refuseToken() {
      return command((now) => session.refuseToken(now));
    },

    next() {
      if (isDestroyed) return undefined;
      isEnded = false;
      for (;;) {
        const item = inbox.next(driver.now);
        driver.handleDrain();
        if (!Array.isArray(item) || item[0] !== 'token') return item;
        // The session may have got a token since, or been disconnected.
        const reason = session.tokenWanted();
        if (reason !== undefined) return ['token', { reason }];
      }
    },

    wants(event) {
      return !isEnded && session.wants(event);
    },

    ref() {
      driver.hold(true);
    },

    unref() {
      driver.hold(false);
    },

    socketId() {
      return session.socketId();
    },

    stats() {
      const { count: inboxEvents, bytes: inboxBytes } = inbox.depth();
      const { messages: outboxMessages, bytes: outboxBytes } = session.outboxDepth();
      return {
        ...session.counters(),
        eventsDelivered: inbox.delivered,
        droppedOverflow: inbox.dropped,
        inboxEvents,
        inboxBytes,
        outboxMessages,
        outboxBytes,
        subscriptions: session.subscriptionCount(),
        pendingAcks: session.pendingAcks(),
        transport: driver.transport(),
      };
    },
  };
}

/**
 * Creates the engine of one client. Without `loadPolling` it uses WebSockets alone.
 *
 * @param {EngineConfig} config
 * @param {() => void} onReady
 * @param {() => Promise<PollingModule>} [loadPolling]
 * @returns {Engine}
 */
function createEngine(config, onReady, loadPolling) {
  return engineWith(config, {
    endpoint: createEndpoint(config, loadPolling),
    onReady,
    lifecycle: config.lifecycle ?? pageLifecycle,
    now,
    unix: Date.now,
    later,
    cancel,
    yieldTurn,
    random: Math.random,
  });
}

/** @param {EngineConfig} config @returns {Omit<SessionConfig, 'unixTime'>} */
function sessionConfig(config) {
  const { outbox, token } = config;
  return {
    ...config,
    token: token === undefined ? undefined : parseToken(token, Date.now()),
    reconnect: {
      enabled: config.reconnection,
      attempts: config.reconnectionAttempts,
      delay: config.reconnectionDelay,
      delayMax: config.reconnectionDelayMax,
      randomization: config.randomizationFactor,
      afterServerDisconnect: config.reconnectOnServerDisconnect,
    },
    outbox: { messages: outbox.maxMessages, bytes: outbox.maxBytes, age: outbox.maxAgeMs },
    // The runtimes' WebSockets cannot stop reading.
    maxPause: 0,
    readsLate: true,
  };
}

export { createEngine, engineWith };
