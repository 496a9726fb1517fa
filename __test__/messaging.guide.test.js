'use strict';

/** The guide's examples, run as they are printed: one program, and what each part of it prints. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');

const root = join(__dirname, '..');
const MARK = '=== next example';

test('the examples of docs/messaging.md print what it says they print', () => {
  const guide = readFileSync(join(root, 'docs', 'messaging.md'), 'utf8');
  const examples = [...guide.matchAll(/```js\n([\s\S]*?)```(?:\n\n```\n([\s\S]*?)```)?/g)];
  assert.ok(examples.length > 5);
  const program = examples.map(([, code]) => code).join(`console.log('${MARK}');\n`);
  // A package may import itself by its own name.
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.deepEqual(
    printed.split(`${MARK}\n`),
    examples.map(([, , output = '']) => output),
  );
});
