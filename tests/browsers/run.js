/** Runs the browser tests: in Chromium, and with `--all` in Firefox and WebKitGTK, too. */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => join(import.meta.dirname, name));
const env = { ...process.env, ...(process.argv.includes('--all') && { REALTIME_BROWSERS: 'all' }) };
// Each file starts browsers: one at a time keeps the machine usable.
const flags = ['--test', '--test-concurrency=1', '--test-reporter=spec'];
const { status } = spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit', env });
process.exit(status ?? 1);
