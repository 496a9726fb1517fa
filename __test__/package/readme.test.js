// The README's quick start, run as it is printed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

test('the quick start prints what the README says it prints', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, program] = readme.match(/```js\n([\s\S]*?)```/);
  const [, printed] = readme.match(/prints:\n\n```\n([\s\S]*?)```/);
  // A package may import itself by its own name.
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.equal(output, printed);
});
