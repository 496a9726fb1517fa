/** The platform: puts the rooms together and is what its user holds. */

import { Tokens } from './auth.js';
import { Broker } from './broker.js';
import { Faults } from './faults.js';
import { Listener } from './listener.js';
import { parseOptions } from './options.js';
import { createRest } from './rest.js';
import { SocketIoWire } from './socket-io.js';
import { PATHS } from './vocabulary.js';
import { WebSocketWire } from './websocket.js';

/** Starts a platform in this process; resolves when it listens. */
export async function startLocalPlatform(options = {}) {
  const platform = new LocalPlatform(parseOptions(options));
  await platform.faults.comeBack();
  return platform;
}

class LocalPlatform {
  #prefix;
  #tokens;
  #broker = new Broker();
  #listener;
  #socketIo;
  #closing;

  constructor(options) {
    this.#prefix = options.prefix;
    this.#tokens = new Tokens(options);
    this.#listener = new Listener(options);
    this.#socketIo = new SocketIoWire(this.#broker, this.#tokens, options);
    this.#listener.serve(createRest(this.#broker, this.#tokens, options), {
      [options.prefix + PATHS.socketIo]: this.#socketIo,
      [options.prefix + PATHS.webSocket]: new WebSocketWire(this.#broker, this.#tokens, options),
    });
    this.faults = new Faults({
      broker: this.#broker,
      listener: this.#listener,
      dropPolling: () => this.#socketIo.dropPolling(),
    });
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

  token(options) {
    return this.#tokens.issue(options);
  }

  publish(event) {
    return this.#broker.publish(event);
  }

  until(condition) {
    return this.#broker.until(() => condition(this));
  }

  subscribed(topic, count = 1) {
    return this.#broker.until(() => this.#broker.countSubscriptions(topic) >= count);
  }

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
    await this.faults.goAway();
    await this.#socketIo.close();
    this.#broker.abandon(new Error('The local platform was closed.'));
  }
}
