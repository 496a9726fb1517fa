/** The calls of `socketClient` that wait for the server's answers, by the engine's numbers. */

import { PendingCalls } from '#pending-calls';
import { onAbort } from '../aborts.js';
import { RealtimeError } from '../errors/errors.js';
import { Call } from './call.js';
import { ReportedPromise } from './reported-promise.js';

class SocketCalls {
  /** @type {PendingCalls<Call<any>>} */
  #pending = new PendingCalls();
  #report;

  /**
   * @param {(error: RealtimeError) => void} report called with a refusal that nobody awaits; once the
   *   client was destroyed, it does nothing
   */
  constructor(report) {
    this.#report = report;
  }

  /**
   * @template T
   * @param {number} number of the call
   * @param {(answer: any, subject: string) => T} translate
   * @param {string} subject
   * @param {{ channel?: string }} details for an error
   */
  open(number, translate, subject, details) {
    const call = new Call(this.#report, translate, subject, details);
    this.#pending.add(number, call);
    return call;
  }

  /** The call with this number, which waits no longer. @param {number} number */
  take(number) {
    return this.#pending.take(number);
  }

  /**
   * Rejects a call when its signal is aborted. The message may be sent nevertheless.
   *
   * @param {number} number of the call
   * @param {Call<any>} call
   * @param {AbortSignal} signal
   * @param {string} at the method
   */
  watch(number, call, signal, at) {
    call.onEnd = onAbort(signal, () => {
      this.take(number);
      call.reject(aborted(at, signal, { uncertain: true }));
    });
  }

  /** @param {RealtimeError} error @returns {ReportedPromise<never>} of a call that is not made */
  refuse(error) {
    return ReportedPromise.rejected(error, this.#report);
  }

  /** The client was destroyed. One error per call, since each names its channel. */
  close() {
    for (const [, call] of this.#pending.takeAll())
      call.reject(new RealtimeError('CLIENT_DESTROYED', 'the client was destroyed before the server answered'));
  }
}

/**
 * @param {string} at the method
 * @param {AbortSignal} signal
 * @param {{ channel?: string, uncertain?: boolean }} details
 */
function aborted(at, signal, details) {
  return new RealtimeError('ABORTED', `${at}The signal was aborted`, { ...details, cause: signal.reason });
}

export { aborted, SocketCalls };
