'use strict';

/** A page with the hooks of React, built by Vite as people do, in Chromium. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { createServer } = require('node:http');
const { once } = require('node:events');
const { extname, join } = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');

const { workspace } = require('./workspace.js');

const TYPES = { '.html': 'text/html', '.js': 'text/javascript' };

test("a page with React's hooks, built by Vite, gets an event", { timeout: 120_000 }, async (t) => {
  const reason = workspace.lacks('vite', '@rolldown');
  if (reason) return t.skip(reason);
  const { findChromium, launchChromium, NO_CHROMIUM } = await import('../../tests/browsers/chromium.js');
  const binary = findChromium();
  if (binary === undefined) return t.skip(NO_CHROMIUM);
  const built = await build(workspace.project('react'));
  const site = await serve(t, built);
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const platform = await startLocalPlatform();
  t.after(() => platform.close());

  const browser = await launchChromium(t, binary);
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(`${site}/?${new URLSearchParams({ url: platform.url, token: platform.token() })}`);
  await platform.subscribed('session.status');
  await page.getByText('connected none').waitFor();
  platform.publish({ topic: 'session.status', payload: { status: 'active' } });
  await page.getByText('connected active').waitFor();
  assert.equal(platform.connections.length, 1);
  assert.equal(platform.connections[0].subscriptions.length, 1);
  assert.deepEqual(complaints, []);
});

/** @param {string} project @returns {Promise<string>} the folder of the site */
async function build(project) {
  const { build } = await import(pathToFileURL(workspace.tool('vite/dist/node/index.js')));
  const outDir = join(project, 'site');
  await build({ root: project, configFile: false, logLevel: 'silent', build: { outDir } });
  return outDir;
}

/** @returns {Promise<string>} the address of the site */
async function serve(t, folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = join(folder, pathname === '/' ? 'index.html' : pathname);
    if (!fs.existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.end(fs.readFileSync(file));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
