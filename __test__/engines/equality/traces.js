/**
 * The traces of the Rust session, as the simulation writes them: one after the other, so that any
 * number of seeds needs little memory and no disk.
 */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ARGS = ['test', '--locked', '--lib', 'simulation::trace', '--', '--ignored'];

/**
 * Yields the lines of each seed.
 *
 * @param {{ from: number, runs: number }} seeds
 * @returns {AsyncGenerator<string[]>}
 */
async function* traces({ from, runs }) {
  const env = { ...process.env, SIMULATION_FROM: String(from), SIMULATION_RUNS: String(runs) };
  delete env.SIMULATION_TRACE;
  const cargo = spawn('cargo', ARGS, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve, reject) => {
    cargo.once('error', reject);
    cargo.once('close', resolve);
  });
  // Whoever stops reading does not wait for the end.
  ended.catch(() => {});
  let problems = '';
  cargo.stderr.setEncoding('utf8').on('data', (text) => {
    problems = (problems + text).slice(-2000);
  });

  let count = 0;
  let seed = [];
  for await (const line of lines(cargo.stdout)) {
    // The test runner writes lines of its own.
    if (!line.startsWith('{')) continue;
    if (line.startsWith('{"config"') && seed.length > 0) {
      yield seed;
      seed = [];
      count += 1;
    }
    seed.push(line);
  }
  const status = await ended.catch((error) => {
    throw new Error(
      `The traces of the Rust session need \`cargo\`: ${error.message}. Install Rust from https://rustup.rs.`,
    );
  });
  if (status !== 0) throw new Error(`\`cargo ${ARGS.join(' ')}\` failed with ${status}:\n${problems}`);
  if (seed.length > 0) {
    yield seed;
    count += 1;
  }
  if (count !== runs) throw new Error(`The simulation wrote ${count} traces, not ${runs}.`);
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

export { traces };
