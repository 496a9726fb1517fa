'use strict';
// The largest resident memory, and what a handler retains that keeps one field of one event in a hundred.

const { measure } = require('../measure.js');
const { streamTrial } = require('../stream-trial.js');

const ONE_IN = 100;
const kept = [];
let seen = 0;

streamTrial(
  async () => {
    kept.length = 0;
    const end = measure();
    const before = await retained();
    return async () => {
      const { peakMegabytes } = end();
      const keptBytes = (await retained()) - before;
      return { peakMegabytes, keptBytes: keptBytes / kept.length };
    };
  },
  ({ id }) => {
    seen += 1;
    if (seen % ONE_IN === 0) kept.push(id);
  },
);

/** Bytes that are still in use once the handler has returned and the garbage is gone. */
async function retained() {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise(setImmediate);
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
