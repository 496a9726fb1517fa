'use strict';

/** Random faults of the local platform, reproducible by a seed. */

/**
 * A generator of numbers from 0 to 1 (mulberry32), so that the same seed injects the same faults.
 */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const FAULTS = {
  dropAll: ({ faults }) => faults.dropAll(),
  async refuseUpgrades({ faults }, random) {
    faults.refuseUpgrades({ status: [429, 502, 503][Math.floor(random() * 3)], times: 1 + Math.floor(random() * 8) });
    await faults.dropAll();
    await pause(random() * 1000);
    faults.acceptUpgrades();
  },
  stopAnsweringPings: ({ faults }) => faults.stopAnsweringPings(),
  async delay({ faults }, random) {
    faults.delay(Math.floor(random() * 200));
    await pause(random() * 2000);
    faults.delay(0);
  },
  repeat: ({ faults }, random, repeated) => faults.repeat(1 + Math.floor(random() * 100)).forEach(repeated),
  async goAway({ faults }, random) {
    await faults.goAway();
    await pause(random() * 2000);
    await faults.comeBack();
  },
};

/** Injects a random fault, and resolves when it is over. */
async function injectFault(platform, random, injected, repeated) {
  const names = Object.keys(FAULTS);
  const name = names[Math.floor(random() * names.length)];
  injected.set(name, (injected.get(name) ?? 0) + 1);
  await FAULTS[name](platform, random, (event) => event.payload.number !== undefined && repeated(event));
}

module.exports = { randomFrom, injectFault };
