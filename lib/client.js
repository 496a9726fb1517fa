'use strict';

/**
 * RealtimeClient: the documented surface. It checks what it is given, keeps the listeners, and hands everything else to
 * the engine, which owns the connection, the subscriptions and the requests on a thread of its own.
 */

const { inspect } = require('node:util');

const { Connection } = require('./connection.js');
const { Dispatch } = require('./dispatch.js');
const { RealtimeError, enter, invalidArgument } = require('./errors.js');
const { Listeners } = require('./listeners.js');
const { Engine } = require('./native.js');
const { parseOptions } = require('./options.js');
const { Rest } = require('./rest.js');
const { SocketClient } = require('./socket/client.js');
const { parseSubscription } = require('./subscription.js');
const { asyncDispose } = require('./symbols.js');
const { SyncClient } = require('./sync/client.js');
const { Feeds } = require('./sync/feeds.js');
const { TokenProvider } = require('./token-provider.js');
const values = require('./values.js');

/** @import { RealtimeClientOptions, RealtimeStats, SubscribeOptions } from '../index.js' */
/** @import { Engine as EngineInterface } from './engine.js' */

/** What can be listened to. */
const NAMES = {
  names: ['event', 'connection', 'gap', 'slow', 'error'],
  prefix: 'event:',
  key: 'topic',
  parseKey: values.topic,
};

class RealtimeClient {
  #url;
  /** @type {EngineInterface} */
  #engine;
  #connection = new Connection();
  #listeners = new Listeners(NAMES, (name, wanted, topic) => {
    if (topic !== undefined || name === 'event') this.#engine.listen(topic ?? null, wanted);
  });
  #dispatch;
  #destroyed = false;
  #rest;
  #feeds = new Feeds(this, (error) => this.#dispatch.report(error));
  #sync;
  #socketClient;

  /** @param {RealtimeClientOptions} options */
  constructor(options) {
    const { autoConnect, config, ask } = parseOptions(options);
    this.#url = config.url;
    this.#engine = enter(() => new Engine(config));
    const engine = this.#engine;
    /** @param {RealtimeError} error */
    const report = (error) => this.#dispatch.report(error);
    const tokens = ask && new TokenProvider({ ask, timeout: config.connectTimeout, engine, report });
    this.#rest = new Rest(config, tokens);
    this.#sync = new SyncClient(this.#rest, this.#feeds);
    this.#socketClient = new SocketClient({
      client: this,
      engine,
      rest: this.#rest,
      dispatch: { ring: () => this.#dispatch.ring(), recheck: () => this.#dispatch.recheck() },
      protocol: config.protocol,
      report,
    });
    this.#dispatch = new Dispatch({
      engine,
      listeners: this.#listeners,
      connection: this.#connection,
      feeds: this.#feeds,
      socketClient: this.#socketClient,
      tokens,
      receiver: this,
    });
    if (autoConnect) this.connect();
  }

  get state() {
    return this.#connection.state;
  }

  get connected() {
    return this.state === 'connected';
  }

  get sync() {
    return this.#sync;
  }

  get socketClient() {
    return this.#socketClient;
  }

  connect() {
    this.#assertUsable();
    if (this.state !== 'disconnected') return;
    enter(() => this.#engine.connect(this.#dispatch.ring));
    this.#connection.command('connecting');
  }

  disconnect() {
    if (this.state === 'disconnected') return;
    this.#engine.disconnect();
    this.#connection.command('disconnected');
    this.#dispatch.skip();
  }

  destroy() {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#dispatch.close();
    this.#feeds.destroy();
    this.#rest.destroy();
    this.#socketClient.destroy();
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
    return enter(() => this.#engine.subscribe(topic, filter, returnMode));
  }

  /** @param {string} subscriptionId */
  unsubscribe(subscriptionId) {
    if (typeof subscriptionId !== 'string')
      throw invalidArgument('subscriptionId', "the string that subscribe() returned, such as 'sub_1'", subscriptionId);
    if (this.#engine.unsubscribe(subscriptionId)) this.#dispatch.recheck();
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

  /** What console.log shows: never the token. */
  [inspect.custom]() {
    return `RealtimeClient { url: '${this.#url}', state: '${this.state}', subscriptions: ${this.stats().subscriptions} }`;
  }

  #assertUsable() {
    if (this.#destroyed) throw new RealtimeError('CLIENT_DESTROYED', 'the client was destroyed');
  }
}

exports.RealtimeClient = RealtimeClient;
