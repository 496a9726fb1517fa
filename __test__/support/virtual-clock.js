'use strict';

/**
 * Virtual time in place of `lib/clock.js`. Require it before any module of `lib/`, in its own test
 * file, which runs in its own process.
 */

const path = require.resolve('../../lib/clock.js');

let time = 0;
let last = 0;
/** @type {Map<number, { at: number, call: () => void }>} */
const timers = new Map();

const clock = {
  now: () => time,
  setTimeout(call, milliseconds = 0, ...args) {
    const number = ++last;
    timers.set(number, { at: time + Math.max(1, milliseconds), call: () => call(...args) });
    return { number, unref: () => ({ number }) };
  },
  clearTimeout: (timer) => void timers.delete(timer?.number),
  setImmediate: (call, ...args) => clock.setTimeout(call, 0, ...args),
  queueMicrotask,
};
require.cache[path] = Object.assign(new module.constructor(path), { loaded: true, exports: clock });

/** Lets promises settle. */
const settle = () => new Promise((resolve) => globalThis.setImmediate(resolve));

/** Advances the time: runs each timer at its time, and lets promises settle in between. */
async function pass(milliseconds) {
  const end = time + milliseconds;
  for (;;) {
    await settle();
    const [number, next] = [...timers].reduce((a, b) => (b[1].at < a[1].at ? b : a), [0, { at: Infinity }]);
    if (next.at > end) break;
    timers.delete(number);
    time = Math.max(time, next.at);
    next.call();
  }
  time = end;
}

module.exports = { clock, pass };
