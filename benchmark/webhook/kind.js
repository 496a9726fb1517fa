'use strict';
// What verifying a delivery costs with each receiver: with the event parsed, and alone.
//
// Each receiver has a process of its own, so that none is compiled for the calls of another. They take turns in slices of
// some milliseconds, so that whatever else the machine does hits all of them.

const { fork } = require('node:child_process');
const path = require('node:path');
const { takeTurns } = require('../rounds.js');
const { fixed, whole } = require('../table.js');

/** A slice is so short that there are more of them. */
const SLICES_PER_ROUND = 12;
const WARM_UP = 3;
const TASKS = { receive: 'verify and parse', verify: 'verify alone' };

const title = 'Verifying a webhook delivery';
const baseline = 'node-crypto';
// `sha256` only hashes the body: what the processor can do.
const clients = ['realtime', 'node-crypto', 'standardwebhooks', 'svix', 'stripe', 'sha256'];
const figures = [
  { key: 'deliveriesPerSecond', title: 'deliveries/s', format: whole, better: 'more' },
  { key: 'microseconds', title: 'process µs', format: fixed, better: 'less' },
];
const options = { sizes: { type: 'string' } };

function cases({ sizes }, { quick }) {
  const list = (sizes ?? (quick ? '2048' : '300,2048,204800')).split(',').map(Number);
  return list.flatMap((size) =>
    Object.entries(TASKS).map(([task, name]) => ({ name: `${whole(size)} bytes, ${name}`, plan: { size, task } })),
  );
}

async function compare({ plan: { size, task } }, run) {
  const children = new Map();
  try {
    for (const name of run.names) {
      const child = fork(path.join(__dirname, 'trial.js'), [name, task, String(size)]);
      const { offered } = await answer(child);
      if (offered) children.set(name, child);
      else child.disconnect();
    }
    const slice = async (name) => {
      const child = children.get(name);
      child.send('go');
      const { microseconds } = await answer(child);
      return { deliveriesPerSecond: 1e6 / microseconds, microseconds };
    };
    const names = Array.from(children.keys());
    await takeTurns(names, WARM_UP, slice);
    return { clients: await takeTurns(names, run.rounds * SLICES_PER_ROUND, slice) };
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
