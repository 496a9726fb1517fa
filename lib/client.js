/**
 * RealtimeClient: the documented API. It validates its arguments, keeps the listeners, and passes
 * everything else to an engine, which owns the connection and the subscriptions.
 *
 * Parts that not every program uses are loaded and created on first use: the time from `require` to
 * the first event is mostly spent on reading files.
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
import { Rest } from './requests/rest.js';
import { SocketClient } from './socket/client.js';
import { SyncClient } from './sync/client.js';
import { DocumentSubscriptions } from './sync/document-subscriptions.js';

/** @import { RealtimeClientOptions, RealtimeStats, SubscribeOptions } from '../index.js' */

/** The names that listeners can have. */
const NAMES = {
  names: ['event', 'connection', 'gap', 'slow', 'error'],
  prefix: 'event:',
  key: 'topic',
  parseKey: values.topic,
};

/** @type {readonly string[]} */
const NO_TOKENS = [];

class RealtimeClient {
  #config;
  #engine;
  #connection = new Connection();
  #listeners;
  #dispatch;
  #redaction;
  #destroyed = false;
  /** @type {TokenProvider | undefined} */
  #tokens;
  /** @type {Rest | undefined} */
  #rest;
  /** @type {DocumentSubscriptions | undefined} */
  #documents;
  /** @type {SyncClient | undefined} */
  #sync;
  /** @type {SocketClient | undefined} */
  #socketClient;

  /** @param {RealtimeClientOptions} options */
  constructor(options) {
    const parsed = parseOptions(options);
    const { autoConnect, config } = parsed;
    const engine = callEngine(() => createEngine(config, () => this.#dispatch.onReady()));
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
    if (autoConnect) this.connect();
  }

  get state() {
    return this.#connection.state;
  }

  get connected() {
    return this.state === 'connected';
  }

  get sync() {
    if (this.#sync === undefined) {
      this.#documents = new DocumentSubscriptions(this, this.#report);
      this.#documents.register(this.#dispatch);
      this.#sync = new SyncClient(this.#requests(), this.#documents);
    }
    return this.#sync;
  }

  get socketClient() {
    if (this.#socketClient === undefined) {
      this.#socketClient = new SocketClient({
        client: this,
        engine: this.#engine,
        rest: this.#requests(),
        dispatch: this.#dispatch,
        protocol: this.#config.protocol,
        assertUsable: this.#assertUsable,
        report: this.#report,
      });
      this.#socketClient.register(this.#dispatch);
      if (this.#destroyed) this.#socketClient.destroy();
    }
    return this.#socketClient;
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
    this.#socketClient?.disconnected();
  }

  destroy() {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#dispatch.close();
    this.#documents?.destroy();
    this.#rest?.destroy();
    this.#socketClient?.destroy();
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
      throw invalidArgument('subscriptionId', "the string that subscribe() returned, such as 'sub_1'", subscriptionId);
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

  #requests() {
    if (this.#rest === undefined) {
      this.#rest = new Rest(this.#config, this.#redaction, this.#tokens);
      if (this.#destroyed) this.#rest.destroy();
    }
    return this.#rest;
  }

  #assertUsable = () => {
    if (this.#destroyed) throw new RealtimeError('CLIENT_DESTROYED', 'the client was destroyed');
  };
}

export { RealtimeClient };
