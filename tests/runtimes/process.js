/** The suite in a process of another runtime. */

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SUITE = pathToFileURL(join(import.meta.dirname, '..', 'suite', 'kit', 'run.js')).href;

/**
 * @param {import('node:test').TestContext} t
 * @param {import('../suite/stage/stage.js').Stage} stage
 * @param {string[]} command of the runtime
 * @param {string} program
 * @param {object} runtime what the suite expects of it
 */
export async function runSuite(t, stage, [binary, ...flags], program, runtime) {
  const run = stage.openRun();
  const argument = JSON.stringify({ stage: stage.url, run: run.id, suite: SUITE, ...runtime });
  const options = { cwd: dirname(program), stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn(binary, [...flags, program, argument], options);
  t.after(() => child.kill());
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  child.on('exit', (code) => run.fail(new Error(`The program ended with ${code}: ${output}`)));
  await run.asTests(t);
}
