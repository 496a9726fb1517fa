'use strict';
// How late the timers of the host are: the time between two turns of a timer of one millisecond.

const { monitorEventLoopDelay } = require('node:perf_hooks');
const { streamTrial } = require('../stream-trial.js');

streamTrial(() => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return () => {
    delay.disable();
    return { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, most: delay.max / 1e6 };
  };
});
