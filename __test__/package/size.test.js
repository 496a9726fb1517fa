/**
 * The promise on how many bytes a page loads, with esbuild and gzip -9: `npm run size` prints the
 * table.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HOOKS, PROGRAMS, sizeOf } from '../../scripts/size.mjs';

const KB = 1024;
/** What each program may cost; `now` holds what is not reached yet. */
const LIMITS = {
  'core: topics, filters, tokens, gaps': { promised: 14 * KB, now: 40 * KB },
  'core, as CoreClient of the main entry': { promised: 14 * KB, now: 40 * KB },
  'everything: documents and messaging, too': { promised: 22 * KB, now: 57 * KB },
  'webhooks alone': { promised: 11 * KB, now: 11 * KB },
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  const { promised, now } = LIMITS[/** @type {keyof typeof LIMITS} */ (name)];
  test(`${name}: at most ${now / KB} KB`, async () => {
    const { gzip } = await sizeOf(program);
    assert.ok(gzip <= now, `${gzip} bytes`);
  });
  const todo = now > promised && 'the engine has to become smaller';
  test(`${name}: at most ${promised / KB} KB, as promised`, { todo }, async () => {
    const { gzip } = await sizeOf(program);
    assert.ok(gzip <= promised, `${gzip} bytes`);
  });
}

test('the hooks of React add at most 2 KB to a page that has React', async () => {
  const { gzip } = await sizeOf(HOOKS, undefined, { external: ['react'] });
  assert.ok(gzip > 500 && gzip <= 2 * KB, `${gzip} bytes`);
});

test('a size counts what is in the bundle', async () => {
  const empty = await sizeOf('');
  const some = await sizeOf(`console.log(${JSON.stringify(Array.from({ length: 500 }, (_, n) => n * n * 7919))})`);
  assert.ok(empty.gzip < 50 && some.gzip > 1000 && some.brotli < some.minified && some.gzip < some.minified);
});
