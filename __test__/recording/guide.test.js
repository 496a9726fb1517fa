/** The replay in `docs/recording.md` is a real one. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const guide = readFileSync(join(ROOT, 'docs', 'recording.md'), 'utf8');

test('the script prints the replay that the guide shows', () => {
  const [, shown] = /** @type {RegExpExecArray} */ (/\n```\n( +\d+ [\s\S]*?)\n```\n/.exec(guide));
  const printed = execFileSync(
    process.execPath,
    [join(ROOT, 'scripts', 'replay.js'), join(ROOT, 'tests', 'recordings', 'flight-native.jsonl'), '--step'],
    { encoding: 'utf8' },
  );
  const parts = shown.split('\n...\n');
  assert.ok(parts.length > 1);
  let at = 0;
  for (const part of parts) {
    at = printed.indexOf(part, at);
    assert.ok(at >= 0, `not printed:\n${part}`);
  }
  assert.ok(printed.endsWith(`${parts[parts.length - 1]}\n`));
});
