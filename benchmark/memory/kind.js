'use strict';
// Memory under full load: the most that is resident.

const path = require('node:path');
const { compareStreams } = require('../streams.js');
const { whole } = require('../table.js');

const BYTES_PER_TRIAL = 100e6;
const MAX_EVENTS = 100_000;
const SIZES = [300, 2048, 20_480];

const title = 'Memory under full load';
const baseline = 'socket.io-client';
const clients = ['realtime', 'socket.io-client', 'ws', 'net'];
const figures = [{ key: 'peakMegabytes', title: 'peak MB', format: whole, better: 'less' }];

function cases(_, { quick, scale }) {
  return (quick ? SIZES.slice(0, 1) : SIZES).map((size) => {
    const count = Math.ceil(Math.min(MAX_EVENTS, BYTES_PER_TRIAL / size) * scale);
    return { name: `${whole(size)} bytes`, plan: { size, warmup: Math.ceil(count / 4), count } };
  });
}

function compare(what, run) {
  const figuresOf = ({ peakMegabytes }) => ({ peakMegabytes });
  return compareStreams(path.join(__dirname, 'trial.js'), what, figuresOf, run);
}

module.exports = { baseline, cases, clients, compare, figures, options: {}, title };
