/**
 * Every recording in `tests/recordings` replays in the JavaScript session. The tests of the Rust
 * session (`src/session/recorder/replay.rs`) replay the same ones.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { recorder } from '../../lib/recorder.js';

const FOLDER = new URL('../../tests/recordings/', import.meta.url);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl'));

test('there are recordings', () => {
  assert.ok(files.length >= 2, `${files}`);
});

for (const name of files) {
  test(name, () => {
    const steps = [...recorder.replay(readFileSync(new URL(name, FOLDER), 'utf8'))];
    assert.ok(steps.length > 0);
    const last = steps[steps.length - 1];
    assert.equal(last.difference, undefined, `line ${last.line}: ${last.call}`);
  });
}
