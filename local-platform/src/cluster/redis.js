/**
 * The connection to Redis: opens it, opens it again when it is lost, and says in plain words what
 * is wrong. The address is shown without its password.
 */

import { setTimeout } from 'node:timers';
import { invalid } from '../error.js';
import { placeOf } from './address.js';

/** @import { RedisClientType } from 'redis' */

/** @typedef {RedisClientType<{}, {}, {}, 2, {}>} Client */

const CONNECT_TIMEOUT = 5_000;
/** Longest delay between two attempts to connect, in ms. */
const MAX_RETRY_DELAY = 500;
/** A connection without any answer for this long is dead, in ms. Longer than any read may block. */
const SOCKET_TIMEOUT = 15_000;

/** The reason of a connection that was there. */
const LOST = /^The connection to /;

export class Redis {
  #url;
  #place;
  /** @type {Client[]} */
  #clients = [];
  /** Clients that Redis lets in. @type {Set<Client>} */
  #usable = new Set();
  #opened = false;
  /** @type {string | undefined} */
  #lost;
  /** The reason that the log has. @type {string | undefined} */
  #reported;
  #closed = false;
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /**
   * Called with a reason when the connection is lost, and without one when it is back.
   *
   * @type {(reason?: string) => void}
   */
  onChange = () => {};

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
    this.#place = placeOf(url);
  }

  /** For errors and log lines. */
  get place() {
    return this.#place;
  }

  /** Why there is no connection at this moment. */
  get lost() {
    return this.#lost;
  }

  /** The client for commands. */
  get commands() {
    return this.#clients[0];
  }

  /** The client for reads that block. */
  get reads() {
    return this.#clients[1];
  }

  /** @throws {PlatformError} saying what to do */
  async open() {
    // Loaded on demand: most platforms are alone.
    const { createClient } = await import('redis');
    try {
      for (let count = 0; count < 2; count += 1) {
        const client = /** @type {Client} */ (/** @type {unknown} */ (createClient(this.#settings())));
        this.#clients.push(client);
        client.on('error', (error) => {
          this.#usable.delete(client);
          this.#lose(error);
        });
        client.on('ready', () => this.#opened && this.#check(client));
        await client.connect();
        // A Redis that wants a password says so with the first command.
        await client.ping();
        this.#usable.add(client);
      }
      this.#opened = true;
    } catch (error) {
      this.close();
      throw invalid(`options.redis: ${this.#explain(error)}`);
    }
  }

  /** Resolves when both connections are ready, or this is closed. @returns {Promise<void>} */
  ready() {
    if (this.#closed || this.isReady) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
    });
  }

  /** Redis refused to write. @param {unknown} error */
  refuse(error) {
    this.#lose(error);
  }

  /** Redis wrote something. */
  accept() {
    if (this.#lost !== undefined) this.#regain();
  }

  close() {
    this.#closed = true;
    for (const client of this.#clients) if (client.isOpen) client.destroy();
    this.#release();
  }

  /** Whether both connections can be used. */
  get isReady() {
    return this.#usable.size === 2;
  }

  #settings() {
    const { protocol, pathname } = new URL(this.#url);
    const common = {
      connectTimeout: CONNECT_TIMEOUT,
      socketTimeout: SOCKET_TIMEOUT,
      // The first attempt fails at once, so that the user who starts the platform reads why.
      reconnectStrategy: (/** @type {number} */ retries) =>
        this.#opened && !this.#closed && Math.min(50 * 2 ** Math.min(retries, 6), MAX_RETRY_DELAY),
    };
    const settings = { RESP: /** @type {const} */ (2), disableOfflineQueue: true, pingInterval: SOCKET_TIMEOUT / 3 };
    return protocol === 'unix:'
      ? { ...settings, socket: { ...common, path: decodeURIComponent(pathname), tls: /** @type {const} */ (false) } }
      : { ...settings, url: this.#url, socket: common };
  }

  /**
   * A connection that is there may still be one that Redis does not let in.
   *
   * @param {Client} client
   */
  async #check(client) {
    try {
      await client.ping();
      this.#usable.add(client);
      this.#regain();
    } catch (error) {
      this.#lose(error);
      // Without a connection, the client opens another one, which is checked in turn.
      setTimeout(() => client.isReady && !this.#closed && this.#check(client), MAX_RETRY_DELAY).unref();
    }
  }

  /** @param {unknown} error */
  #lose(error) {
    if (!this.#opened || this.#closed) return;
    const reason = this.#explain(error);
    const isFirst = this.#lost === undefined;
    // What keeps a connection from coming back is more useful than that it was lost again.
    if (isFirst || !LOST.test(reason)) this.#lost = reason;
    if (this.#lost === this.#reported) return;
    this.#reported = this.#lost;
    this.onChange(reason);
  }

  #regain() {
    if (!this.isReady) return;
    const wasLost = this.#lost !== undefined;
    this.#lost = undefined;
    this.#reported = undefined;
    this.#release();
    if (wasLost) this.onChange();
  }

  #release() {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** What happened and what to do, without the password. @param {unknown} error */
  #explain(error) {
    const { errors, replies = errors } = /** @type {{ errors?: unknown, replies?: unknown }} */ (error ?? {});
    // Of several attempts or commands, the first one that failed.
    const first = Array.isArray(replies) ? (replies.find((reply) => reply instanceof Error) ?? error) : error;
    const { code, message = String(first) } = /** @type {NodeJS.ErrnoException} */ (first ?? {});
    const redis = `Redis at ${this.#place}`;
    if (/^(WRONGPASS|NOAUTH|ERR AUTH)/.test(message)) {
      return `${redis} refuses the password. The address has it: redis://:PASSWORD@HOST:PORT.`;
    }
    if (/^NOPERM/.test(message))
      return `${redis} does not let this user write a stream: give it +@all ~realtime-local:*.`;
    if (/^OOM/.test(message)) return `${redis} is full: raise its maxmemory.`;
    if (/^READONLY/.test(message)) return `${redis} is a replica: give the address of its primary.`;
    if (code === 'ECONNREFUSED' || code === 'ENOENT') {
      return `${redis} does not answer (${code}). Start it, for example with 'redis-server', or correct the address.`;
    }
    if (code === 'ENOTFOUND') return `${redis}: there is no such host (${code}).`;
    if (this.#opened) return `The connection to ${redis} is lost (${code ?? this.#redact(message)}).`;
    if (/closed unexpectedly|timeout|reply type|protocol/i.test(message)) {
      return `${redis} does not speak as a Redis does: ${this.#redact(message)}. With TLS, it is rediss://.`;
    }
    return `${redis}: ${this.#redact(message)}`;
  }

  /** @param {string} text */
  #redact(text) {
    const { username, password } = new URL(this.#url);
    return [password, decodeURIComponent(password), username]
      .filter((secret) => secret !== '')
      .reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  }
}
