'use strict';
// What an event costs that comes alone, 20,000 times a second.

const path = require('node:path');
const { compareStreams, each } = require('../streams.js');
const { fixed } = require('../table.js');

const SIZE = 300;
const RATE = 20_000;
const SECONDS = 2;

const title = 'Single events, 20,000 a second';
const baseline = 'socket.io-client';
const clients = ['realtime', 'realtime-1ms', 'realtime-javascript', 'socket.io-client', 'ws', 'net'];
const figures = [
  { key: 'mainThreadMicroseconds', title: 'main µs/event', format: fixed, better: 'less' },
  { key: 'processMicroseconds', title: 'process µs/event', format: fixed, better: 'less' },
];

function cases(_, { scale }) {
  const count = Math.ceil(RATE * SECONDS * scale);
  return [{ name: `${SIZE} bytes`, plan: { size: SIZE, rate: RATE, warmup: Math.ceil(count / 4), count } }];
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
