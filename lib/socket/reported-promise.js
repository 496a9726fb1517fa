'use strict';

/**
 * What a method returns that can be called and forgotten: a promise of the server's answer that never becomes an
 * unhandledRejection. A refusal goes to whoever waits for it; when nobody does, it is reported as an error of the client.
 */

const { setImmediate } = require('../clock.js');

/** @import { RealtimeError } from '../errors.js' */

/**
 * `await` and Promise.all call `then` of every promise that is not exactly a Promise: so it is known whether one is
 * waited for.
 *
 * @template T
 * @extends {Promise<T>}
 */
class ReportedPromise extends Promise {
  #awaited = false;

  /**
   * What `then`, `catch` and `finally` return are promises like any other.
   *
   * @override
   */
  static get [Symbol.species]() {
    return Promise;
  }

  /**
   * @template T
   * @param {(error: RealtimeError) => void} report called with a refusal that nobody waits for
   * @returns {{ promise: ReportedPromise<T>, resolve: (value: T) => void, reject: (error: RealtimeError) => void }}
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
    // By the method of the base class, which does not count as waiting.
    Promise.prototype.then.call(promise, undefined, () => {});
    /** @param {RealtimeError} error */
    const reject = (error) => {
      refuse(error);
      // Whoever waits may start to do so in the turn in which the refusal arrives.
      setImmediate(() => {
        if (!promise.#awaited) report(error);
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
  // biome-ignore lint/suspicious/noThenProperty: a promise that knows whether it is waited for
  then(onFulfilled, onRejected) {
    this.#awaited = true;
    return super.then(onFulfilled, onRejected);
  }
}

exports.ReportedPromise = ReportedPromise;
