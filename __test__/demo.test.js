'use strict';

// The demo, run as `npm run demo` runs it once everything is set up. It checks what it shows, and exits accordingly.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');

test('the demo ends well and by itself', () => {
  const demo = join(__dirname, '..', 'examples', 'demo.js');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [demo], { encoding: 'utf8', timeout: 50_000 });
  assert.deepEqual({ status, signal }, { status: 0, signal: null }, `${stdout}\n${stderr}`);
});
