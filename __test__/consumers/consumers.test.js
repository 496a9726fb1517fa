'use strict';

/** The packages as their users get them, used by small projects of each kind. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { after, before, test } = require('node:test');

const { workspace } = require('./workspace.js');

const PROJECTS = [
  'cjs',
  'esm',
  'jest',
  'ava',
  'typescript',
  'vitest',
  'mocha',
  'ts-jest',
  'bundlers',
  'next',
  'serverless',
  'web',
  'react',
];

before(() => workspace.open(PROJECTS));
after(() => workspace.close());

test('the packages were installed without Rust', async () => {
  await assert.rejects(workspace.run('cargo', ['--version'], workspace.folder), { code: 'ENOENT' });
  const installed = fs.readdirSync(workspace.project('node_modules/@smarterservices'));
  assert.deepEqual(installed.filter((name) => /^realtime-(?!local)/.test(name)).length, 1);
  assert.deepEqual(installed.filter((name) => !/^realtime-(?!local)/.test(name)).sort(), [
    'realtime',
    'realtime-local',
  ]);
  const main = fs.readdirSync(workspace.project('node_modules/@smarterservices/realtime/native'));
  assert.deepEqual(main.sort(), ['bundled.mjs', 'index.d.ts', 'index.js']);
});

for (const suite of [
  'programs',
  'compilers',
  'generated',
  'bundlers',
  'next',
  'deployments',
  'web',
  'react',
  'gallery',
])
  require(`./${suite}.js`);
