/** The types of a client with schemas, compiled with the types of three libraries. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { compile, project } from '../support/compiler.js';
import { ExpectedErrors } from '../support/expected-errors.js';

const LIBRARIES = ['zod', 'valibot', 'arktype', 'arkregex', '@ark', '@standard-schema'];

for (const flags of [[], ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']])
  test(`types come from schemas, and mistakes are errors ${flags}`, async (t) => {
    const folder = project(t, ...LIBRARIES);
    const expected = new ExpectedErrors();
    const source = readFileSync(join(import.meta.dirname, 'types', 'libraries.ts'), 'utf8');
    writeFileSync(join(folder, 'libraries.ts'), expected.take('libraries.ts', source));
    assert.ok(expected.count >= 14, `${expected.count} errors are expected`);
    const output = await compile(folder, ['--types', 'node', '--skipLibCheck', ...flags, 'libraries.ts']);
    assert.deepEqual(expected.differences(output), []);
  });
