/**
 * The engine in plain JavaScript behind the wall of `../engine.d.ts`, for every runtime that has
 * `WebSocket` or `fetch`.
 */

import { cancel, later, now, yieldTurn } from '#host';
import { loadingPlain } from '#plain';
import { createDriver } from './driver.js';
import { pageLifecycle } from './lifecycle.js';
import { USER_CALLS } from './session/calls.js';
import { parseToken } from './token.js';
import { createEndpoint } from './transport/endpoint.js';

/** @import { Engine, EngineConfig } from '../engine.js' */
/** @import { SessionConfig } from './session/contract.js' */
/** @import { PollingModule, SocketAhead } from './transport/transport.js' */
/** @import { Deps } from './driver.js' */

/** @param {EngineConfig} config @param {Deps} deps @returns {Engine} */
function engineWith(config, deps) {
  const driver = createDriver(config, { ...sessionConfig(config), ...deps.features }, deps);
  const { command, inbox, session } = driver;
  const [connect, destroy, disconnect, discardSince, subscribe, unsubscribe, provideToken, refuseToken] =
    config.record?.recorder.calls(session) ?? USER_CALLS;
  // Few clients measure more than counters: the rest is loaded for them.
  if (config.stats) void import('./session/meter/meter.js').then((meter) => meter.attach(config, deps, driver));
  /** The event that was taken last is not wanted any more: the connection was ended since. */
  let isEnded = false;
  let isDestroyed = false;
  /** Listeners were removed in this turn, or may still follow a new subscription or channel. */
  let interestChanged = false;

  /** A client without messaging does not call this. */
  const messaging = () => /** @type {import('./session/messaging.js').Messaging} */ (session.messaging);

  /** The user adds the listeners in the same turn. An event may be faster. */
  function expectListeners() {
    session.interest.assumeAll();
    interestChanged = true;
  }

  /** @param {typeof disconnect} stop */
  function end(stop) {
    isEnded = true;
    command(() => {
      const since = inbox.undeliveredSince();
      if (since !== undefined) discardSince(session, since);
      stop(session);
      inbox.discardEvents();
    });
  }

  return {
    connect() {
      command(connect);
    },

    disconnect() {
      end(disconnect);
    },

    destroy() {
      isDestroyed = true;
      end(destroy);
    },

    subscribe(topic, filter, returnMode) {
      expectListeners();
      const text = filter && JSON.stringify(filter);
      return command((_, now) => subscribe(session, now, topic, text, returnMode));
    },

    unsubscribe(subscriptionId) {
      return command(() => {
        const isKnown = unsubscribe(session, subscriptionId);
        if (isKnown) inbox.markForFiltering();
        return isKnown;
      });
    },

    listen(topic, wanted) {
      session.interest.set(topic, wanted);
      interestChanged ||= !wanted;
    },

    listenToMessages(wanted) {
      session.interest.setMessages(wanted);
      interestChanged ||= !wanted;
    },

    endOfTurn() {
      if (interestChanged) session.interest.endOfTurn();
      interestChanged = false;
    },

    emit(message) {
      return command((_, now) => messaging().emit(now, message)) ?? null;
    },

    joinChannel(channel) {
      expectListeners();
      return command((_, now) => messaging().joinChannel(now, channel));
    },

    leaveChannel(channel) {
      inbox.markForFiltering();
      return command((_, now) => messaging().leaveChannel(now, channel));
    },

    tokenState() {
      return session.tokens.state(driver.now());
    },

    provideToken(token) {
      const parsed = parseToken(token, Date.now());
      command((_, now) => provideToken(session, now, parsed));
    },

    refuseToken() {
      return command(refuseToken);
    },

    next() {
      if (isDestroyed) return undefined;
      isEnded = false;
      for (;;) {
        const item = inbox.next(driver.latest);
        driver.handleDrain();
        if (!Array.isArray(item) || item[0] !== 'token') return item;
        // The session may have got a token since, or been disconnected.
        const reason = session.tokens.wanted;
        if (reason !== undefined) return ['token', { reason }];
      }
    },

    wants(event) {
      return !isEnded && session.wants(event);
    },

    hold(events) {
      command(() => inbox.hold(events));
    },

    takenUntil() {
      return session.config.unixTime(inbox.takenUntil());
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
      const outbox = session.messaging?.outbox;
      return {
        ...session.count,
        ...inbox.count,
        inboxEvents,
        inboxBytes,
        outboxMessages: outbox?.len() ?? 0,
        outboxBytes: outbox?.bytes() ?? 0,
        subscriptions: session.subscriptions.size,
        pendingAcks: session.link?.acks.size ?? 0,
        transport: driver.transport(),
        ...session.meter?.stats(),
      };
    },
  };
}

/**
 * Creates the engine of one client. Without `loadPolling` it uses WebSockets alone.
 *
 * @param {EngineConfig} config
 * @param {(now?: number) => void} onReady
 * @param {Deps['features']} features
 * @param {() => Promise<PollingModule>} [loadPolling]
 * @param {SocketAhead} [ahead] of the first dial
 * @returns {Engine}
 */
function createEngine(config, onReady, features, loadPolling, ahead) {
  const endpoint = createEndpoint(config, loadPolling, ahead);
  return engineWith(config, {
    endpoint: config.protocol === 'ws' ? loadingPlain(endpoint) : endpoint,
    features,
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
