/**
 * Compares both sessions over any number of seeds: `npm run equality -- --runs 20000 --from 500`.
 * It replays the traces of the simulation, then plays as many random scenarios. It stops at the
 * first seeds that differ, and shows the first difference of each.
 */

import { parseArgs } from 'node:util';
import { Difference, Replay } from './replay.js';
import { randomScenarios, traces } from './rust-session.js';
import { play } from './scenario.js';
import { Session } from './session.js';

const MAX_DIFFERENCES = 5;

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '500' }, from: { type: 'string', default: '0' } },
});
const seeds = { runs: Number(values.runs), from: Number(values.from) };
const isEqual = [
  await compare('traces', traces(seeds), (trace) => [trace.length - 1, replay(trace)]),
  await compare('random scenarios', randomScenarios(seeds), (scenario) => [
    scenario.steps.length,
    difference(scenario),
  ]),
];
process.exit(isEqual.every(Boolean) ? 0 : 1);

/**
 * @template Run
 * @param {string} what
 * @param {AsyncIterable<Run>} all
 * @param {(run: Run) => [calls: number, difference: string | undefined]} check
 */
async function compare(what, all, check) {
  let [runs, calls, differences] = [0, 0, 0];
  for await (const run of all) {
    const [length, difference] = check(run);
    runs += 1;
    calls += length;
    if (difference) {
      console.error(difference);
      differences += 1;
      if (differences === MAX_DIFFERENCES) break;
    }
    if (runs % 1000 === 0) console.log(`${runs} of ${seeds.runs} ${what}, ${calls} calls`);
  }
  const result = differences === 0 ? 'both sessions are equal' : `${differences} differ`;
  console.log(`${runs} ${what} from seed ${seeds.from}, ${calls} calls: ${result}`);
  return differences === 0;
}

/** The first difference of a trace. */
function replay(trace) {
  const session = new Replay(Session);
  try {
    for (const line of trace) session.replay(line);
  } catch (error) {
    if (error instanceof Difference) return error.cause ? `${error.message}\n${error.cause.stack}` : error.message;
    throw error;
  }
  return undefined;
}

/** The first difference of a scenario. */
function difference(scenario) {
  const problem = play(Session, scenario);
  return problem && `${scenario.name}: ${problem}`;
}
