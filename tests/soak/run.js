'use strict';

/**
 * Long runs that are not part of `npm test`:
 *
 *     npm run soak -- --minutes 10 --seed 1      load under random faults: every event is accounted for
 *     npm run soak -- --cycles 10000             clients that are created, connected and destroyed
 *     npm run soak -- --cluster --minutes 10     two platforms at one Redis, one of them killed now and then
 *     npm run soak -- --slow --minutes 2         a handler a thousand times too slow, with each policy of `inbox`
 *
 * `--recovery 0` switches the server's Connection State Recovery off, `--rate` sets the events per
 * second.
 */

const { parseArgs } = require('node:util');

const { churn } = require('./churn.js');
const { cluster } = require('./cluster.js');
const { load } = require('./load.js');
const { slow } = require('./slow.js');

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    rate: { type: 'string', default: '200' },
    recovery: { type: 'string', default: '5000' },
    cycles: { type: 'string' },
    slow: { type: 'boolean', default: false },
    cluster: { type: 'boolean', default: false },
  },
});
const { slow: isSlow, cluster: isCluster, ...texts } = values;
const numbers = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)]));

for (const [name, number] of Object.entries(numbers)) {
  if (!(number >= 0)) throw new Error(`--${name}: expected a number, got '${texts[name]}'`);
}
run().then((problems) => {
  for (const problem of problems.slice(0, 20)) console.error(`FAILED: ${problem}`);
  console.log(problems.length > 0 ? `${problems.length} problem(s)` : 'No problems found.');
  process.exit(problems.length > 0 ? 1 : 0);
});

function run() {
  if (isSlow) return slow(numbers.minutes);
  if (isCluster) return cluster(numbers);
  return numbers.cycles ? churn(numbers.cycles) : load(numbers);
}
