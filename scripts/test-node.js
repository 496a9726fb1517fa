'use strict';

/**
 * Runs the JavaScript tests: all of them, or those whose path contains one of the arguments, as in
 * `npm run test:node -- sync webhook/receiver`. With `--engine=javascript` it runs those that depend
 * on the engine, over the JavaScript engine.
 */

const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const ROOT = join(__dirname, '..');
/** They have commands of their own, or are not tests. */
const OTHERS = ['consumers', 'support'];

/** They choose their engines themselves, or do not depend on any. */
const WITHOUT_ENGINE = ['engines', 'host', 'local-platform', 'package', 'requests'];

const JAVASCRIPT = '--engine=javascript';
const isJavaScript = process.argv.includes(JAVASCRIPT);
const others = isJavaScript ? [...OTHERS, ...WITHOUT_ENGINE] : OTHERS;
const wanted = process.argv.slice(2).filter((argument) => argument !== JAVASCRIPT);
const files = readdirSync(join(ROOT, '__test__'), { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.js') && !path.includes('node_modules/'))
  .filter((path) => !others.includes(path.split('/')[0]))
  .map((path) => `__test__/${path}`)
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(`No test file's path contains ${wanted.join(' or ')}.`);
  process.exit(1);
}

// The tests of the equality and of recordings run the Rust session. Its build may take longer than
// a test may.
if (files.some((file) => /^__test__\/(engines\/equality|recording)\//.test(file))) {
  const build = spawnSync('cargo', ['test', '--locked', '--lib', '--no-run'], { cwd: ROOT, stdio: 'inherit' });
  if (build.error) {
    console.error(
      'The tests of both engines need `cargo` for the traces of the Rust session. Install it from https://rustup.rs.',
    );
  }
  if (build.status !== 0) process.exit(1);
}

const flags = ['--test', '--test-concurrency=3', '--test-timeout=120000', '--test-reporter=spec'];
const env = isJavaScript ? { ...process.env, REALTIME_ENGINE: 'javascript' } : process.env;
const { status } = spawnSync(process.execPath, [...flags, ...files], { cwd: ROOT, env, stdio: 'inherit' });
process.exit(status ?? 1);
