/**
 * Runs the examples of a guide as one program, and compares its output with what the guide shows.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const MARK = '=== next example';

/** @param {string} path of the guide, e.g. `docs/documents.md` */
function assertGuidePrints(path) {
  const guide = readFileSync(join(root, path), 'utf8');
  const examples = [...guide.matchAll(/```js\n([\s\S]*?)```(?:\n\n```\n([\s\S]*?)```)?/g)];
  assert.ok(examples.length > 4);
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

export { assertGuidePrints };
