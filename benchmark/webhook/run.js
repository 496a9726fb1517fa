'use strict';
// What verifying a delivery costs with each receiver: with the event parsed, and alone.
//
//   npm run bench -- webhook [--quick] [--sizes 300,4096,65536,1000000] [--rounds 60] [--only realtime,stripe]
//
// Each receiver has a process of its own, so that none is compiled for the calls of another. They take turns in slices of
// some milliseconds, so that whatever else the machine does hits all of them. The table shows medians.

const { fork } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');

const RECEIVERS = ['realtime', 'node-crypto', 'standardwebhooks', 'svix', 'stripe'];
/** Only hashes the body: what the processor can do. */
const HASH = 'sha256';
const TASKS = { 'verify and parse': 'receive', 'verify alone': 'verify' };
const BASELINE = 'node-crypto';

async function main() {
  const { values: options } = parseArgs({
    options: {
      sizes: { type: 'string', default: '300,4096,65536,1000000' },
      rounds: { type: 'string' },
      only: { type: 'string', default: [...RECEIVERS, HASH].join() },
      quick: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(options.rounds ?? (options.quick ? 10 : 60));
  for (const size of options.sizes.split(',').map(Number)) {
    for (const [title, task] of Object.entries(TASKS)) {
      const results = await takeTurns(options.only.split(','), size, task, rounds);
      console.log(`${title}, ${size.toLocaleString('en-US')} bytes\n${table(results)}\n`);
    }
  }
}

/** @returns {Promise<Map<string, number[]>>} microseconds per delivery, of each round */
async function takeTurns(names, size, task, rounds) {
  const children = new Map();
  try {
    for (const name of names) {
      const child = fork(path.join(__dirname, 'trial.js'), [name, task, String(size)]);
      const { offered } = await answer(child);
      if (offered) children.set(name, child);
      else child.disconnect();
    }
    const results = new Map(Array.from(children.keys(), (name) => [name, []]));
    for (let round = -3; round < rounds; round += 1) {
      for (const [name, child] of children) {
        child.send('go');
        const { microseconds } = await answer(child);
        // The first rounds are for the compiler.
        if (round >= 0) results.get(name).push(microseconds);
      }
    }
    return results;
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

function table(results) {
  const medians = new Map(Array.from(results, ([name, list]) => [name, quantile(list, 0.5)]));
  const baseline = medians.get(BASELINE);
  const rows = [['', 'µs', '10 % .. 90 %', `${BASELINE} / it`]];
  for (const [name, list] of results) {
    const range = `${format(quantile(list, 0.1))} .. ${format(quantile(list, 0.9))}`;
    const ratio = baseline === undefined ? '' : `${(baseline / medians.get(name)).toFixed(2)} x`;
    rows.push([name, format(medians.get(name)), range, ratio]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const align = (cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]));
  return rows.map((row) => row.map(align).join('   ').trimEnd()).join('\n');
}

function quantile(list, part) {
  return list.toSorted((a, b) => a - b)[Math.floor(part * (list.length - 1))];
}

function format(microseconds) {
  return microseconds.toFixed(microseconds < 100 ? 2 : 0);
}

module.exports = { main };
