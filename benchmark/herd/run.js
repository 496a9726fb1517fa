'use strict';
// What a server has to bear when 100,000 clients lose it at the same time, in virtual time: see
// `source/`.
//
//   node benchmark/herd/run.js [--clients 100000] [--plot]

const { execFileSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { build } = require('../source.js');
const { herdPlot } = require('./plot.js');

const POLICIES = ['realtime', 'socket.io-client', 'ably', 'centrifuge'];
const SEEDS = [1, 2, 3];
/** The server's `Retry-After`, in seconds. Pages never see it. */
const RETRY_AFTER = 5;
const PLOT = path.join(__dirname, '..', '..', 'docs', 'plots', 'reconnecting.svg');

const { values } = parseArgs({
  options: { clients: { type: 'string', default: '100000' }, plot: { type: 'boolean' } },
});
const program = build('herd');

/** The run with the median number of attempts. */
function run(policy, retryAfter) {
  const asked = retryAfter === undefined ? [] : ['--retry-after', String(retryAfter)];
  const runs = SEEDS.map((seed) => {
    const words = ['--policy', policy, '--clients', values.clients, '--seed', String(seed), ...asked];
    return JSON.parse(execFileSync(program, words, { encoding: 'utf8', maxBuffer: 2 ** 24 }));
  });
  return runs.sort((a, b) => a.attempts - b.attempts)[(runs.length - 1) / 2];
}

const results = POLICIES.flatMap((policy) => [
  { name: policy, ...run(policy) },
  // No other library reads the header.
  ...(policy === 'realtime' ? [{ name: 'realtime, Retry-After', ...run(policy, RETRY_AFTER) }] : []),
]);

const count = (number) => number.toLocaleString('en');
console.log(
  '| client | attempts in the worst second | attempts in all | without effect | half are back | 99 % | all |',
);
console.log('|---|---|---|---|---|---|---|');
for (const { name, peak, attempts, wasted, half, most, all } of results) {
  const numbers = [peak, attempts, wasted].map(count);
  console.log(`| ${[name, ...numbers, ...[half, most, all].map((seconds) => `${seconds} s`)].join(' | ')} |`);
}
if (values.plot) writeFileSync(PLOT, herdPlot(results));
