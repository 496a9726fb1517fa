/** The platform: creates the parts, connects them, and is the object that a test holds. */

import { Tokens } from './auth/tokens.js';
import { Broker } from './broker/broker.js';
import { createAccess } from './documents/access.js';
import { MemoryStore } from './documents/memory.js';
import { createDocumentRoutes } from './documents/routes.js';
import { Documents } from './documents/service.js';
import { SqliteStore } from './documents/sqlite.js';
import { Faults } from './faults.js';
import { Listener } from './http/listener.js';
import { createRest } from './http/rest.js';
import { parseOptions } from './options.js';
import { SocketIoGateway } from './sockets/socket-io.js';
import { WebSocketGateway } from './sockets/websocket.js';
import { PATHS } from './vocabulary.js';
import { createWebhookRoutes } from './webhooks/routes.js';
import { Webhooks } from './webhooks/webhooks.js';

/**
 * @import { LocalPlatform as PublicPlatform, LocalPlatformOptions, PartialEvent, TokenOptions }
 *   from '../index.js'
 */
/** @import { DocumentStore } from './documents/memory.js' */
/** @import { Options } from './options.js' */

/**
 * Starts a platform in this process. Resolves when it listens.
 *
 * @param {LocalPlatformOptions} [options]
 */
export async function startLocalPlatform(options = {}) {
  const parsed = parseOptions(options);
  const store = parsed.data === undefined ? new MemoryStore() : await SqliteStore.open(parsed.data);
  const platform = new LocalPlatform(parsed, store);
  try {
    await platform.faults.comeBack();
  } catch (error) {
    await platform.close();
    throw error;
  }
  return platform;
}

/** @implements {PublicPlatform} */
class LocalPlatform {
  #prefix;
  #tokens;
  #broker = new Broker();
  #documents;
  #listener;
  #socketIo;
  /** @type {Promise<void> | undefined} */
  #closing;

  /** @param {Options} options @param {DocumentStore} store */
  constructor(options, store) {
    this.#prefix = options.prefix;
    this.#tokens = new Tokens(options);
    this.#documents = new Documents(store, (event) => this.#broker.publish(event), options);
    this.#listener = new Listener(options);
    this.#socketIo = new SocketIoGateway(this.#broker, this.#tokens, options);
    this.webhooks = new Webhooks(this.#broker, options);
    const rooms = { '/sync': createDocumentRoutes(this.#documents), '/webhooks': createWebhookRoutes(this.webhooks) };
    this.#listener.serve(createRest(this.#broker, this.#tokens, options, rooms), {
      [options.prefix + PATHS.socketIo]: this.#socketIo,
      [options.prefix + PATHS.webSocket]: new WebSocketGateway(this.#broker, this.#tokens, options),
    });
    this.documents = createAccess(this.#documents);
    this.faults = new Faults({ broker: this.#broker, listener: this.#listener, socketIo: this.#socketIo });
  }

  get url() {
    return this.#listener.origin + this.#prefix;
  }

  get port() {
    return this.#listener.port;
  }

  get connections() {
    return this.#broker.connections.map((connection) => connection.describe());
  }

  /** @param {TokenOptions} [options] */
  token(options) {
    return this.#tokens.issue(options);
  }

  /** @param {PartialEvent} event */
  publish(event) {
    return this.#broker.publish(event);
  }

  /** @param {(platform: PublicPlatform) => boolean} condition */
  until(condition) {
    return this.#broker.until(() => condition(this));
  }

  /** @param {string} topic */
  subscribed(topic, count = 1) {
    return this.#broker.until(() => this.#broker.countSubscriptions(topic) >= count);
  }

  /** @param {string} channel */
  joined(channel, count = 1) {
    return this.#broker.until(() => this.#broker.channels.countOpen(channel) >= count);
  }

  close() {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  async #shutDown() {
    await this.webhooks.close();
    await this.faults.goAway();
    await this.#socketIo.close();
    this.#documents.close();
    this.#broker.abandon(new Error('The local platform was closed.'));
  }
}
