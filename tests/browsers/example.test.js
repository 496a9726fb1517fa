/** The example of `npm run example:browser`, in two tabs of Chromium. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { startExample } from '../../examples/browser/server.js';
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.js';

/** The limit of the test is enough. */
const WAIT = { timeout: Number.POSITIVE_INFINITY };
const IMAGE = join(import.meta.dirname, '..', '..', 'docs', 'images', 'example-browser.png');

test('two tabs share a list, a note and their presence', { timeout: 60_000 }, async (t) => {
  const binary = findChromium();
  if (binary === undefined) return t.skip(NO_CHROMIUM);
  const example = await startExample({ interval: 0 });
  t.after(() => example.close());
  const browser = await launchChromium(t, binary);
  const context = await browser.newContext({ viewport: { width: 860, height: 490 } });
  const complaints = [];
  const open = async () => {
    const page = await context.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(example.url);
    await page.locator('#connection[data-state="connected"]').waitFor();
    await page.locator('#note:enabled').waitFor();
    return page;
  };
  const ada = await open();
  const ben = await open();

  // Who is here: each tab is `you` for itself.
  for (const page of [ada, ben]) {
    await page.locator('#people li').nth(1).waitFor();
    assert.equal(await page.locator('#people li', { hasText: /^you,/ }).count(), 1);
  }

  // The note: what one tab types, the other shows.
  await ada.locator('#note').fill('Room 12: the exam starts at 10:30.\nBring your own headphones.');
  await ben.waitForFunction(() => document.getElementById('note').value.includes('10:30'));
  if (process.env.REALTIME_SCREENSHOT) {
    await ada.locator('#note').blur();
    await ada.screenshot({ path: IMAGE });
  }
  await ben.locator('#note').fill('Room 14');
  await ada.waitForFunction(() => document.getElementById('note').value === 'Room 14');

  // The list with a filter: other campuses neither stay nor arrive.
  await ben.locator('#campus').selectOption('Oslo');
  await example.platform.until(
    ({ connections }) =>
      connections.some(({ subscriptions }) => subscriptions.some(({ filter }) => filter?.campus === 'Oslo')),
    WAIT,
  );
  await ben.waitForFunction(() => document.getElementById('sessions').rows.length === 3);
  for (const [sessionId, campus] of [
    [4101, 'Lisbon'],
    [9001, 'Quito'],
    [9002, 'Oslo'],
  ]) {
    example.platform.publish({ topic: 'session.status', payload: { sessionId, campus, status: 'active' } });
  }
  await ben.locator('#sessions tr', { hasText: '9002' }).waitFor();
  assert.equal(await ben.locator('#sessions tr').count(), 4);
  await ada.locator('#sessions tr', { hasText: '9002' }).waitFor();
  assert.equal(await ada.locator('#sessions tr').count(), 11);

  // A lost connection comes back by itself, and a tab that is closed has left.
  await example.platform.faults.dropAll();
  await example.platform.joined('lobby', 2, WAIT);
  await ben.close();
  await example.platform.until(({ connections }) => connections.length === 1, WAIT);
  await ada.waitForFunction(() => document.querySelectorAll('#people li').length === 1);
  // No violation of the page's content security policy, and nothing else on the console.
  assert.deepEqual(complaints, []);
});
