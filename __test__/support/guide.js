'use strict';

/**
 * Runs the examples of a guide as one program, and compares its output with what the guide shows.
 */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');
const MARK = '=== next example';

/** @param {string} path of the guide, e.g. `docs/sync.md` */
function assertGuidePrints(path) {
  const guide = readFileSync(join(root, path), 'utf8');
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
}

module.exports = { assertGuidePrints };
