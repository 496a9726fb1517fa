// The built site, page by page in Chromium: on a phone and on a desk, and its search and dark mode.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { test } from 'node:test';

import { findChromium, launchChromium, NO_CHROMIUM } from '../browsers/chromium.js';

const dist = join(import.meta.dirname, '..', '..', 'site', 'dist');
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};
const WIDTHS = [360, 1280];

const binary = findChromium();
const skip = binary === undefined && NO_CHROMIUM;
const pages = readdirSync(dist, { encoding: 'utf8', recursive: true })
  .filter((name) => name.endsWith('.html') && !name.startsWith('api/') && name !== '404.html')
  .map((name) => `/${name.replace(/(index)?\.html$/, '')}`);

/** Serves the site as a static host does: without extensions. @param {import('node:test').TestContext} t */
async function serve(t) {
  const server = createServer((request, response) => {
    const path = join(dist, normalize(decodeURIComponent(new URL(request.url, 'http://site').pathname)));
    const file = [path, `${path}.html`, join(path, 'index.html')].find(
      (each) => existsSync(each) && statSync(each).isFile(),
    );
    if (file === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

test('every page is readable on a phone and on a desk', { skip }, async (t) => {
  assert.ok(pages.length > 30);
  const url = await serve(t);
  const browser = await launchChromium(t, binary);
  const faults = [];
  for (const width of WIDTHS) {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    let current = '';
    page.on('pageerror', (error) => faults.push(`${current} at ${width}: ${error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${current} at ${width}: ${response.status()} ${response.url()}`);
    });
    for (const path of pages) {
      current = path;
      await page.goto(url + path, { waitUntil: 'load' });
      const seen = await page.evaluate(async () => {
        const images = [...document.querySelectorAll('main img')];
        for (const image of images) image.loading = 'eager';
        await Promise.allSettled(images.map((image) => image.decode()));
        return {
          title: document.querySelector('main h1')?.textContent,
          wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          broken: images.filter(({ naturalWidth }) => naturalWidth === 0).map(({ src }) => src),
        };
      });
      if (!seen.title) faults.push(`${path} at ${width}: no title`);
      if (seen.wide > 0) faults.push(`${path} at ${width}: ${seen.wide} px too wide`);
      for (const image of seen.broken) faults.push(`${path} at ${width}: ${image} is broken`);
    }
    await page.close();
  }
  assert.deepEqual(faults, []);
});

test('the search finds a heading, and the page has a dark mode', { skip }, async (t) => {
  const url = await serve(t);
  const browser = await launchChromium(t, binary);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  await page.goto(`${url}/topics`);
  const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark'));
  assert.equal(await isDark(), false);
  await page.locator('.VPNavBarAppearance .VPSwitchAppearance').click();
  assert.equal(await isDark(), true);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByPlaceholder('Search').fill('back-pressure');
  await page.locator('.results a', { hasText: 'Back-pressure' }).first().click();
  await page.waitForURL('**/delivery-guarantees#back-pressure');
});

test('llms.txt lists every guide', () => {
  const text = readFileSync(join(dist, 'llms.txt'), 'utf8');
  const links = [...text.matchAll(/\]\((\/[^)]+)\.md\)/g)].map(([, link]) => link);
  const listed = new Set(links.map((link) => link.replace(/index$/, '')));
  assert.deepEqual(
    // The page of error codes leads to theirs.
    pages.filter((page) => !listed.has(page) && !page.startsWith('/errors/')),
    [],
  );
});
