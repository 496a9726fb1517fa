'use strict';
// Processes that are held to one core, which the program `taskset` of Linux does.

const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');

/**
 * Two cores, for a client and for its source; `undefined` where there are none, or no `taskset`.
 */
function twoCores() {
  if (process.platform !== 'linux' || spawnSync('taskset', ['--version']).error) return undefined;
  const [, list] = /Cpus_allowed_list:\s+(.+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  const cores = list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  return cores.length < 2 ? undefined : { client: cores[0], source: cores.at(-1) };
}

/** The words of a command that runs on `core` alone, or anywhere. */
function onCore(core, command) {
  return core === undefined ? command : ['taskset', '--cpu-list', String(core), ...command];
}

module.exports = { onCore, twoCores };
