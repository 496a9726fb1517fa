/**
 * The requests of a page: what makes them is loaded with the first one, so a page that only
 * subscribes never loads it. Requests that wait for it are sent in the order of their calls.
 */

import { now } from '#host';
import { RealtimeError } from '../errors/errors.js';
import { cancelled, Endings, pathOf } from './endings.js';

/** @import { Rest as LoadedRest, RequestOptions } from './rest.js' */

class Rest {
  #deps;
  #endings = new Endings();
  /** @type {LoadedRest | undefined} */
  #rest;
  /** @type {Promise<LoadedRest> | undefined} */
  #loading;

  /** @param {ConstructorParameters<typeof LoadedRest>} deps */
  constructor(...deps) {
    this.#deps = deps;
  }

  /** @type {LoadedRest['request']} */
  async request(method, path, request) {
    if (this.#rest !== undefined) return this.#rest.request(method, path, request);
    const { signal, timeout } = request;
    const call = { method, path: pathOf(path) };
    const began = now();
    const rest = await new Promise((resolve, reject) => {
      /** @param {string} code @param {string} problem */
      const fail = (code, problem) =>
        reject(RealtimeError.from({ code, message: `${method} ${call.path}: ${problem}` }, call));
      const forget = this.#endings.limit(timeout, signal, (ending) =>
        ending === 'TIMEOUT' ? fail(ending, `no answer within ${timeout} ms`) : reject(cancelled(ending, call, signal)),
      );
      this.#load()
        .finally(forget)
        .then(resolve, (cause) => fail('NETWORK_ERROR', `${cause}`));
    });
    return rest.request(method, path, { ...request, timeout: Math.max(timeout - (now() - began), 1) });
  }

  /** @type {LoadedRest['onEnding']} */
  onEnding(left, signal, onEnd) {
    return this.#endings.limit(left, signal, onEnd);
  }

  destroy() {
    this.#endings.destroy();
    this.#rest?.destroy();
  }

  async #load() {
    this.#loading ??= import('./rest.js').then(({ Rest }) => {
      this.#rest = new Rest(...this.#deps);
      if (this.#endings.refusal(undefined)) this.#rest.destroy();
      return this.#rest;
    });
    try {
      return await this.#loading;
    } catch (error) {
      // The next request tries again.
      this.#loading = undefined;
      throw error;
    }
  }
}

export { Rest };
