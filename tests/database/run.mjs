/**
 * The model of the database service for as long as you want:
 *
 *     node tests/database/run.mjs --minutes 10 --seed 1
 *
 * Each round has a seed of its own, which is printed: `--rounds 1` with that seed repeats its plan.
 */

import { parseArgs } from 'node:util';
import { whyNoPostgres } from '../../__test__/support/postgres.js';
import { runModel } from './model.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    slot: { type: 'string' },
  },
});
const reason = whyNoPostgres();
if (reason) throw new Error(reason);
const end = Date.now() + Number(values.minutes) * 60_000;
let seed = Number(values.seed);
let failures = 0;
for (let round = 0; values.rounds ? round < Number(values.rounds) : Date.now() < end; round += 1, seed += 1) {
  const options = {
    seed,
    seconds: Number(values.seconds),
    keepSlot: seed % 2 === 0,
    protocol: seed % 4 < 2 ? 'ws' : 'socket.io',
  };
  const { problems, counts } = await runModel(/** @type {any} */ (options));
  console.log(
    `seed ${seed}, ${options.keepSlot ? 'kept slot' : 'temporary slot'}, ${options.protocol}: ${JSON.stringify(counts)}`,
  );
  for (const problem of problems.slice(0, 20)) console.log(`FAILED: ${problem}`);
  failures += problems.length;
}
console.log(failures > 0 ? `${failures} problem(s)` : 'No problems found.');
process.exit(failures > 0 ? 1 : 0);
