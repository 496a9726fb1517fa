/** The command `realtime-local` as its users run it: the real program in a process of its own. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PACKAGE = join(import.meta.dirname, '..', '..', 'local-platform');
const BIN = join(PACKAGE, 'src', 'bin.js');
/** What users get. */
const PUBLISHED_BIN = join(PACKAGE, 'dist', 'bin.js');

/**
 * An empty folder, removed when the test is over.
 *
 * @param {import('node:test').TestContext} t
 */
function newFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-command-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Runs the command until it ends by itself.
 *
 * @param {string[]} flags
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 */
async function outcome(flags, { cwd, env } = {}) {
  const child = spawn(process.execPath, [BIN, ...flags], { cwd, env: { ...process.env, ...env } });
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, 'exit'),
  ]);
  return { code, stdout: stdout.join(''), stderr: stderr.join('').replace('realtime-local: ', '') };
}

/**
 * Starts the command, and reads its output line by line. It is killed after the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} flags
 * @param {{ cwd?: string, env?: Record<string, string>, bin?: string }} [options]
 */
function startCommand(t, flags, { cwd, env, bin = BIN } = {}) {
  const child = spawn(process.execPath, [bin, '--port', '0', ...flags], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  /** @type {string[]} */
  const seen = [];
  return {
    /** Every line that was read so far. */
    seen,
    /**
     * Reads on until a line matches.
     *
     * @param {RegExp} pattern
     * @returns {Promise<string[]>} the match
     */
    async line(pattern) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`No line matched ${pattern}:\n${seen.join('\n')}`);
        seen.push(value);
        const match = pattern.exec(value);
        if (match) return match;
      }
    },
    /** Ends it as Ctrl-C does, and reads the rest. @returns {Promise<number | null>} the exit code */
    async stop() {
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      for (let next = await lines.next(); !next.done; next = await lines.next()) seen.push(next.value);
      const [code] = await exit;
      return code;
    },
  };
}

/**
 * Starts the command and reads its head.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} [flags]
 * @param {{ cwd?: string, env?: Record<string, string>, bin?: string }} [options]
 */
async function startReady(t, flags = [], options) {
  const command = startCommand(t, flags, options);
  const [, url] = await command.line(/^ {2}URL=(\S+)$/);
  const [, token] = await command.line(/^ {2}TOKEN=(\S+)$/);
  await command.line(/Ctrl-C stops\.$/);
  return { ...command, url, token };
}

/**
 * A request of the REST API.
 *
 * @param {{ url: string, token?: string }} to
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function call({ url, token }, method, path, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

export { BIN, call, newFolder, outcome, PUBLISHED_BIN, startCommand, startReady };
