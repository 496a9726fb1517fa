/**
 * Virtual time: it passes when a test advances it. The library keeps the timers that it finds when
 * it loads, so a test imports it after this module, with `await import()`, in its own test file,
 * which runs in its own process.
 */

import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';

let time = 0;
let last = 0;
/** @type {Map<number, { at: number, call: () => void }>} */
const waiting = new Map();

const clock = {
  now: () => time,
  setTimeout(call, milliseconds = 0, ...args) {
    const number = ++last;
    waiting.set(number, { at: time + Math.max(1, milliseconds), call: () => call(...args) });
    return { number, unref: () => ({ number }) };
  },
  clearTimeout: (timer) => void waiting.delete(timer?.number),
  setImmediate: (call, ...args) => clock.setTimeout(call, 0, ...args),
  queueMicrotask,
};

const { clearTimeout: realClear, setImmediate: realImmediate, setTimeout: realTimeout } = timers;
const { hrtime } = process;
const { setTimeout, clearTimeout, setImmediate } = clock;
Object.assign(timers, { setTimeout, clearTimeout, setImmediate });
// The library imports the functions by name.
syncBuiltinESMExports();
process.hrtime = () => [Math.floor(time / 1e3), (time % 1e3) * 1e6];
await import('../../lib/host/node.js');
Object.assign(timers, { setTimeout: realTimeout, clearTimeout: realClear, setImmediate: realImmediate });
syncBuiltinESMExports();
process.hrtime = hrtime;

/** Lets promises settle. */
const settle = () => new Promise((resolve) => globalThis.setImmediate(resolve));

/** Advances the time: runs each timer at its time, and lets promises settle in between. */
async function pass(milliseconds) {
  const end = time + milliseconds;
  for (;;) {
    await settle();
    const [number, next] = [...waiting].reduce((a, b) => (b[1].at < a[1].at ? b : a), [0, { at: Infinity }]);
    if (next.at > end) break;
    waiting.delete(number);
    time = Math.max(time, next.at);
    next.call();
  }
  time = end;
}

export { clock, pass };
