/**
 * One promise that a caller waits for. It ends once: with a value, an error, its timeout or its
 * signal; then neither a timer nor a listener is left.
 */

import { cancel, later } from '#host';
import { onAbort } from '../aborts.js';
import { RealtimeError } from '../errors/errors.js';

/**
 * @typedef {object} Limits
 * @property {AbortSignal} [signal] not aborted yet
 * @property {number} [timeout] in milliseconds; none by default
 */

/** @template T */
class Wait {
  /** @type {Promise<T>} */
  promise;
  /** @type {(value: T) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  #forget;

  /**
   * @param {string} what for errors: the method, and what it waits for
   * @param {Limits} limits
   * @param {() => void} ended called when it has ended
   * @param {() => unknown} [cause] what may be the reason when it takes too long
   */
  constructor(what, { signal, timeout }, ended, cause) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const expire = () =>
      this.reject(new RealtimeError('TIMEOUT', `${what} took longer than ${timeout} ms`, { cause: cause?.() }));
    // The connection keeps the process alive; without one there is nothing to wait for.
    const timer = timeout === undefined ? undefined : later(expire, timeout, false);
    const ignore = signal && onAbort(signal, () => this.reject(aborted(what, signal)));
    this.#forget = () => {
      cancel(timer);
      ignore?.();
      ended();
    };
  }

  /** @param {T} value */
  resolve(value) {
    this.#forget();
    this.#resolve(value);
  }

  /** @param {unknown} error */
  reject(error) {
    this.#forget();
    this.#reject(error);
  }
}

/** @param {string} what @param {AbortSignal} signal */
function aborted(what, signal) {
  return new RealtimeError('ABORTED', `${what} was aborted by its signal`, { cause: signal.reason });
}

export { aborted, Wait };
