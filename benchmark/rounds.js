'use strict';
// The order of trials and what is made of them, the same for all kinds of benchmark.

const { execFile } = require('node:child_process');
const os = require('node:os');
const { promisify } = require('node:util');
const { onCore } = require('./cores.js');

const run = promisify(execFile);
const TRIAL_TIMEOUT = 60_000;

/**
 * All clients take turns, so that what disturbs the machine disturbs all of them.
 *
 * @param {(name: string) => Promise<object>} trial
 * @returns {Promise<Record<string, { trials: object[], median: Record<string, number | null> }>>}
 */
async function takeTurns(names, rounds, trial) {
  const clients = Object.fromEntries(names.map((name) => [name, { trials: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) clients[name].trials.push(await trial(name));
  }
  for (const client of Object.values(clients)) client.median = medians(client.trials);
  return clients;
}

/**
 * Runs one client once, in a process of its own, and returns its report.
 *
 * @param {{ node?: string[], core?: number }} [how] options of Node, and the only core to run on
 */
async function runClient(file, task, { node = [], core } = {}) {
  const [program, ...words] = onCore(core, [process.execPath, ...node, file, JSON.stringify(task)]);
  const { stdout } = await run(program, words, { timeout: TRIAL_TIMEOUT }).catch((error) => {
    throw error.killed
      ? new Error(`${file} had not ended after ${TRIAL_TIMEOUT / 1000} s: it waits for something, or stays alive`)
      : error;
  });
  return JSON.parse(stdout);
}

function medians(list) {
  return Object.fromEntries(Object.keys(list[0]).map((key) => [key, median(list.map((trial) => trial[key]))]));
}

/** `null`: the system does not tell it. */
function median(values) {
  if (values.includes(null)) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function machine() {
  const [{ model }] = os.cpus();
  return { cpu: model, cores: os.cpus().length, platform: process.platform, arch: process.arch, node: process.version };
}

module.exports = { machine, median, medians, runClient, takeTurns };
