/** Runs the real `realtime` program: with pipes, or in a terminal. */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(import.meta.dirname, '..', '..', 'cli', 'src', 'bin.js');

/** A directory without a `.env`. @param {import('node:test').TestContext} t */
function emptyDirectory(t) {
  const path = mkdtempSync(join(tmpdir(), 'realtime-cli-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** The variables of a user without settings. @param {Record<string, string>} env */
function environmentOf(env) {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(REALTIME_(?!ENGINE)|NO_COLOR|FORCE_COLOR|NODE_TEST)/.test(name),
  );
  return { ...Object.fromEntries(own), ...env };
}

/** Where a platform is, for the environment. @param {{ url: string, token: (options?: any) => string }} platform */
function settingsOf(platform, permissions = ['admin']) {
  return { REALTIME_URL: platform.url, REALTIME_TOKEN: platform.token({ permissions }) };
}

/**
 * @param {import('node:test').TestContext} t
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, flags?: readonly string[] }} [options]
 */
function startCommand(t, args, { env = {}, cwd = emptyDirectory(t), flags = [] } = {}) {
  const child = spawn(process.execPath, [...flags, PROGRAM, ...args], { cwd, env: environmentOf(env) });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const lines = [];
  const checks = new Set();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const check of checks) check();
  });
  const ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, lines, stderr }));
  });
  return {
    ended,
    lines,
    stdin: child.stdin,
    kill: (/** @type {NodeJS.Signals} */ signal) => child.kill(signal),
    /** The first record that fits, which may be yet to come. */
    record(fits) {
      const found = new Promise((resolve) => {
        const check = () => {
          const record = lines.map((line) => JSON.parse(line)).find(fits);
          if (record !== undefined) resolve(record);
        };
        checks.add(check);
        check();
      });
      const missed = ended.then((end) => {
        if (!end.lines.some((line) => fits(JSON.parse(line))))
          throw new Error(`ended without it: ${JSON.stringify(end)}`);
        return found;
      });
      return Promise.race([found, missed]);
    },
  };
}

/**
 * Runs a command to its end.
 *
 * @param {import('node:test').TestContext} t
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, input?: string, flags?: readonly string[] }} [options]
 */
async function runCommand(t, args, { input = '', ...options } = {}) {
  const command = startCommand(t, args, options);
  command.stdin.end(input);
  const { code, lines, stderr } = await command.ended;
  return { code, lines, stderr, records: () => lines.map((line) => JSON.parse(line)) };
}

/**
 * Runs a command in a pseudo-terminal.
 *
 * @param {import('node:test').TestContext} t
 * @param {readonly string[]} args
 * @param {{ env?: Record<string, string> }} [options]
 */
async function startInTerminal(t, args, { env = {} } = {}) {
  const { spawn: spawnTerminal } = await import('@lydell/node-pty');
  const terminal = spawnTerminal(process.execPath, [PROGRAM, ...args], {
    cols: 200,
    rows: 30,
    name: 'xterm-256color',
    cwd: emptyDirectory(t),
    env: environmentOf(env),
  });
  let screen = '';
  const checks = new Set();
  terminal.onData((data) => {
    screen += data;
    for (const check of checks) check();
  });
  const ended = new Promise((resolve) => {
    terminal.onExit(({ exitCode }) => resolve({ code: exitCode, screen }));
  });
  return {
    ended,
    type: (/** @type {string} */ keys) => terminal.write(keys),
    kill: (/** @type {NodeJS.Signals} */ signal) => process.kill(terminal.pid, signal),
    /** @param {RegExp} pattern */
    shows(pattern) {
      const found = new Promise((resolve) => {
        const check = () => pattern.test(screen) && resolve(undefined);
        checks.add(check);
        check();
      });
      const missed = ended.then((end) => {
        if (!pattern.test(end.screen)) throw new Error(`ended without ${pattern}: ${JSON.stringify(end)}`);
      });
      return Promise.race([found, missed]);
    },
  };
}

export { emptyDirectory, PROGRAM, runCommand, settingsOf, startCommand, startInTerminal };
