'use strict';

/**
 * Who wants to know when a signal is aborted. A signal gets one listener, however many calls share it: with one for each
 * call, Node warns of a leak at the eleventh.
 */

/** @type {WeakMap<AbortSignal, Set<() => void>>} */
const waiting = new WeakMap();

/**
 * Calls `abort` when the signal, which is not aborted yet, is.
 *
 * @param {AbortSignal} signal
 * @param {() => void} abort must not throw
 * @returns {() => void} forgets it again
 */
function onAbort(signal, abort) {
  const set = waiting.get(signal) ?? listen(signal);
  set.add(abort);
  return () => {
    if (!set.delete(abort) || set.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', tellAll);
  };
}

/** @param {AbortSignal} signal */
function listen(signal) {
  /** @type {Set<() => void>} */
  const set = new Set();
  waiting.set(signal, set);
  signal.addEventListener('abort', tellAll);
  return set;
}

/** @this {AbortSignal} */
function tellAll() {
  for (const abort of [...(waiting.get(this) ?? [])]) abort();
}

module.exports = { onAbort };
