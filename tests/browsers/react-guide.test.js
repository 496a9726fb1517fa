/** Every example of `docs/react.md`, as an application in Chromium. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Stage } from '../suite/stage/stage.js';
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.js';
import { bundle } from './react/bundle.js';

const GUIDE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'react.md'), 'utf8');
const SERVER = 'https://realtime.example.com';
const binary = findChromium();

/** The files that the guide shows, by name. */
const files = new Map(
  [...GUIDE.matchAll(/^`([\w./-]+\.jsx?)`:\n\n```jsx?\n([\s\S]*?)```/gm)].map(([, name, text]) => [name, text]),
);
const used = new Set();

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.start();
});
after(() => stage.close());

/**
 * A page of files of the guide, with a platform in the place of the server.
 *
 * @param {string} entry
 * @param {string} [source] of the entry, where the guide does not show it
 */
async function prepare(entry, source) {
  const platform = await stage.startPlatform();
  const token = stage.addPage(`token-${entry.replace(/\W/g, '')}`, {
    body: platform.token({ permissions: ['service'] }),
  });
  const read = (/** @type {string} */ name) => {
    if (name === entry && source !== undefined) return source;
    const text = files.get(name);
    assert.ok(text, `docs/react.md shows ${name}`);
    used.add(name);
    return text.replaceAll(SERVER, platform.url).replaceAll("'/token'", `'${token}'`);
  };
  const script = stage.addPage(`script-${entry.replace(/\W/g, '')}`, {
    body: await bundle(entry, 19, { files: read }),
    headers: { 'content-type': 'text/javascript' },
  });
  const body = `<!doctype html><title>Guide</title><body><div id="root"></div><script type="module" src="${script}"></script>`;
  return { platform, url: stage.addPage(`page-${entry.replace(/\W/g, '')}`, { body }) };
}

test('the application of the guide', { timeout: 30_000, skip: binary ? false : NO_CHROMIUM }, async (t) => {
  const { platform, url } = await prepare('main.jsx');
  const browser = await launchChromium(t, binary);
  const open = async () => {
    const page = await browser.newPage();
    page.on('pageerror', (error) => assert.fail(error));
    await page.goto(url);
    await page.locator('[role=status]', { hasText: /^live$/ }).waitFor();
    return page;
  };
  const page = await open();
  await page.getByText('There is no such note.').waitFor();
  platform.documents.create('notes', { id: 'n1', data: { likes: 1 } });
  await page.getByText('1 likes, revision 1').click();
  await page.getByText('2 likes, revision 2').waitFor();
  // The filter of one component, and the other without.
  await platform.subscribed('session.status', 2);
  for (const [sessionId, campusId, status] of [
    [1, 12, 'active'],
    [2, 13, 'ended'],
  ])
    platform.publish({ topic: 'session.status', payload: { sessionId, campusId, status } });
  await page.getByText('Session 1 is active.').waitFor();
  await page.locator('li', { hasText: 'ended' }).waitFor();
  assert.deepEqual(await page.locator('li').allTextContents(), ['active', 'ended']);
  await page.getByText('1 here').waitFor();
  const other = await open();
  await page.getByText('2 here').waitFor();
  await other.locator('#greet').click();
  await page.locator('#greeting', { hasText: 'hello' }).waitFor();
  assert.equal(platform.connections.length, 2);
  await other.close();
  await page.getByText('1 here').waitFor();
});

test('the provider of a framework', { timeout: 30_000, skip: binary ? false : NO_CHROMIUM }, async (t) => {
  const { platform, url } = await prepare(
    'page.jsx',
    `import { createRoot } from 'react-dom/client';
    import { Providers } from './app/providers.jsx';
    import { Connection } from './connection.jsx';
    createRoot(document.getElementById('root')).render(<Providers><Connection /></Providers>);`,
  );
  const browser = await launchChromium(t, binary);
  const page = await browser.newPage();
  await page.goto(url);
  await page.locator('[role=status]', { hasText: /^live$/ }).waitFor();
  assert.equal(platform.connections.length, 1);
});

test('every file that the guide shows was used', { skip: binary ? false : NO_CHROMIUM }, () => {
  assert.ok(used.size > 7);
  assert.deepEqual([...used].sort(), [...files.keys()].sort());
  // TypeScript is compiled with the consumer projects. Everything else is in a file.
  assert.equal(GUIDE.match(/^```jsx?$/gm)?.length, files.size);
});
