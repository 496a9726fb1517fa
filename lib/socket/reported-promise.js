/**
 * The promise of a method whose result may be ignored. It never causes an unhandledRejection. A
 * refusal rejects the promise if the caller awaits it; otherwise the client reports it as an error.
 */

import { yieldTurn } from '#host';

/** @import { RealtimeError } from '../errors/errors.js' */

/** What settles the latest promise. @type {{ resolve: (value: any) => void, reject: (error: any) => void }} */
const captured = { resolve() {}, reject() {} };
/** The same function for all promises: one for each would be one more object for each. */
const capture = (/** @type {(value: any) => void} */ resolve, /** @type {(error: any) => void} */ reject) => {
  captured.resolve = resolve;
  captured.reject = reject;
};

/**
 * `await` and Promise.all call `then` of every promise that is not exactly a Promise. So a promise
 * knows whether it is awaited.
 *
 * @template T
 * @extends {Promise<T>}
 */
class ReportedPromise extends Promise {
  #awaited = false;

  /**
   * `then`, `catch` and `finally` return ordinary promises.
   *
   * @override
   */
  static get [Symbol.species]() {
    return Promise;
  }

  /**
   * @template T
   * @param {(error: RealtimeError) => void} report called with a refusal that nobody awaits
   * @returns {Settle<T>}
   */
  static open(report) {
    /** @type {ReportedPromise<T>} */
    const promise = new ReportedPromise(capture);
    return new Settle(promise, captured.resolve, captured.reject, report);
  }

  /** Whether the caller awaits it. @param {ReportedPromise<any>} promise */
  static isAwaited(promise) {
    return promise.#awaited;
  }

  /**
   * @param {RealtimeError} error
   * @param {(error: RealtimeError) => void} report
   * @returns {ReportedPromise<never>}
   */
  static rejected(error, report) {
    const settle = /** @type {Settle<never>} */ (ReportedPromise.open(report));
    settle.reject(error);
    return settle.promise;
  }

  /**
   * @override
   * @template A, B
   * @param {((value: T) => A | PromiseLike<A>) | null} [onFulfilled]
   * @param {((reason: any) => B | PromiseLike<B>) | null} [onRejected]
   * @returns {Promise<A | B>}
   */
  // biome-ignore lint/suspicious/noThenProperty: a promise that knows whether it is awaited
  then(onFulfilled, onRejected) {
    this.#awaited = true;
    return super.then(onFulfilled, onRejected);
  }
}

/** A promise, and what settles it. @template T */
class Settle {
  #refuse;
  #report;

  /**
   * @param {ReportedPromise<T>} promise
   * @param {(value: T) => void} resolve
   * @param {(error: RealtimeError) => void} refuse
   * @param {(error: RealtimeError) => void} report
   */
  constructor(promise, resolve, refuse, report) {
    this.promise = promise;
    this.resolve = resolve;
    this.#refuse = refuse;
    this.#report = report;
  }

  /** @param {RealtimeError} error */
  reject(error) {
    const { promise } = this;
    // The method of the base class does not count as awaiting.
    Promise.prototype.then.call(promise, undefined, () => {});
    this.#refuse(error);
    // The caller may begin to await in the turn in which the refusal arrives.
    yieldTurn(() => {
      // Who aborts a call knows.
      if (!ReportedPromise.isAwaited(promise) && error.code !== 'ABORTED') this.#report(error);
    });
  }
}

export { ReportedPromise };
