/**
 * A call that waits for the server's answer: a message, a join or a leave. There may be a hundred
 * thousand of them in a second, so it is one object, and not a handful of closures.
 */

import { ReportedPromise } from './reported-promise.js';

/** @import { RealtimeError } from '../errors/errors.js' */

/** @template T */
class Call {
  #settle;
  #translate;
  #subject;
  #details;
  /** Called with the outcome. @type {(() => void) | undefined} */
  onEnd;

  /**
   * @param {(error: RealtimeError) => void} report called with a refusal that nobody awaits
   * @param {(answer: any, subject: string) => T} translate
   * @param {string} subject of the call, for `translate`
   * @param {{ channel?: string }} details for an error
   */
  constructor(report, translate, subject, details) {
    this.#settle = ReportedPromise.open(report);
    this.#translate = translate;
    this.#subject = subject;
    this.#details = details;
  }

  /** @returns {ReportedPromise<T>} */
  get promise() {
    return this.#settle.promise;
  }

  /** @param {unknown} answer */
  resolve(answer) {
    this.onEnd?.();
    this.#settle.resolve(this.#translate(answer ?? undefined, this.#subject));
  }

  /** @param {RealtimeError} error */
  reject(error) {
    this.onEnd?.();
    this.#settle.reject(Object.assign(error, this.#details));
  }
}

export { Call };
