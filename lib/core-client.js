/**
 * CoreClient: connection, subscriptions and listeners. It validates its arguments, keeps the
 * listeners, and passes everything else to an engine, which owns the connection and the
 * subscriptions.
 *
 * `RealtimeClient` adds documents and messaging. The entry `core` exports this class without them.
 */

import { loadDevtools } from '#devtools';
import { createEngine } from '#engine';
import { openLog } from '#log';
import { tracer } from '#tracing';
import { loadWaiting } from '#waiting';
import { TokenProvider } from './auth/token-provider.js';
import { callEngine, invalidArgument, RealtimeError } from './errors/errors.js';
import { Connection } from './events/connection.js';
import { Dispatch } from './events/dispatch.js';
import { Listeners } from './events/listeners.js';
import { Subscriptions } from './events/subscriptions.js';
import { asyncDispose, inspectCustom } from './host/symbols.js';
import { parseOptions } from './options/client.js';
import { parseSignal } from './options/listener.js';
import { parseSubscription } from './options/subscription.js';
import * as values from './options/values.js';
import { Redaction } from './redaction/redaction.js';
import { Inlet } from './waiting/inlet.js';
import { lateIterator } from './waiting/late-iterator.js';

/**
 * @import { EventsOptions, RealtimeClientOptions, RealtimeStats, SubscribeOptions, WaitForOptions, WaitOptions } from '../index.js'
 */
/** @import { Engine, EngineConfig } from './engines/engine.js' */
/** @import { Waiting } from './waiting/waiting.js' */

/**
 * What a class that extends the client adds to it.
 *
 * @typedef {object} Extension
 * @property {() => void} disconnected the user called disconnect()
 * @property {() => void} destroy the user called destroy()
 */

/**
 * The parts of a client, for a class that extends it.
 *
 * @typedef {object} Parts
 * @property {EngineConfig} config
 * @property {Engine} engine
 * @property {Dispatch} dispatch
 * @property {Redaction} redaction
 * @property {TokenProvider | undefined} tokens
 * @property {() => void} assertUsable throws when the client was destroyed
 * @property {(error: RealtimeError) => void} report calls the listeners of 'error'
 * @property {<T>(use: (waiting: Waiting) => T | Promise<T>) => Promise<T>} waiting loads what waits
 */

/**
 * Adds an extension to a client, and returns the parts of the client.
 *
 * @type {(client: CoreClient, extension: Extension) => Parts}
 */
let extend;

/** The names that listeners can have. */
const NAMES = {
  owner: 'RealtimeClient',
  names: ['event', 'connection', 'gap', 'slow', 'error'],
  prefix: 'event:',
  key: 'topic',
  parseKey: values.topic,
};

/** @type {readonly string[]} */
const NO_TOKENS = [];

class CoreClient {
  #config;
  #engine;
  #connection = new Connection();
  #listeners;
  #dispatch;
  #redaction;
  #subscriptions;
  #destroyed = false;
  /** @type {TokenProvider | undefined} */
  #tokens;
  /** @type {(() => string) | undefined} */
  #recording;
  /** @type {Extension | undefined} */
  #extension;
  /** @type {Promise<Waiting> | undefined} */
  #loading;
  /** @type {Waiting | undefined} */
  #loaded;

  static {
    extend = (client, extension) => {
      client.#extension = extension;
      if (client.#destroyed) extension.destroy();
      return {
        config: client.#config,
        engine: client.#engine,
        dispatch: client.#dispatch,
        redaction: client.#redaction,
        tokens: client.#tokens,
        assertUsable: client.#assertUsable,
        report: client.#report,
        waiting: (use) => client.#waiting(use),
      };
    };
  }

  /**
   * @param {RealtimeClientOptions} options
   * @param {object} [features] of the engine, for a class that extends it
   */
  constructor(options, features) {
    const parsed = parseOptions(options);
    const { ask, autoConnect, config, devtools } = parsed;
    this.#config = config;
    this.#redaction = new Redaction(config, () => this.#tokens?.recent ?? NO_TOKENS);
    const log = openLog(parsed.log, this.#redaction);
    config.log = log;
    log?.('created', config);
    const create = () => createEngine(config, (time) => this.#dispatch.onReady(time), features);
    const engine = callEngine(create, 'RealtimeClient(): ');
    this.#engine = engine;
    this.#listeners = new Listeners(NAMES, (name, wanted, topic) => {
      if (topic !== undefined || name === 'event') engine.listen(topic ?? null, wanted);
    });
    const trace = () => tracer()?.turn(this, config.url, RealtimeError.from);
    this.#dispatch = new Dispatch({
      engine,
      listeners: this.#listeners,
      redaction: this.#redaction,
      receiver: this,
      trace,
    });
    this.#dispatch.register('connection', (notice) => this.#connection.receive(notice));
    this.#subscriptions = new Subscriptions(this.#listeners, this.#dispatch);
    if (log) this.#dispatch.register('slow', (notice) => log(['slow', notice]));
    if (ask !== undefined) {
      const tokens = new TokenProvider({ ask, timeout: config.connectTimeout, engine, report: this.#report, log });
      this.#dispatch.register('token', (notice) => tokens.serve(notice));
      this.#tokens = tokens;
    }
    const { record } = config;
    if (record) this.#recording = record.recorder.attach(config, engine, this.#dispatch, this.#redaction);
    for (const [topic, schema] of parsed.schemas) this.#dispatch.check(topic, schema, () => ` ${topic}`);
    if (devtools) loadDevtools(this, trace);
    if (autoConnect) this.connect();
  }

  get state() {
    return this.#connection.state;
  }

  get connected() {
    return this.state === 'connected';
  }

  get engine() {
    return this.#config.engine;
  }

  connect() {
    this.#assertUsable();
    if (this.state !== 'disconnected') return;
    callEngine(() => this.#engine.connect());
    this.#connection.command('connecting');
  }

  disconnect() {
    if (this.state === 'disconnected') return;
    this.#engine.disconnect();
    this.#connection.command('disconnected');
    this.#dispatch.subscriptionsChanged();
    this.#extension?.disconnected();
  }

  destroy() {
    if (this.#destroyed) return;
    this.#destroyed = true;
    tracer()?.destroy(this);
    this.#dispatch.close();
    this.#extension?.destroy();
    this.#listeners.close();
    this.#subscriptions.close();
    this.#loaded?.close();
    this.#engine.destroy();
    this.#connection.close();
    this.#config.log?.('destroyed');
  }

  async [asyncDispose]() {
    this.disconnect();
    if (!this.#destroyed) await this.#connection.settled();
    this.destroy();
  }

  /** @param {SubscribeOptions} options @param {(event: any) => unknown} [handler] */
  subscribe(options, handler) {
    this.#assertUsable();
    const parsed = parseSubscription(options);
    const call = handler === undefined ? undefined : values.handler(handler, 'RealtimeClient.subscribe(): handler');
    const { topic, filter, returnMode, signal, schema } = parsed;
    if (signal?.aborted)
      throw new RealtimeError('ABORTED', 'RealtimeClient.subscribe(): The signal was aborted', {
        cause: signal.reason,
      });
    const subscribe = () => callEngine(() => this.#engine.subscribe(topic, filter, returnMode));
    const id = schema === undefined ? subscribe() : this.#dispatch.check(topic, schema, subscribe);
    this.#subscriptions.add(id, parsed, call, () => this.unsubscribe(id));
    return id;
  }

  /** @param {string} subscriptionId */
  unsubscribe(subscriptionId) {
    if (typeof subscriptionId !== 'string')
      throw invalidArgument(
        'RealtimeClient.unsubscribe(): subscriptionId',
        "the string that subscribe() returned, such as 'sub_1'",
        subscriptionId,
      );
    if (this.#engine.unsubscribe(subscriptionId)) this.#dispatch.subscriptionsChanged(subscriptionId);
    this.#subscriptions.end(subscriptionId);
  }

  /**
   * @param {string} event
   * @param {(data: any) => unknown} handler
   * @param {{ signal?: AbortSignal }} [options]
   */
  on(event, handler, options) {
    this.#assertUsable();
    this.#listeners.add(event, handler, false, parseSignal(options, 'RealtimeClient.on(): '));
    return this;
  }

  /**
   * @param {string} event
   * @param {(data: any) => unknown} handler
   * @param {{ signal?: AbortSignal }} [options]
   */
  once(event, handler, options) {
    this.#assertUsable();
    this.#listeners.add(event, handler, true, parseSignal(options, 'RealtimeClient.once(): '));
    return this;
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  off(event, handler) {
    this.#listeners.remove(event, handler);
    return this;
  }

  /**
   * @param {string} event
   * @param {(data: any) => unknown} handler
   * @param {{ signal?: AbortSignal }} [options]
   */
  addListener(event, handler, options) {
    return this.on(event, handler, options);
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  removeListener(event, handler) {
    return this.off(event, handler);
  }

  /** @param {string} event @param {(data: any) => unknown} [handler] */
  listenerCount(event, handler) {
    return this.#listeners.count(event, handler);
  }

  /** @param {WaitOptions} [options] */
  ready(options) {
    return this.#waiting((waiting) => waiting.ready(options));
  }

  /** @param {string} subscriptionId @param {WaitOptions} [options] */
  subscribed(subscriptionId, options) {
    return this.#waiting((waiting) => waiting.subscribed(subscriptionId, options));
  }

  /** @param {string} event @param {WaitForOptions<any>} [options] */
  async waitFor(event, options) {
    const inlet = new Inlet();
    this.on(event, inlet.push);
    try {
      return await this.#waiting((waiting) => waiting.waitFor(event, options, inlet));
    } finally {
      this.#listeners.remove(event, inlet.push);
    }
  }

  /** @param {EventsOptions} options */
  events(options) {
    this.#assertUsable();
    return lateIterator(this.#waiting((waiting) => waiting.events(options)));
  }

  /** @returns {RealtimeStats} */
  stats() {
    const stats = this.#engine.stats();
    return {
      ...stats,
      droppedOverflow: stats.droppedOverflow + this.#dispatch.dropped,
      droppedInvalid: this.#dispatch.invalid,
      errors: { ...this.#dispatch.errors },
    };
  }

  recording() {
    return this.#recording?.();
  }

  ref() {
    this.#engine.ref();
    return this;
  }

  unref() {
    this.#engine.unref();
    return this;
  }

  /** What console.log shows, without the token. */
  [inspectCustom]() {
    return `RealtimeClient { url: '${this.#config.url}', state: '${this.state}', subscriptions: ${this.stats().subscriptions} }`;
  }

  /**
   * Loads what waits, on first use: most programs do without.
   *
   * @template T
   * @param {(waiting: Waiting) => T | Promise<T>} use
   */
  #waiting(use) {
    this.#loading ??= loadWaiting().then((Waiting) => {
      this.#loaded = new Waiting({
        client: this,
        config: this.#config,
        engine: this.#engine,
        dispatch: this.#dispatch,
        subscriptions: this.#subscriptions,
        assertUsable: this.#assertUsable,
      });
      return this.#loaded;
    });
    return this.#loading.then(use);
  }

  #report = (/** @type {RealtimeError} */ error) => this.#dispatch.report(error);

  #assertUsable = () => {
    if (this.#destroyed) throw new RealtimeError('CLIENT_DESTROYED', 'the client was destroyed');
  };
}

export { CoreClient, extend };
