/**
 * What the Rust session does, as its tests write it: one seed after the other, so that any number
 * of seeds needs little memory and no disk.
 */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The one text that may differ: where JSON is invalid. `JSON.parse` says that in the words of the
 * runtime, or not at all.
 */
const JSON_PROBLEM = /invalid JSON: (?:[^"\\]|\\.)*/g;

/**
 * Seeds to run: the first one and their number.
 *
 * @typedef {{ from: number, runs: number }} Seeds
 */

/** How many seeds one run of the tests writes. The test runner complains about a test of 60 s. */
const BATCH = 250;

/**
 * The traces of the simulation, each with all of its lines.
 *
 * @param {Seeds} seeds
 * @returns {AsyncGenerator<string[]>}
 */
async function* traces(seeds) {
  for (const batch of batches(seeds)) {
    /** @type {string[]} */
    let trace = [];
    let count = 0;
    for await (const line of written('simulation::trace', batch)) {
      if (line.startsWith('{"config"') && trace.length > 0) {
        yield trace;
        trace = [];
        count += 1;
      }
      trace.push(line);
    }
    if (trace.length > 0) {
      yield trace;
      count += 1;
    }
    requireAll(count, batch);
  }
}

/**
 * Random scenarios with what the Rust session did.
 *
 * @param {Seeds} seeds
 */
async function* randomScenarios(seeds) {
  for (const batch of batches(seeds)) {
    let count = 0;
    for await (const line of written('scenarios::random', batch)) {
      yield JSON.parse(line);
      count += 1;
    }
    requireAll(count, batch);
  }
}

/** @param {Seeds} seeds */
function* batches({ from, runs }) {
  for (let done = 0; done < runs; done += BATCH) yield { from: from + done, runs: Math.min(BATCH, runs - done) };
}

function requireAll(count, { runs }) {
  if (count !== runs) throw new Error(`The Rust session wrote ${count} runs, not ${runs}.`);
}

/** The lines that a test of the Rust session writes. */
async function* written(name, { from, runs }) {
  const args = ['test', '--locked', '--lib', name, '--', '--ignored'];
  const env = { ...process.env, SIMULATION_FROM: String(from), SIMULATION_RUNS: String(runs) };
  delete env.SIMULATION_TRACE;
  const cargo = spawn('cargo', args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve, reject) => {
    cargo.once('error', reject);
    cargo.once('close', resolve);
  });
  // A caller that stops reading does not wait for the end.
  ended.catch(() => {});
  let report = '';
  cargo.stderr.setEncoding('utf8').on('data', (text) => {
    report = (report + text).slice(-4000);
  });
  for await (const line of lines(cargo.stdout)) {
    // The test runner writes lines of its own.
    if (line.startsWith('{')) yield line.replace(JSON_PROBLEM, 'invalid JSON');
    else report = (report + line).slice(-4000);
  }
  const status = await ended.catch((error) => {
    throw new Error(
      `Comparing the two sessions needs \`cargo\`: ${error.message}. Install Rust from https://rustup.rs.`,
    );
  });
  if (status !== 0) throw new Error(`\`cargo ${args.join(' ')}\` failed with ${status}:\n${report}`);
}

/** @param {import('node:stream').Readable} stream */
async function* lines(stream) {
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest) yield rest;
}

export { randomScenarios, traces };
