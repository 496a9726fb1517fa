/** A local platform in its own process, which can be frozen and is killed after the test. */

import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';

const PROGRAM = path.join(import.meta.dirname, '..', '..', 'local-platform', 'src', 'bin.js');

/**
 * @param {import('node:test').TestContext} t
 * @param {{ host?: string, prefix?: readonly string[], flags?: readonly string[] }} [options]
 *   `prefix`: a command that starts the program
 * @returns {Promise<{ url: string, token: string, kill: (signal: NodeJS.Signals) => void }>}
 */
async function startPlatformProcess(t, { host = '127.0.0.1', prefix = [], flags = [] } = {}) {
  const [command, ...args] = [...prefix, process.execPath, PROGRAM, '--port', '0', '--host', host, ...flags];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const found = {};
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const [, name, value] = /^ {2}(URL|TOKEN)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) found[name] = value;
    if (found.URL !== undefined && found.TOKEN !== undefined) break;
  }
  child.stdout.resume();
  return { url: found.URL, token: found.TOKEN, kill: (signal) => child.kill(signal) };
}

export { startPlatformProcess };
