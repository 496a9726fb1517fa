/**
 * Compares both sessions over any number of seeds: `npm run equality -- --runs 20000 --from 500`.
 * It stops at the first seeds that differ, and shows the first line that differs of each.
 */

import { parseArgs } from 'node:util';
import { Session } from '../../../lib/engines/javascript/session/session.js';
import { Difference, Replay } from './replay.js';
import { traces } from './traces.js';

const MAX_DIFFERENCES = 5;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '500' }, from: { type: 'string', default: '0' } },
});
const [runs, from] = [values.runs, values.from].map(Number);
const progress = Math.max(1, Math.floor(runs / 20));
let seeds = 0;
let calls = 0;
let differences = 0;
for await (const trace of traces({ from, runs })) {
  const replay = new Replay(Session);
  try {
    for (const line of trace) replay.replay(line);
  } catch (error) {
    if (!(error instanceof Difference)) throw error;
    console.error(error.cause ? error : error.message);
    differences += 1;
    if (differences === MAX_DIFFERENCES) break;
  }
  seeds += 1;
  calls += trace.length - 1;
  if (seeds % progress === 0) console.log(`${seeds} of ${runs} seeds, ${calls} calls`);
}
console.log(
  `${seeds} seeds from ${from}, ${calls} calls: ${differences === 0 ? 'both sessions are equal' : `${differences} differ`}`,
);
process.exit(differences === 0 ? 0 : 1);
