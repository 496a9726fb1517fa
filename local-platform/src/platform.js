/** The platform: creates the parts, connects them, and is the object that a test holds. */

import { inMethod, kindOf, refusedBy, requireOptions } from './arguments.js';
import { Tokens } from './auth/tokens.js';
import { Broker } from './broker/broker.js';
import { requireTopic } from './broker/topics.js';
import { requireChannel } from './channels/names.js';
import { Database } from './database/database.js';
import { createDatabaseRoutes } from './database/routes.js';
import { createAccess } from './documents/access.js';
import { MemoryStore } from './documents/memory.js';
import { createDocumentRoutes } from './documents/routes.js';
import { Documents } from './documents/service.js';
import { SqliteStore } from './documents/sqlite.js';
import { invalid } from './error.js';
import { Faults } from './faults.js';
import { Listener } from './http/listener.js';
import { createRest } from './http/rest.js';
import { LocalRoutes } from './local/routes.js';
import { toLine } from './log/line.js';
import { parseOptions } from './options.js';
import { createSchemaRoutes } from './schemas/routes.js';
import { Schemas } from './schemas/schemas.js';
import { parseSeed } from './seed/parse.js';
import { Seed } from './seed/seed.js';
import { SocketIoGateway } from './sockets/socket-io.js';
import { WebSocketGateway } from './sockets/websocket.js';
import { TopicRegistry } from './topics/registry.js';
import { createTopicRoutes } from './topics/routes.js';
import { PATHS } from './vocabulary.js';
import { withDeadline } from './waiting/deadline.js';
import { Idle } from './waiting/idle.js';
import { OpenClients } from './waiting/open-clients.js';
import { parseCount, parseWait } from './waiting/options.js';
import { OwnClients } from './waiting/own-clients.js';
import { counted, duration, namesInUse, nearMisses, situation } from './waiting/report.js';
import { createWebhookRoutes } from './webhooks/routes.js';
import { Webhooks } from './webhooks/webhooks.js';

/**
 * @import { CloseOptions, LocalConnection, LocalPlatform as PublicPlatform, LocalPlatformOptions,
 *   LocalSeed, PartialEvent, TokenOptions, WaitOptions } from '../index.js'
 */
/** @typedef {WaitOptions & { count?: number }} CountOptions */
/** @import { ActivityRecord } from './activity.js' */
/** @import { DocumentStore } from './documents/memory.js' */
/** @import { Cluster } from './cluster/cluster.js' */
/** @import { Options, RedisOptions } from './options.js' */

/**
 * Starts a platform in this process. Resolves when it listens.
 *
 * @param {LocalPlatformOptions} [options]
 */
export async function startLocalPlatform(options) {
  try {
    return await start(parseOptions(options));
  } catch (error) {
    throw refusedBy('startLocalPlatform()', error);
  }
}

/**
 * The same for the command line, which reads the records of the activity themselves.
 *
 * @param {Options} options
 * @param {((record: ActivityRecord) => void)[]} watchers
 */
export async function start(options, watchers = []) {
  const seed = parseSeed(options.seed);
  const store = await openStore(options);
  const platform = new LocalPlatform(options, store);
  try {
    if (options.redis) await platform.connect({ ...options, redis: options.redis });
    await platform.open(seed, options.log ? [...watchers, lineTo(options.log)] : watchers);
  } catch (error) {
    await platform.close();
    throw error;
  }
  return platform;
}

/** @param {Options} options @returns {Promise<DocumentStore>} */
async function openStore({ data, documents, applicationId }) {
  if (documents !== undefined) {
    const { PostgresStore } = await import('./documents/postgres.js');
    return PostgresStore.open(documents, applicationId);
  }
  return data === undefined ? new MemoryStore() : SqliteStore.open(data);
}

/**
 * Writes records to a log. A log that fails must not fail what it reports.
 *
 * @param {(line: string) => void} log
 * @returns {(record: ActivityRecord) => void}
 */
const lineTo = (log) => (record) => {
  try {
    log(toLine(record));
  } catch (error) {
    console.error(error);
  }
};

/** @implements {PublicPlatform} */
class LocalPlatform {
  #prefix;
  #tokens;
  #ownClients = new OwnClients();
  #broker = new Broker(this.#ownClients);
  #documents;
  #listener;
  #socketIo;
  #local;
  #waitTimeout;
  #seed;
  /** @type {Cluster | undefined} */
  #cluster;
  /** @type {Promise<LocalConnection[]> | undefined} */
  #closing;

  /** @param {Options} options @param {DocumentStore} store */
  constructor(options, store) {
    this.#prefix = options.prefix;
    this.#waitTimeout = options.waitTimeout;
    this.#tokens = new Tokens(options);
    this.#documents = new Documents(store, this.#broker, this.#broker.activity, options);
    this.#listener = new Listener(options, this.#broker.refusals);
    this.#socketIo = new SocketIoGateway(this.#broker, this.#tokens, options);
    this.webhooks = new Webhooks(this.#broker, options);
    this.database = new Database(this.#broker, options);
    const { applicationId } = options;
    this.schemas = new Schemas(this.#broker, (topic) => this.topics.has(topic));
    this.topics = new TopicRegistry(this.#broker, this.schemas, { applicationId });
    this.#broker.checkPayload = (event) => this.schemas.check(event);
    this.#seed = new Seed({
      broker: this.#broker,
      documents: this.#documents,
      webhooks: this.webhooks,
      topics: this.topics,
      schemas: this.schemas,
      applicationId,
    });
    const rooms = {
      '/sync': createDocumentRoutes(this.#documents),
      '/webhooks': createWebhookRoutes(this.webhooks),
      '/topics': createTopicRoutes(this.topics),
      '/schemas': createSchemaRoutes(this.schemas),
      '/database': createDatabaseRoutes(this.database),
    };
    this.faults = new Faults({ broker: this.#broker, listener: this.#listener, socketIo: this.#socketIo });
    const { schemas, webhooks, faults } = this;
    const parts = { broker: this.#broker, tokens: this.#tokens, documents: this.#documents, schemas, webhooks, faults };
    this.#local = new LocalRoutes(parts);
    const rest = createRest(this.#broker, this.#tokens, options, rooms, this.#local.router(options));
    this.#listener.serve(rest, {
      [options.prefix + PATHS.socketIo]: this.#socketIo,
      [options.prefix + PATHS.webSocket]: new WebSocketGateway(this.#broker, this.#tokens, options),
    });
    this.documents = createAccess(this.#documents);
    this.#ownClients.open();
  }

  get url() {
    return this.#listener.origin + this.#prefix;
  }

  get port() {
    return this.#listener.port;
  }

  get connections() {
    return this.#broker.connections.all.map((connection) => connection.describe());
  }

  /** Connects with the other processes. @param {Options & { redis: RedisOptions }} options */
  async connect({ redis, applicationId }) {
    // Loaded on demand: most platforms are alone.
    const { openCluster } = await import('./cluster/open.js');
    this.#cluster = await openCluster(this.#broker, { ...redis, applicationId });
  }

  /**
   * Listens for the first time.
   *
   * @param {Required<LocalSeed>} seed
   * @param {((record: ActivityRecord) => void)[]} watchers
   */
  async open(seed, watchers) {
    await this.#seed.plant(seed);
    // Only now: what was planted is no news to its author.
    for (const watcher of watchers) this.#broker.activity.watch(watcher);
    if (this.#cluster) {
      this.#broker.cluster = this.#cluster;
      this.#local.join(this.#cluster);
      await this.#socketIo.join(this.#cluster);
      await this.#cluster.open();
    }
    // The first client finds the changes on their way.
    await this.database.start();
    await this.#listener.open();
    this.#seed.start(seed.samples);
  }

  /** @param {TokenOptions} [options] */
  token(options) {
    return inMethod('LocalPlatform.token()', () => this.#tokens.issue(options));
  }

  /** @param {PartialEvent} event */
  publish(event) {
    return inMethod('LocalPlatform.publish()', () => this.#broker.publish(event));
  }

  /** @param {(platform: PublicPlatform) => boolean} condition @param {WaitOptions} [options] */
  until(condition, options) {
    return withDeadline({
      method: 'LocalPlatform.until()',
      caller: this.until,
      parse: () => {
        if (typeof condition === 'function') return parseWait(options, this.#waitTimeout);
        throw invalid(`condition: expected a function, got ${kindOf(condition)}.`);
      },
      run: (signal) => this.#broker.until(() => condition(this), signal),
      explain: ({ timeout }) => [`the condition did not hold within ${duration(timeout)}.`, ...this.#situation()],
    });
  }

  /**
   * @param {string} topic
   * @param {number | CountOptions} [count]
   * @param {WaitOptions} [options]
   */
  subscribed(topic, count, options) {
    return withDeadline({
      method: 'LocalPlatform.subscribed()',
      caller: this.subscribed,
      parse: () => {
        requireTopic(topic);
        return parseCount(count, options, this.#waitTimeout);
      },
      run: (signal, { count }) =>
        this.#broker.until(() => this.#broker.connections.countSubscriptions(topic) >= count, signal),
      explain: ({ count, timeout }) => [
        `'${topic}' had ${this.#broker.connections.countSubscriptions(topic)} of ${counted(count, 'subscription')} after ${duration(timeout)}.`,
        ...nearMisses(topic, namesInUse(this.connections), 'topics'),
        ...this.#situation(),
      ],
    });
  }

  /**
   * @param {string} channel
   * @param {number | CountOptions} [count]
   * @param {WaitOptions} [options]
   */
  joined(channel, count, options) {
    return withDeadline({
      method: 'LocalPlatform.joined()',
      caller: this.joined,
      parse: () => {
        requireChannel(channel);
        return parseCount(count, options, this.#waitTimeout);
      },
      run: (signal, { count }) => this.#broker.until(() => this.#broker.channels.countLive(channel) >= count, signal),
      explain: ({ count, timeout }) => [
        `'${channel}' had ${this.#broker.channels.countLive(channel)} of ${counted(count, 'member')} after ${duration(timeout)}.`,
        ...nearMisses(channel, namesInUse(this.connections), 'channels'),
        ...this.#situation(),
      ],
    });
  }

  /** @param {WaitOptions} [options] */
  idle(options) {
    const idle = new Idle(this.#broker, this.#ownClients);
    return withDeadline({
      method: 'LocalPlatform.idle()',
      caller: this.idle,
      parse: () => parseWait(options, this.#waitTimeout),
      run: (signal) => idle.run(signal),
      explain: ({ timeout }) => [
        `the clients were not idle within ${duration(timeout)}.`,
        ...idle.explain(),
        ...this.#situation(),
      ],
    });
  }

  /** @param {CloseOptions} [options] */
  async close(options) {
    const { report = false } = inMethod('LocalPlatform.close()', () =>
      requireOptions(options, ['report'], '{ report: true }'),
    );
    if (this.#closing) return this.#closing;
    const openClients = new OpenClients(this.#broker, this.#ownClients);
    this.#closing = (async () => {
      const open = report ? await openClients.find() : this.connections;
      if (report) openClients.warn();
      await this.#shutDown();
      return open;
    })();
    return this.#closing;
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }

  async #shutDown() {
    this.#seed.close();
    this.#local.close();
    await this.database.close();
    await this.webhooks.close();
    await this.faults.close();
    await this.#socketIo.close();
    await this.#documents.close();
    await this.#cluster?.close();
    this.#ownClients.close();
    this.#broker.abandon(new Error('The local platform was closed.'));
  }

  #situation() {
    return situation(this.#broker, this.#listener.isListening);
  }
}
