/** Runs the browser tests in Chromium, Firefox and WebKitGTK. */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => join(import.meta.dirname, name));
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files],
  { stdio: 'inherit', env: { ...process.env, REALTIME_BROWSERS: 'all' } },
);
process.exit(status ?? 1);
