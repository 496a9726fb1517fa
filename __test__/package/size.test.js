/**
 * The promise on how many bytes a page loads, with esbuild and gzip -9: `npm run size` prints the
 * table.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { filesOf, PROGRAMS, sizeOf } from '../../scripts/size.mjs';

const KB = 1024;
/**
 * What each program may cost at once, and with all the parts that only some options or calls load;
 * `promised` is for what it loads at once.
 */
const LIMITS = {
  'core: topics, filters, tokens, gaps': { promised: 14 * KB, atOnce: 30 * KB, inAll: 46.5 * KB },
  'core, as CoreClient of the main entry': { promised: 14 * KB, atOnce: 30 * KB, inAll: 46.5 * KB },
  'everything: documents and messaging, too': { promised: 22 * KB, atOnce: 46.25 * KB, inAll: 69.25 * KB },
  'webhooks alone': { promised: 11.5 * KB, atOnce: 11.5 * KB, inAll: 11.6 * KB },
  'hooks of React, beside React and a client': { promised: 2 * KB, atOnce: 2 * KB, inAll: 2 * KB },
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  const { promised, atOnce, inAll } = LIMITS[/** @type {keyof typeof LIMITS} */ (name)];
  test(`${name}: at most ${atOnce / KB} KB at once, ${inAll / KB} KB in all`, async () => {
    const { first, gzip } = await sizeOf(program);
    assert.ok(first <= atOnce && gzip <= inAll, `${first} bytes at once, ${gzip} in all`);
  });
  const todo = atOnce > promised && 'the engine has to become smaller';
  test(`${name}: at most ${promised / KB} KB at once, as promised`, { todo }, async () => {
    const { first } = await sizeOf(program);
    assert.ok(first <= promised, `${first} bytes`);
  });
}

test('a page loads long-polling, what belongs to HTTP and what checks schemas when it needs them', async () => {
  const [core, , everything] = Object.values(PROGRAMS);
  const lazy =
    /^(log|polling|refusal|cookies|cors|redirect|workerd|requests|fetch|retry|meter|waiting|devtools|schemas|plain|unknown-names|refusal-words)\.js$/;
  const files = await filesOf(core);
  assert.ok(files.includes('transport.js'), 'the WebSocket is there');
  assert.deepEqual(
    files.filter((name) => lazy.test(`${name}`)),
    [],
  );
  assert.deepEqual(
    (await filesOf(everything)).filter((name) => lazy.test(`${name}`)),
    ['requests.js'],
  );
  const { first, gzip } = await sizeOf(core);
  assert.ok(first < gzip - 3000, `${first} bytes at once, ${gzip} in all`);
});

test('a size counts what is in the bundle', async () => {
  const empty = await sizeOf('');
  const some = await sizeOf(`console.log(${JSON.stringify(Array.from({ length: 500 }, (_, n) => n * n * 7919))})`);
  assert.ok(empty.gzip < 50 && some.gzip > 1000 && some.brotli < some.minified && some.gzip < some.minified);
});
