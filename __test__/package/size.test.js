/**
 * The promise on how many bytes a page loads, with esbuild and gzip -9: `npm run size` prints the
 * table.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { filesOf, PROGRAMS, sizeOf } from '../../scripts/size.mjs';

const KB = 1024;
/**
 * What each program may cost at once, when it is connected, and with all the parts that only some
 * options or calls load; `promised` is for what it loads at once.
 */
const LIMITS = {
  'core: topics, filters, tokens, gaps': {
    promised: 14 * KB,
    atOnce: 12 * KB,
    connected: 33 * KB,
    inAll: 49.75 * KB,
  },
  'core, as CoreClient of the main entry': {
    promised: 14 * KB,
    atOnce: 12 * KB,
    connected: 33 * KB,
    inAll: 49.75 * KB,
  },
  'everything: documents and messaging, too': {
    promised: 22 * KB,
    atOnce: 21.9 * KB,
    connected: 45.25 * KB,
    inAll: 73 * KB,
  },
  'webhooks alone': { promised: 11.5 * KB, atOnce: 11.5 * KB, connected: 11.6 * KB, inAll: 11.6 * KB },
  'hooks of React, beside React and a client': { promised: 2 * KB, atOnce: 2 * KB, connected: 2 * KB, inAll: 2 * KB },
};

for (const [name, program] of Object.entries(PROGRAMS)) {
  const limits = LIMITS[/** @type {keyof typeof LIMITS} */ (name)];
  const { promised, atOnce, connected, inAll } = limits;
  const kilobytes = [atOnce, connected, inAll].map((bytes) => bytes / KB);
  test(`${name}: at most ${kilobytes.join(', ')} KB at once, connected, in all`, async () => {
    const size = await sizeOf(program);
    const text = `${size.first} bytes at once, ${size.connected} when connected, ${size.gzip} in all`;
    assert.ok(size.first <= atOnce && size.connected <= connected && size.gzip <= inAll, text);
    assert.ok(atOnce <= promised, 'as promised');
  });
}

test('a page loads its engine while it connects, and other parts when it needs them', async () => {
  const [core, , everything] = Object.values(PROGRAMS);
  const lazy =
    /^(log|polling|refusal|cookies|cors|redirect|workerd|requests|fetch|retry|meter|waiting|devtools|schemas|plain|unknown-names|refusal-words|worker|engine|messaging|rest|following|update)\.js$/;
  const lazyFiles = async (/** @type {string} */ program, /** @type {boolean} */ whenConnected) =>
    (await filesOf(program, whenConnected)).filter((name) => lazy.test(`${name}`)).sort();
  assert.deepEqual(await lazyFiles(core, false), []);
  assert.deepEqual(await lazyFiles(core, true), ['engine.js']);
  // What encodes messages is there; what sends requests is not.
  assert.deepEqual(await lazyFiles(everything, false), ['requests.js']);
  assert.deepEqual(await lazyFiles(everything, true), ['engine.js', 'messaging.js', 'requests.js']);
  const { first, gzip } = await sizeOf(core);
  assert.ok(first < gzip - 30_000, `${first} bytes at once, ${gzip} in all`);
});

test('a size counts what is in the bundle', async () => {
  const empty = await sizeOf('');
  const some = await sizeOf(`console.log(${JSON.stringify(Array.from({ length: 500 }, (_, n) => n * n * 7919))})`);
  assert.ok(empty.gzip < 50 && some.gzip > 1000 && some.brotli < some.minified && some.gzip < some.minified);
});
