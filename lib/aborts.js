/**
 * Watches AbortSignals. A signal gets one listener, no matter how many calls share it: with one
 * listener per call, Node warns about a leak at the eleventh.
 */

/** @type {WeakMap<AbortSignal, Set<() => void>>} */
const waiting = new WeakMap();

/**
 * Calls `abort` when the signal is aborted. It must not be aborted yet.
 *
 * @param {AbortSignal} signal
 * @param {() => void} abort must not throw
 * @returns {() => void} removes the callback
 */
function onAbort(signal, abort) {
  const set = waiting.get(signal) ?? listen(signal);
  set.add(abort);
  return () => {
    if (!set.delete(abort) || set.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', callAll);
  };
}

/** @param {AbortSignal} signal */
function listen(signal) {
  /** @type {Set<() => void>} */
  const set = new Set();
  waiting.set(signal, set);
  signal.addEventListener('abort', callAll);
  return set;
}

/** @this {AbortSignal} */
function callAll() {
  for (const abort of [...(waiting.get(this) ?? [])]) abort();
}

export { onAbort };
