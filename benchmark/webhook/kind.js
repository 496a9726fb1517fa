'use strict';
// What it costs to make an event of a delivery with each receiver: verified and parsed.
//
// Each receiver has a process of its own, so that none is compiled for the calls of another. They
// take turns in slices of some milliseconds, so that whatever else the machine does hits all of
// them.

const { fork } = require('node:child_process');
const path = require('node:path');
const { takeTurns } = require('../rounds.js');
const { fixed, whole } = require('../table.js');

/** A slice is so short that there are more of them. */
const SLICES_PER_ROUND = 12;
const WARM_UP = 3;
/** Only hashes the body: what the processor can do. */
const HASH = 'sha256';

const title = 'Webhook deliveries, verified and parsed';
// The fastest that is made of `node:crypto`; it takes Node 20.12.
const baseline = 'node-hash';
const clients = [
  ...['realtime', 'realtime-javascript', 'realtime-web'],
  ...['node-crypto', 'node-hash', 'standardwebhooks', 'svix', 'stripe', HASH],
];
const figures = [
  { key: 'deliveriesPerSecond', title: 'deliveries/s', format: whole, better: 'more' },
  { key: 'microseconds', title: 'process µs', format: fixed, better: 'less' },
];
const options = { sizes: { type: 'string' } };

function cases({ sizes }, { quick }) {
  const list = (sizes ?? (quick ? '2048' : '300,2048,204800')).split(',').map(Number);
  return list.map((size) => ({ name: `${whole(size)} bytes`, plan: { size } }));
}

async function compare({ plan: { size } }, run) {
  const children = new Map();
  try {
    for (const name of run.names) {
      const task = name === HASH ? 'verify' : 'receive';
      const child = fork(path.join(__dirname, 'trial.js'), [name, task, String(size)]);
      children.set(name, child);
      await answer(child);
    }
    const slice = async (name) => {
      const child = children.get(name);
      child.send('go');
      const { microseconds } = await answer(child);
      return { deliveriesPerSecond: 1e6 / microseconds, microseconds };
    };
    await takeTurns(run.names, WARM_UP, slice);
    return { clients: await takeTurns(run.names, run.rounds * SLICES_PER_ROUND, slice) };
  } finally {
    for (const child of children.values()) child.disconnect();
  }
}

function answer(child) {
  return new Promise((resolve, reject) => {
    const failed = (code) => reject(new Error(`a receiver ended with ${code}`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      resolve(message);
    });
  });
}

module.exports = { baseline, cases, clients, compare, figures, options, title };
