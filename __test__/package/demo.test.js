/** The demo checks itself; here it is run as it is. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const VERDICTS = [
  'Every handler got every event it wanted, once.',
  'No write was lost, and the reader saw every one.',
  'Every message arrived once, and presence is right.',
];

test('the demo ends with exit code 0, and is content with each of its parts', () => {
  const demo = join(import.meta.dirname, '..', '..', 'examples', 'demo.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [demo], { encoding: 'utf8', timeout: 40_000 });
  assert.equal(status, 0, stdout + stderr);
  assert.deepEqual(
    VERDICTS.filter((verdict) => !stdout.includes(`\n${verdict}\n`)),
    [],
  );
});
