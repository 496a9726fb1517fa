/**
 * The promise of a method whose result may be ignored. It never causes an unhandledRejection. A
 * refusal rejects the promise if the caller awaits it; otherwise the client reports it as an error.
 */

import { yieldTurn } from '#host';

/** @import { RealtimeError } from '../errors/errors.js' */

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
   * @returns
   * {{ promise: ReportedPromise<T>, resolve: (value: T) => void, reject: (error: RealtimeError) =>
   * void }}
   */
  static open(report) {
    /** @type {(value: T) => void} */
    let resolve = () => {};
    /** @type {(error: RealtimeError) => void} */
    let refuse = () => {};
    /** @type {ReportedPromise<T>} */
    const promise = new ReportedPromise((fulfil, reject) => {
      resolve = fulfil;
      refuse = reject;
    });
    /** @param {RealtimeError} error */
    const reject = (error) => {
      // The method of the base class does not count as awaiting.
      Promise.prototype.then.call(promise, undefined, () => {});
      refuse(error);
      // The caller may begin to await in the turn in which the refusal arrives.
      yieldTurn(() => {
        // Who aborts a call knows.
        if (!promise.#awaited && error.code !== 'ABORTED') report(error);
      });
    };
    return { promise, resolve, reject };
  }

  /**
   * @param {RealtimeError} error
   * @param {(error: RealtimeError) => void} report
   * @returns {ReportedPromise<never>}
   */
  static rejected(error, report) {
    const { promise, reject } = /** @type {ReturnType<typeof ReportedPromise.open<never>>} */ (
      ReportedPromise.open(report)
    );
    reject(error);
    return promise;
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

export { ReportedPromise };
