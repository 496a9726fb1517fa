'use strict';
// How long ago each event was sent when the handler is called with it, by the clock that both
// processes read.

const { streamTrial } = require('../stream-trial.js');

/** The source sends the last fifteen digits of the nanoseconds, with a 1 before them. */
const STAMP = 10n ** 15n;
const latencies = [];

streamTrial(
  () => {
    latencies.length = 0;
    return () => {
      const sorted = Float64Array.from(latencies).sort();
      const percentile = (share) => sorted[Math.ceil(share * sorted.length) - 1] / 1000;
      return { p50: percentile(0.5), p99: percentile(0.99) };
    };
  },
  ({ payload }) => latencies.push(Number((process.hrtime.bigint() % STAMP) + STAMP) - payload.sentAt),
);
