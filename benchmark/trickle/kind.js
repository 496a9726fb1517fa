'use strict';
// What an event costs that comes alone.

const path = require('node:path');
const { compareStreams, each } = require('../streams.js');
const { fixed, whole } = require('../table.js');

const SIZE = 300;
const RATES = [1_000, 5_000, 20_000];
const SECONDS = 2;

const title = 'Single events';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-0ms', 'realtime-1ms', 'realtime-javascript', 'socket.io-client', 'ws', 'net'];
const figures = [
  { key: 'mainThreadMicroseconds', title: 'main µs/event', format: fixed, better: 'less' },
  { key: 'processMicroseconds', title: 'process µs/event', format: fixed, better: 'less' },
];

function cases(_, { quick, scale }) {
  return (quick ? RATES.slice(-1) : RATES).map((rate) => {
    const count = Math.ceil(rate * SECONDS * scale);
    return { name: `${whole(rate)} a second`, plan: { size: SIZE, rate, warmup: Math.ceil(count / 4), count } };
  });
}

function compare(what, run) {
  const { count } = what.plan;
  const figuresOf = ({ mainThreadMicroseconds, processMicroseconds }) => ({
    mainThreadMicroseconds: each(mainThreadMicroseconds, count),
    processMicroseconds: processMicroseconds / count,
  });
  return compareStreams(path.join(__dirname, 'trial.js'), what, figuresOf, run);
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
