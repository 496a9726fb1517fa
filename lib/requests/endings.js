/** What ends the calls of one client before their time: aborts, deadlines, the client's own end. */

import { cancel, later } from '#host';
import { onAbort } from '../aborts.js';
import { RealtimeError } from '../errors/errors.js';

/** @import { RealtimeErrorDetails } from '../../index.js' */
/** @import { CancelReason } from '../engines/engine.js' */

class Endings {
  #isDestroyed = false;
  /**
   * What ends the calls under way: requests, and waits for a token, for code or for the user.
   *
   * @type {Set<(reason: CancelReason) => void>}
   */
  #endings = new Set();

  /**
   * Why nothing is sent at all.
   *
   * @param {AbortSignal | undefined} signal
   * @returns {CancelReason | undefined}
   */
  refusal(signal) {
    if (this.#isDestroyed) return 'CLIENT_DESTROYED';
    return signal?.aborted ? 'ABORTED' : undefined;
  }

  /**
   * @param {AbortSignal | undefined} signal
   * @param {(reason: CancelReason) => void} end called when the signal is aborted or the client
   *   destroyed
   * @returns {() => void} forgets it
   */
  watch(signal, end) {
    const ignore = signal && onAbort(signal, () => end('ABORTED'));
    this.#endings.add(end);
    return () => {
      ignore?.();
      this.#endings.delete(end);
    };
  }

  /**
   * Calls back when a wait has to end.
   *
   * @param {number} left how long it may take, in milliseconds
   * @param {AbortSignal | undefined} signal
   * @param {(ending: CancelReason | 'TIMEOUT') => void} onEnd called once, at once where the wait
   *   has ended already
   * @returns {() => void} forgets the callback
   */
  limit(left, signal, onEnd) {
    const refusal = this.refusal(signal);
    if (refusal !== undefined) {
      onEnd(refusal);
      return () => {};
    }
    /** @param {CancelReason | 'TIMEOUT'} ending */
    const end = (ending) => {
      forget();
      onEnd(ending);
    };
    const timer = later(() => end('TIMEOUT'), Math.max(left, 1));
    const unwatch = this.watch(signal, end);
    const forget = () => {
      cancel(timer);
      unwatch();
    };
    return forget;
  }

  /** Ends all calls. */
  destroy() {
    this.#isDestroyed = true;
    for (const end of [...this.#endings]) end('CLIENT_DESTROYED');
  }
}

/** @param {CancelReason} reason @param {RealtimeErrorDetails} call @param {AbortSignal} [signal] */
function cancelled(reason, call, signal) {
  const what = reason === 'ABORTED' ? 'the signal was aborted' : 'the client was destroyed';
  const cause = reason === 'ABORTED' ? signal?.reason : undefined;
  return new RealtimeError(reason, `${call.method} ${call.path}: ${what}`, { ...call, cause });
}

/** Without the query. @param {string} path */
function pathOf(path) {
  return path.replace(/\?.*/s, '');
}

export { cancelled, Endings, pathOf };
