/**
 * Runs a function as a program in its own process, for tests that end, kill or block a process.
 *
 * The function must not refer to anything outside it. It receives `RealtimeClient` and the
 * arguments, and may be async.
 */

import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';

const PACKAGE = path.join(import.meta.dirname, '..', '..');
/** The file that `require` of the package loads, for the workers and processes of a program. */
const ENTRY = path.join(PACKAGE, 'dist', 'index.js');
/** A program that takes longer hangs: it is killed, and `ended` reports the signal. */
const TIME_LIMIT = 30_000;

/**
 * @param {import('node:test').TestContext} t
 * @param {(RealtimeClient: typeof import('../../index.js').RealtimeClient, ...args: any[]) =>
 *   unknown} run
 * @param {readonly unknown[]} [args] JSON values
 * @param {readonly string[]} [flags] of Node
 * @param {readonly string[]} [prefix] the command that runs Node, such as `unshare`
 * @param {Record<string, string>} [environment] beside that of this process
 */
function start(t, run, args = [], flags = [], { prefix = [], environment = {} } = {}) {
  const source = `(${run})(require(${JSON.stringify(PACKAGE)}).RealtimeClient, ...${JSON.stringify(args)})`;
  const [command, ...rest] = [...prefix, process.execPath, ...flags, '--eval', source];
  const child = spawn(command, rest, { timeout: TIME_LIMIT, env: { ...process.env, ...environment } });
  t.after(() => child.kill());

  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const stdout = [];
  const waiting = new Set();
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    stdout.push(line);
    for (const check of waiting) check();
  });
  /** How the program ended: exit code or signal, printed lines, and errors. */
  const ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });

  return {
    ended,
    /**
     * Resolves when the program has printed this line. Rejects when the program ends without it.
     */
    printed(line) {
      const found = new Promise((resolve) => {
        const check = () => stdout.includes(line) && resolve(line);
        waiting.add(check);
        check();
      });
      const missed = ended.then((end) => {
        if (!stdout.includes(line)) throw new Error(`ended without printing '${line}': ${JSON.stringify(end)}`);
      });
      return Promise.race([found, missed]);
    },
    say: (line) => child.stdin.write(`${line}\n`),
    kill: (signal) => child.kill(signal),
  };
}

export { ENTRY, start };
