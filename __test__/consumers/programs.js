'use strict';

/** Programs and test suites, in the test runners that people use. */

const { test } = require('node:test');

const { deployment } = require('./guide.js');
const { workspace } = require('./workspace.js');

test('a CommonJS program', () => workspace.node('cjs', ['main.js']));
test('an ES module', () => workspace.node('esm', ['main.js']));
test('a jest suite', () => workspace.node('jest', [workspace.tool('jest/bin/jest.js')]));
test('an ava suite', () => workspace.node('ava', [workspace.tool('ava/entrypoints/cli.mjs')]));

test('a Mocha suite', (t) => {
  const reason = workspace.lacks('mocha');
  if (reason) return t.skip(reason);
  return workspace.node('mocha', [workspace.tool('mocha/bin/mocha.js'), '*.spec.js', '*.spec.mjs']);
});

test('a ts-jest suite', () => {
  deployment.write('jest.config.cjs', workspace.project('ts-jest'));
  return workspace.node('ts-jest', [
    workspace.tool('jest/bin/jest.js'),
    '--globalSetup',
    '../jest/platform.mjs',
    '--globalTeardown',
    '../jest/platform-teardown.mjs',
  ]);
});

for (const pool of ['threads', 'forks']) {
  test(`a Vitest suite in ${pool}`, (t) => {
    const reason = workspace.lacks('vitest', '@rolldown');
    if (reason) return t.skip(reason);
    return workspace.node('vitest', [workspace.tool('vitest/vitest.mjs'), 'run', `--pool=${pool}`]);
  });
}
