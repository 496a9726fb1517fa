/** The examples in README.md and the guides, compiled. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { compile, project } from '../support/compiler.js';
import { DECLARED, documentedPrograms, GENERATED } from '../support/documented-programs.js';

/** Libraries of schemas, with what their types need. */
const SCHEMAS = ['zod', 'valibot', 'arktype', 'arkregex', '@ark'];
const LIB = ['--lib', 'es2023,esnext.disposable', '--types', 'node'];
// An editor checks JavaScript like this: a parameter may have no type.
const JAVASCRIPT = ['--allowJs', '--checkJs', '--noImplicitAny', 'false'];

test('the JavaScript of the guides compiles, and a mistake in it is an error', async (t) => {
  const folder = project(t, '@opentelemetry', 'esbuild', 'express', 'fastify', 'ioredis', 'socket.io', ...SCHEMAS);
  const programs = documentedPrograms('js');
  assert.ok(programs.length >= 25, `found ${programs.length} programs`);
  writeFileSync(join(folder, 'declared.d.mts'), DECLARED);
  writeFileSync(join(folder, 'broken.mjs'), "realtime.subscribe({ topik: 'a' });\nexport {};\n");
  for (const { file, code } of programs) writeFileSync(join(folder, file), code);
  const files = ['declared.d.mts', 'broken.mjs', ...programs.map(({ file }) => file)];
  const output = await compile(folder, [...LIB, ...JAVASCRIPT, ...files]);
  assert.match(output, /^broken\.mjs\(1,22\): error TS2561: .*$/);
});

test('the TypeScript of the guides compiles with every strict option', async (t) => {
  const folder = project(t, ...SCHEMAS);
  const programs = documentedPrograms('ts');
  assert.ok(programs.some(({ file }) => file.startsWith('docs-typescript')));
  writeFileSync(join(folder, GENERATED.file), GENERATED.code);
  for (const { file, code } of programs) writeFileSync(join(folder, file), code);
  const strict = ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noImplicitReturns'];
  assert.equal(await compile(folder, [...LIB, ...strict, ...programs.map(({ file }) => file)]), '');
});
