'use strict';

/**
 * Runs the life-cycle tests against the debug build of the addon, whose assertions (integer
 * overflow, tokio's and napi's own checks) the release build does not have.
 */

const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const addonFolder = join(root, 'target', 'debug-addon');
const addon = readdirSync(addonFolder).find((name) => name.endsWith('.node'));
const tests = readdirSync(join(root, '__test__', 'lifecycle')).filter((name) => name.endsWith('.test.js'));
if (!addon || tests.length === 0) {
  console.error(`Nothing to run: addon ${addon ?? 'missing'}, ${tests.length} life-cycle tests.`);
  process.exit(1);
}

const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-timeout=60000',
    '--test-reporter=spec',
    ...tests.map((name) => join('__test__', 'lifecycle', name)),
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: join(addonFolder, addon) },
  },
);
process.exit(status ?? 1);
