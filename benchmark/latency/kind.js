'use strict';
// How long an event takes from the source to the handler, at rates that everybody keeps up with.

const path = require('node:path');
const { compareStreams } = require('../streams.js');
const { whole } = require('../table.js');

const SIZE = 300;
const RATES = [5_000, 20_000];
const SECONDS = 3;

const title = 'Latency';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-0ms', 'realtime-javascript', 'socket.io-client', 'ws', 'net'];
const figures = [
  { key: 'p50', title: 'p50 µs', format: whole, better: 'less' },
  { key: 'p99', title: 'p99 µs', format: whole, better: 'less' },
];

function cases(_, { quick, scale }) {
  if (process.platform !== 'linux') {
    console.error('No latency: only on Linux do Node and the source read the same clock.\n');
    return [];
  }
  return (quick ? RATES.slice(0, 1) : RATES).map((rate) => {
    const count = Math.ceil(rate * SECONDS * scale);
    const plan = { size: SIZE, stamped: true, rate, warmup: Math.ceil(count / 3), count };
    return { name: `${whole(rate)} a second`, plan };
  });
}

function compare(what, run) {
  return compareStreams(path.join(__dirname, 'trial.js'), what, ({ p50, p99 }) => ({ p50, p99 }), run);
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
