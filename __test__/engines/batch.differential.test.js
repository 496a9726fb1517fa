'use strict';

/** Events arrive as JSON.parse would have made them, whichever way they have come. */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const path = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');

const run = promisify(execFile);
const program = path.join(__dirname, 'support', 'shapes-program.js');

async function passes(...flags) {
  const { stdout } = await run(process.execPath, [...flags, program, '300']);
  const { events, refused, parsed } = JSON.parse(stdout);
  assert.ok(events > 3000 && refused > 1000, stdout);
  assert.ok(parsed < events / 4, `most events have not come as JSON: ${stdout}`);
}

test('by generated code', () => passes());
test('where code must not be generated', () => passes('--disallow-code-generation-from-strings'));
