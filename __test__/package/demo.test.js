// `npm run demo -- --web`, which a person ends with Ctrl-C.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';

const demo = join(import.meta.dirname, '..', '..', 'examples', 'demo.js');

test('the demo serves a page until it is stopped', { skip: process.platform === 'win32' }, async (t) => {
  const program = spawn(process.execPath, [demo, '--web'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => program.kill('SIGKILL'));
  const exited = once(program, 'exit');
  const [line] = await once(createInterface(program.stdout), 'line');
  const [, url] = /^Open (http:\S+) /.exec(line);
  const page = await (await fetch(url)).text();
  assert.match(page, /<script type="module"/);
  program.kill('SIGINT');
  assert.deepEqual(await exited, [0, null]);
});
