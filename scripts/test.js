'use strict';

/**
 * Runs every check of the project in order, the quick ones first, and stops at the first that
 * fails.
 *
 * Each step is an npm script, so that it can be run by itself: `npm run lint`.
 */

const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const steps = [
  { script: 'lint', title: 'JavaScript format and lint' },
  { script: 'types', title: 'JavaScript types' },
  { script: 'rust:format', title: 'Rust format' },
  { script: 'rust:lint', title: 'Rust lint' },
  { script: 'rust:test', title: 'Rust tests' },
  { script: 'equality', title: 'Both sessions, call for call' },
  { script: 'test:node', title: 'JavaScript tests, release addon' },
  { script: 'test:javascript', title: 'JavaScript tests, JavaScript engine' },
  { script: 'test:debug', title: 'Life-cycle tests, debug addon' },
  { script: 'test:browser', title: 'Browser tests, Chromium' },
  { script: 'test:runtimes', title: 'Bun, Deno, workerd, and Node without the addon' },
  { script: 'test:site', title: 'The documentation as a site' },
  { script: 'test:consumers', title: 'Consumer projects with the packed packages' },
];

/** A step that hangs says which it is. The slowest takes a quarter of it. */
const LIMIT_MINUTES = 20;

for (const [index, { script, title }] of steps.entries()) {
  console.log(`\n=== ${index + 1}/${steps.length} ${title} (npm run ${script})\n`);
  const { status, error } = spawnSync('npm', ['run', '--silent', script], {
    cwd: join(__dirname, '..'),
    stdio: 'inherit',
    timeout: LIMIT_MINUTES * 60_000,
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    const reason =
      error && 'code' in error && error.code === 'ETIMEDOUT' ? ` (not done after ${LIMIT_MINUTES} minutes)` : '';
    console.error(`\n=== FAILED: ${title}${reason}. Run it alone with: npm run ${script}`);
    process.exit(1);
  }
}
console.log(`\nSteps: ${steps.length} passed, 0 failed`);
