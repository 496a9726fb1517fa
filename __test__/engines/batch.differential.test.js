/** Events arrive as JSON.parse would have made them, whichever way they have come. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = path.join(import.meta.dirname, '..', 'support', 'shapes-program.js');

async function passes(...flags) {
  const { stdout } = await run(process.execPath, [...flags, program, '300']);
  const { events, refused, parsed } = JSON.parse(stdout);
  assert.ok(events > 3000 && refused > 1000, stdout);
  assert.ok(parsed < events / 4, `most events have not come as JSON: ${stdout}`);
}

test('by generated code', () => passes());
test('where code must not be generated', () => passes('--disallow-code-generation-from-strings'));
