/** The commands of docs/cli.md run one after the other, and print what the guide says. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

import { EXIT } from '../../cli/src/exit-codes.js';
import { createProgram } from '../../cli/src/program.js';
import { startPlatform } from '../support/local-platform.js';
import { emptyDirectory, PROGRAM, settingsOf } from '../support/realtime-command.js';

const root = join(import.meta.dirname, '..', '..');
const guide = readFileSync(join(root, 'docs', 'cli.md'), 'utf8');
/** They run until Ctrl-C; the next command is for another terminal. */
const RUNS_ON = /^realtime (listen|channel join|doc watch|webhook forward|dev)\b/;
/** What they print when they are ready. */
const READY = /"kind":"(subscribed|joined|change|registered)"| TOKEN=/;

/** The output of the guide, in which `...` stands for anything. @param {string} text */
function patternOf(text) {
  const quoted = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('\\.\\.\\.', '[^,]*?');
  return new RegExp(`^${quoted}$`);
}

test('the commands of the guide do what it says', async (t) => {
  const platform = await startPlatform(t);
  const cwd = emptyDirectory(t);
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'realtime'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(join(bin, 'realtime'), 0o755);
  const env = { ...process.env, ...settingsOf(platform), PATH: `${bin}${delimiter}${process.env.PATH}` };
  const blocks = [...guide.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```\n([\s\S]*?)```)?/g)];
  assert.ok(blocks.length > 10);
  const running = [];
  for (const [, code, output] of blocks) {
    // A free port: the default one may be in use here.
    const command = code.trim().replace('--port 3000', '--port 0');
    const child = spawn('sh', ['-c', RUNS_ON.test(command) ? `exec ${command}` : `set -e\n${command}`], { cwd, env });
    t.after(() => child.kill('SIGKILL'));
    const lines = [];
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const ready = new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        if (READY.test(line)) resolve(undefined);
      });
    });
    if (RUNS_ON.test(command)) {
      const early = ended.then((exit) => assert.fail(`${command} ended with ${exit}: ${errors}`));
      early.catch(() => {});
      await Promise.race([ready, early]);
      running.push({ command, child, ended, lines });
      continue;
    }
    assert.equal(await ended, 0, `${command}: ${errors}`);
    if (output !== undefined) assert.match(lines.join('\n'), patternOf(output.trim()), command);
  }
  // The endpoint of the guide is not there: its events, if any, may be dead letters.
  const isFine = (command, code) => code === EXIT.ok || (command.includes('--forward-to') && code === EXIT.undelivered);
  for (const { command, child, ended, lines } of running) {
    child.kill('SIGINT');
    const code = await ended;
    assert.ok(isFine(command, code), `${command} ended with ${code}`);
    if (!command.startsWith('realtime dev')) assert.match(lines.at(-1), /"kind":"summary"/, command);
  }
  const [listener] = running.filter(({ command }) => command.startsWith('realtime listen'));
  assert.match(listener.lines.join('\n'), /"kind":"event".*"orderId":7/);
  assert.doesNotMatch(listener.lines.join('\n'), /"orderId":8/, 'the filter of the guide');
});

test('the guide has every command, every exit code and every kind of line', () => {
  for (const command of createProgram().commands) {
    const names =
      command.commands.length > 0
        ? command.commands.map((child) => `${command.name()} ${child.name()}`)
        : [command.name()];
    for (const name of names) {
      const [last] = name.split(' ').reverse();
      assert.ok(guide.includes(`realtime ${name}`) || guide.includes(`\`${last}\``), name);
    }
  }
  const sources = readdirSync(join(root, 'cli', 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.js'),
  );
  const kinds = sources.flatMap((path) => {
    const text = readFileSync(join(root, 'cli', 'src', path), 'utf8');
    return [...text.matchAll(/\bkind: '([a-z-]+)'/g)].map(([, kind]) => kind);
  });
  assert.ok(kinds.includes('event') && kinds.includes('resent'));
  for (const kind of kinds) assert.ok(guide.includes(`\`${kind}\``), kind);
  const codes = [...guide.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  assert.deepEqual(codes, Object.values(EXIT));
});
