'use strict';
// What a handler retains that keeps one field of one event in a hundred.

const { streamTrial } = require('../stream-trial.js');

const ONE_IN = 100;
const kept = [];
let seen = 0;

streamTrial(
  () => {
    kept.length = 0;
    return async () => {
      const count = kept.length;
      const withKept = await retained();
      kept.length = 0;
      return { keptBytes: (withKept - (await retained())) / count };
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
