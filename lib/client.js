'use strict';

/**
 * RealtimeClient: the documented surface. It checks what it is given, keeps the listeners, and hands everything else to
 * the engine, which owns the connection, the subscriptions and the requests on a thread of its own.
 *
 * What not every program uses is loaded and made when it is asked for: the time from `require` to the first event is mostly
 * that of reading files.
 */

const { inspect } = require('node:util');

const { Connection } = require('./connection.js');
const { Dispatch } = require('./dispatch.js');
const { RealtimeError, enter, invalidArgument } = require('./errors.js');
const { Listeners } = require('./listeners.js');
const { Engine } = require('./engines/native/addon.js');
const { engineConfig, parseOptions } = require('./options.js');
const { own } = require('./own.js');
const { Redaction } = require('./redaction/redaction.js');
const { parseSubscription } = require('./subscription.js');
const { Line } = require('./engines/native/wake-queue.js');
const { asyncDispose } = require('./symbols.js');
const values = require('./values.js');

/** @import { RealtimeClientOptions, RealtimeStats, SubscribeOptions } from '../index.js' */
/** @import { Engine as EngineInterface } from './engines/native/abi.js' */
/** @import { Rest } from './rest.js' */
/** @import { SocketClient } from './socket/client.js' */
/** @import { SyncClient } from './sync/client.js' */
/** @import { TokenProvider } from './token-provider.js' */

/** What can be listened to. */
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
  #line;
  /** @type {EngineInterface} */
  #engine;
  #connection;
  #listeners;
  #dispatch;
  #redaction;
  #destroyed = false;
  /** @type {TokenProvider | undefined} */
  #tokens;
  /** @type {Rest | undefined} */
  #rest;
  /** @type {SyncClient | undefined} */
  #sync;
  /** @type {SocketClient | undefined} */
  #socketClient;

  /** @param {RealtimeClientOptions} options */
  constructor(options) {
    const parsed = parseOptions(options);
    const { autoConnect, config } = parsed;
    /** @type {import('../index.js').TokenProvider | undefined} */
    const ask = own(parsed, 'ask');
    this.#config = config;
    this.#redaction = new Redaction(config, () => this.#tokens?.recent ?? NO_TOKENS);
    this.#line = new Line(
      (number) => enter(() => new Engine(engineConfig(config), number)),
      () => this.#dispatch.ring(),
    );
    this.#engine = this.#line.engine;
    const engine = this.#engine;
    if (autoConnect) this.#dial();

    this.#connection = new Connection();
    if (autoConnect) this.#connection.command('connecting');
    this.#listeners = new Listeners(NAMES, (name, wanted, topic) => {
      if (topic !== undefined || name === 'event') engine.listen(topic ?? null, wanted);
    });
    if (ask) {
      const { TokenProvider } = require('./token-provider.js');
      this.#tokens = new TokenProvider({ ask, timeout: config.connectTimeout, engine, report: this.#report });
    }
    this.#dispatch = new Dispatch({
      engine,
      listeners: this.#listeners,
      connection: this.#connection,
      tokens: this.#tokens,
      redaction: this.#redaction,
      receiver: this,
    });
  }

  get state() {
    return this.#connection.state;
  }

  get connected() {
    return this.state === 'connected';
  }

  get sync() {
    if (this.#sync === undefined) {
      const { SyncClient } = require('./sync/client.js');
      const { Feeds } = require('./sync/feeds.js');
      this.#dispatch.feeds = new Feeds(this, this.#report);
      this.#sync = new SyncClient(this.#requests(), this.#dispatch.feeds);
    }
    return this.#sync;
  }

  get socketClient() {
    if (this.#socketClient === undefined) {
      const { SocketClient } = require('./socket/client.js');
      this.#socketClient = new SocketClient({
        client: this,
        line: this.#line,
        rest: this.#requests(),
        dispatch: this.#dispatch,
        protocol: this.#config.protocol,
        report: this.#report,
      });
      this.#dispatch.socketClient = this.#socketClient;
      if (this.#destroyed) this.#socketClient.destroy();
    }
    return this.#socketClient;
  }

  connect() {
    this.#assertUsable();
    if (this.state !== 'disconnected') return;
    this.#dial();
    this.#connection.command('connecting');
  }

  disconnect() {
    if (this.state === 'disconnected') return;
    this.#engine.disconnect();
    this.#connection.command('disconnected');
    this.#dispatch.skip();
    this.#socketClient?.disconnected();
  }

  destroy() {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#dispatch.close();
    this.#dispatch.feeds?.destroy();
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
    this.#line.hold(true);
    return this;
  }

  unref() {
    this.#line.hold(false);
    return this;
  }

  /** What console.log shows: never the token. */
  [inspect.custom]() {
    return `RealtimeClient { url: '${this.#config.url}', state: '${this.state}', subscriptions: ${this.stats().subscriptions} }`;
  }

  #report = (/** @type {RealtimeError} */ error) => this.#dispatch.report(error);

  #dial() {
    enter(() => this.#line.call((engine, board) => engine.connect(board)));
  }

  #requests() {
    if (this.#rest === undefined) {
      const { Rest } = require('./rest.js');
      this.#rest = new Rest(this.#config, this.#redaction, this.#tokens);
      if (this.#destroyed) this.#rest.destroy();
    }
    return this.#rest;
  }

  #assertUsable() {
    if (this.#destroyed) throw new RealtimeError('CLIENT_DESTROYED', 'the client was destroyed');
  }
}

exports.RealtimeClient = RealtimeClient;
