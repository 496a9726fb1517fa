/**
 * Holds the timers of one delay until a test lets their time pass. Import it before anything that
 * takes its timers from `node:timers` when it loads.
 */

import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';

const { clearTimeout, setTimeout } = timers;

/** @param {number} delay in milliseconds */
function holdTimers(delay) {
  /** @type {Map<object, () => void>} */
  const held = new Map();
  Object.assign(timers, {
    /** @param {(...args: any[]) => void} callback @param {number} ms @param {any[]} args */
    setTimeout(callback, ms, ...args) {
      if (ms !== delay) return setTimeout(callback, ms, ...args);
      const timer = { unref: () => timer, ref: () => timer };
      held.set(timer, callback);
      return timer;
    },
    /** @param {any} timer */
    clearTimeout(timer) {
      if (!held.delete(timer)) clearTimeout(timer);
    },
  });
  syncBuiltinESMExports();

  /** The delay passes: calls what waits now, not what that sets. */
  return () => {
    const due = [...held.values()];
    held.clear();
    for (const callback of due) callback();
    return due.length;
  };
}

export { holdTimers };
