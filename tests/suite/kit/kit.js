/** What a case gets: the package, platforms and clients, all closed when the case is over. */

import { Log } from './log.js';
import { RemotePlatform } from './platform.js';

/** Short delays, so that cases of reconnecting are quick. */
const QUICK = { reconnectionDelay: 10, reconnectionDelayMax: 40 };
const REPORTS = ['event', 'connection', 'gap', 'slow', 'error'];

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {'native' | 'javascript'} engine the engine that the client must have here
 * @property {string} stage URL of the stage
 * @property {boolean} [page] whether this is a web page, so that CORS applies
 * @property {boolean} [webSocket] false: the runtime has none, so the client has to poll
 * @property {number} [patience] how many times slower than usual the runtime may be
 */

export class Kit {
  #clients = [];
  #logs = [];

  /** @param {any} realtime the package @param {Runtime} runtime */
  constructor(realtime, runtime) {
    this.realtime = realtime;
    this.runtime = runtime;
  }

  /** Starts a platform with these options. */
  async platform(options = {}) {
    const response = await fetch(`${this.runtime.stage}/platforms`, { method: 'POST', body: JSON.stringify(options) });
    return new RemotePlatform(await response.json());
  }

  /** @param {RemotePlatform} platform @param {object} [options] */
  client(platform, options = {}) {
    const client = new this.realtime.RealtimeClient({
      url: platform.url,
      token: platform.token,
      ...QUICK,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client with the log of its reports. */
  observed(platform, options) {
    const client = this.client(platform, options);
    return { client, log: this.log(client, REPORTS) };
  }

  log(emitter, names) {
    const log = new Log().follow(emitter, names);
    this.#logs.push(log);
    return log;
  }

  describe() {
    return this.#logs.map((log, index) => `log ${index + 1}: ${log.describe()}`).join('. ');
  }

  close() {
    for (const client of this.#clients) client.destroy();
  }
}

/** Resolves when the log has seen the client connected for the `count`th time. */
export const connected = (log, count = 1) => log.seen('connection', ({ state }) => state === 'connected', count);
