'use strict';
// How long the timers of the host have to wait while events come in bursts.

const path = require('node:path');
const { compareStreams } = require('../streams.js');
const { fixed } = require('../table.js');

const SIZE = 2048;
const RATE = 20_000;
const BURST = 1_000;
const SECONDS = 2;

const title = 'Event-loop delay of the host, 20,000 events a second in bursts of 1,000';
const baseline = 'socket.io-client';
const clients = ['realtime', 'socket.io-client', 'ws', 'net'];
const figures = [
  { key: 'p99', title: 'p99 ms', format: fixed, better: 'less' },
  { key: 'p50', title: 'p50 ms', format: fixed, better: 'less' },
  { key: 'most', title: 'longest ms', format: fixed, better: 'less' },
];

function cases(_, { scale }) {
  const count = Math.ceil((RATE * SECONDS * scale) / BURST) * BURST;
  return [{ name: '2,048 bytes', plan: { size: SIZE, rate: RATE, burst: BURST, warmup: Math.ceil(count / 4), count } }];
}

function compare(what, run) {
  return compareStreams(path.join(__dirname, 'trial.js'), what, ({ p50, p99, most }) => ({ p50, p99, most }), run);
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
