// The pages of the error codes, written again and compared: their examples run.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { errorCodes } from '../../lib/errors/error-codes.js';
import { errorPages, withTable } from '../../scripts/error-pages/write.mjs';
import { engine } from '../support/engine.js';

const root = join(import.meta.dirname, '..', '..');
/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n');

// The pages show the native engine, whichever this run is over.
const skip = engine !== 'native' && 'the run over the native engine does it';

test('each page shows the table and what its example prints: npm run docs:errors', { skip }, async () => {
  for (const [path, text] of Object.entries(await errorPages())) assert.equal(read(path), text, path);
});

test('each code has a page and a row, and there are no others', () => {
  const pages = readdirSync(join(root, 'docs', 'errors')).map((name) => name.replace('.md', ''));
  assert.deepEqual(pages.sort(), Object.keys(errorCodes).sort());
  assert.equal(withTable(read('docs/errors.md')), read('docs/errors.md'));
});
