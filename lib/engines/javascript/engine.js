/**
 * The engine in plain JavaScript behind the wall of `../engine.d.ts`, for every runtime that has
 * `WebSocket` or `fetch`.
 */

import { cancel, later, now, yieldTurn } from '#host';
import { Driver } from './driver.js';
import { pageLifecycle } from './lifecycle.js';
import { connect } from './session/connecting.js';
import { destroy, disconnect } from './session/disconnecting.js';
import { discardSince } from './session/gap-reports.js';
import { subscribe, unsubscribe } from './session/subscribing.js';
import { provideToken, refuseToken } from './session/token-renewal.js';
import { parseToken } from './token.js';
import { createEndpoint } from './transport/endpoint.js';

/** @import { SubscribeOptions } from '../../../index.js' */
/** @import { Engine, EngineConfig, Event, Item, Message } from '../engine.js' */
/** @import { SessionConfig } from './session/contract.js' */
/** @import { PollingModule } from './transport/transport.js' */
/** @import { Deps } from './driver.js' */

/** @implements {Engine} */
class JavaScriptEngine {
  #driver;
  /** The event that was taken last is not wanted any more: the connection was ended since. */
  #isEnded = false;
  #isDestroyed = false;
  /** Listeners were removed in this turn, or may still follow a new subscription or channel. */
  #interestChanged = false;

  /** @param {Driver} driver */
  constructor(driver) {
    this.#driver = driver;
  }

  connect() {
    this.#driver.command(connect);
  }

  disconnect() {
    this.#end(disconnect);
  }

  destroy() {
    this.#isDestroyed = true;
    this.#end(destroy);
  }

  /** @param {string} topic @param {SubscribeOptions['filter']} filter @param {SubscribeOptions['returnMode']} returnMode */
  subscribe(topic, filter, returnMode) {
    this.#expectListeners();
    const text = filter && JSON.stringify(filter);
    return this.#driver.command((session, now) => subscribe(session, now, topic, text, returnMode));
  }

  /** @param {string} subscriptionId */
  unsubscribe(subscriptionId) {
    return this.#driver.command((session) => {
      const isKnown = unsubscribe(session, subscriptionId);
      if (isKnown) this.#driver.inbox.markForFiltering();
      return isKnown;
    });
  }

  /** @param {string | null} topic @param {boolean} wanted */
  listen(topic, wanted) {
    this.#driver.session.interest.set(topic, wanted);
    this.#interestChanged ||= !wanted;
  }

  /** @param {boolean} wanted */
  listenToMessages(wanted) {
    this.#driver.session.interest.setMessages(wanted);
    this.#interestChanged ||= !wanted;
  }

  endOfTurn() {
    if (!this.#interestChanged) return;
    this.#interestChanged = false;
    this.#driver.session.interest.endOfTurn();
  }

  /** @param {Message} message */
  emit(message) {
    return this.#driver.command((_, now) => this.#messaging.emit(now, message)) ?? null;
  }

  /** @param {string} channel */
  joinChannel(channel) {
    this.#expectListeners();
    return this.#driver.command((_, now) => this.#messaging.joinChannel(now, channel));
  }

  /** @param {string} channel */
  leaveChannel(channel) {
    return this.#driver.command((_, now) => {
      this.#driver.inbox.markForFiltering();
      return this.#messaging.leaveChannel(now, channel);
    });
  }

  tokenState() {
    return this.#driver.session.tokens.state(this.#driver.clock.now());
  }

  /** @param {string} token */
  provideToken(token) {
    const parsed = parseToken(token, Date.now());
    this.#driver.command((session, now) => provideToken(session, now, parsed));
  }

  refuseToken() {
    return this.#driver.command(refuseToken);
  }

  /** @returns {Item | undefined} */
  next() {
    const { clock, inbox, session } = this.#driver;
    if (this.#isDestroyed) return undefined;
    this.#isEnded = false;
    for (;;) {
      const item = inbox.next(clock.now);
      this.#driver.handleDrain();
      if (!Array.isArray(item) || item[0] !== 'token') return item;
      // The session may have got a token since, or been disconnected.
      const reason = session.tokens.wanted;
      if (reason !== undefined) return ['token', { reason }];
    }
  }

  /** @param {Event} event */
  wants(event) {
    return !this.#isEnded && this.#driver.session.wants(event);
  }

  ref() {
    this.#driver.hold(true);
  }

  unref() {
    this.#driver.hold(false);
  }

  socketId() {
    return this.#driver.session.socketId();
  }

  stats() {
    const { inbox, session, transport } = this.#driver;
    const { count: inboxEvents, bytes: inboxBytes } = inbox.depth();
    const outbox = session.messaging?.outbox;
    return {
      ...session.count,
      eventsDelivered: inbox.delivered,
      droppedOverflow: inbox.dropped(),
      inboxEvents,
      inboxBytes,
      outboxMessages: outbox?.len() ?? 0,
      outboxBytes: outbox?.bytes() ?? 0,
      subscriptions: session.subscriptions.size,
      pendingAcks: session.link?.acks.size ?? 0,
      transport,
    };
  }

  /** A client without messaging does not call this. */
  get #messaging() {
    return /** @type {import('./session/messaging.js').Messaging} */ (this.#driver.session.messaging);
  }

  /** The user adds the listeners in the same turn. An event may be faster. */
  #expectListeners() {
    this.#driver.session.interest.assumeAll();
    this.#interestChanged = true;
  }

  /** @param {(session: import('./session/session.js').Session) => void} end */
  #end(end) {
    this.#isEnded = true;
    this.#driver.command((session) => {
      const { inbox } = this.#driver;
      const since = inbox.undeliveredSince();
      if (since !== undefined) discardSince(session, since);
      end(session);
      inbox.discardEvents();
    });
  }
}

/** @param {EngineConfig} config @param {Deps} deps @returns {Engine} */
function engineWith(config, deps) {
  return new JavaScriptEngine(new Driver(config, { ...sessionConfig(config), ...deps.features }, deps));
}

/**
 * Creates the engine of one client. Without `loadPolling` it uses WebSockets alone.
 *
 * @param {EngineConfig} config
 * @param {() => void} onReady
 * @param {Deps['features']} features
 * @param {() => Promise<PollingModule>} [loadPolling]
 * @returns {Engine}
 */
function createEngine(config, onReady, features, loadPolling) {
  return engineWith(config, {
    endpoint: createEndpoint(config, loadPolling),
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
  const { applicationId, connectTimeout, environment, heartbeat, maxMessageBytes, outbox, protocol, token } = config;
  return {
    protocol,
    token: token === undefined ? undefined : parseToken(token, Date.now()),
    applicationId,
    environment,
    reconnect: {
      enabled: config.reconnection,
      attempts: config.reconnectionAttempts,
      delay: config.reconnectionDelay,
      delayMax: config.reconnectionDelayMax,
      randomization: config.randomizationFactor,
      afterServerDisconnect: config.reconnectOnServerDisconnect,
    },
    connectTimeout,
    heartbeat,
    outbox: { messages: outbox.maxMessages, bytes: outbox.maxBytes, age: outbox.maxAgeMs },
    // The runtimes' WebSockets cannot stop reading.
    maxPause: 0,
    readsLate: true,
    maxMessageBytes,
  };
}

export { createEngine, engineWith };
