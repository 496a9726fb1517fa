/**
 * CoreClient: connection, subscriptions and listeners. It validates its arguments, keeps the
 * listeners, and passes everything else to an engine, which owns the connection and the
 * subscriptions.
 *
 * `RealtimeClient` adds documents and messaging. The entry `core` exports this class without them.
 */

import { createEngine } from '#engine';
import { TokenProvider } from './auth/token-provider.js';
import { callEngine, invalidArgument, RealtimeError } from './errors/errors.js';
import { Connection } from './events/connection.js';
import { Dispatch } from './events/dispatch.js';
import { Listeners } from './events/listeners.js';
import { asyncDispose, inspectCustom } from './host/symbols.js';
import { parseOptions } from './options/client.js';
import { parseSubscription } from './options/subscription.js';
import * as values from './options/values.js';
import { own } from './own.js';
import { Redaction } from './redaction/redaction.js';

/** @import { RealtimeClientOptions, RealtimeStats, SubscribeOptions } from '../index.js' */
/** @import { Engine, EngineConfig } from './engines/engine.js' */

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
  #destroyed = false;
  /** @type {TokenProvider | undefined} */
  #tokens;
  /** @type {(() => string) | undefined} */
  #recording;
  /** @type {Extension | undefined} */
  #extension;

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
      };
    };
  }

  /**
   * @param {RealtimeClientOptions} options
   * @param {object} [features] of the engine, for a class that extends it
   */
  constructor(options, features) {
    const parsed = parseOptions(options);
    const { autoConnect, config } = parsed;
    const create = () => createEngine(config, (time) => this.#dispatch.onReady(time), features);
    const engine = callEngine(create, 'RealtimeClient(): ');
    this.#config = config;
    this.#engine = engine;
    this.#redaction = new Redaction(config, () => this.#tokens?.recent ?? NO_TOKENS);
    this.#listeners = new Listeners(NAMES, (name, wanted, topic) => {
      if (topic !== undefined || name === 'event') engine.listen(topic ?? null, wanted);
    });
    this.#dispatch = new Dispatch({
      engine,
      listeners: this.#listeners,
      redaction: this.#redaction,
      receiver: this,
    });
    this.#dispatch.register('connection', (notice) => this.#connection.receive(notice));
    const ask = own(parsed, 'ask');
    if (ask !== undefined) {
      const tokens = new TokenProvider({ ask, timeout: config.connectTimeout, engine, report: this.#report });
      this.#dispatch.register('token', (notice) => tokens.serve(notice));
      this.#tokens = tokens;
    }
    const { record } = config;
    if (record) this.#recording = record.recorder.attach(config, engine, this.#dispatch, this.#redaction);
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
    this.#dispatch.close();
    this.#extension?.destroy();
    this.#listeners.close();
    this.#engine.destroy();
    this.#connection.close();
  }

  async [asyncDispose]() {
    this.disconnect();
    if (!this.#destroyed) await this.#connection.settled();
    this.destroy();
  }

  /** @param {SubscribeOptions} options */
  subscribe(options) {
    this.#assertUsable();
    const { topic, filter, returnMode } = parseSubscription(options);
    return callEngine(() => this.#engine.subscribe(topic, filter, returnMode));
  }

  /** @param {string} subscriptionId */
  unsubscribe(subscriptionId) {
    if (typeof subscriptionId !== 'string')
      throw invalidArgument(
        'RealtimeClient.unsubscribe(): subscriptionId',
        "the string that subscribe() returned, such as 'sub_1'",
        subscriptionId,
      );
    if (this.#engine.unsubscribe(subscriptionId)) this.#dispatch.subscriptionsChanged();
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  on(event, handler) {
    this.#assertUsable();
    this.#listeners.add(event, handler, false);
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  once(event, handler) {
    this.#assertUsable();
    this.#listeners.add(event, handler, true);
  }

  /** @param {string} event @param {(data: any) => unknown} handler */
  off(event, handler) {
    this.#listeners.remove(event, handler);
  }

  /** @returns {RealtimeStats} */
  stats() {
    return { ...this.#engine.stats() };
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

  #report = (/** @type {RealtimeError} */ error) => this.#dispatch.report(error);

  #assertUsable = () => {
    if (this.#destroyed) throw new RealtimeError('CLIENT_DESTROYED', 'the client was destroyed');
  };
}

export { CoreClient, extend };
