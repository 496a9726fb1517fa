/** `devtools: true`: the entries of a client in the performance panel, in Chromium. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { pageWith } from '../suite/stage/site.js';
import { Stage } from '../suite/stage/stage.js';
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.js';

const LIMIT = { timeout: 20_000 };
/** What Chrome draws: https://developer.chrome.com/docs/devtools/performance/extension */
const COLORS = /^(primary|secondary|tertiary)(-light|-dark)?$|^error$/;
const binary = findChromium();

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.start();
});
after(() => stage.close());

/**
 * A page whose client has these options; it publishes, writes, and receives two events.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} options
 */
async function visit(t, options) {
  const platform = await stage.startPlatform();
  const token = platform.token({ permissions: ['service'] });
  const given = JSON.stringify({ url: platform.url, token, ...options });
  const url = stage.addPage('track', {
    body: pageWith(`
      import { RealtimeClient } from '/dist/web/index.js';
      const realtime = new RealtimeClient(${given});
      realtime.subscribe({ topic: 'session.status' });
      realtime.on('event:session.status', () => {});
      const { socketClient, sync } = realtime;
      Object.assign(globalThis, { realtime });
      const handled = new Promise((resolve) =>
        realtime.on('event', ({ payload }) => payload.n === 2 && setTimeout(resolve)));
      globalThis.work = async () => {
        await socketClient.publish('lobby', 'greeting', { secret: 'a-payload-that-stays-out' });
        await sync.get('notes', 'none').catch(() => {});
        await handled;
      };`),
  });
  const browser = await launchChromium(t, binary);
  const page = await browser.newPage();
  page.on('pageerror', (error) => assert.fail(error));
  /** @type {string[]} */
  const loaded = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await page.goto(url);
  await platform.subscribed('session.status');
  const done = page.evaluate(() => /** @type {any} */ (globalThis).work());
  for (const n of [1, 2]) platform.publish({ topic: 'session.status', payload: { n } });
  await done;
  const entries = () =>
    page.evaluate(() =>
      performance.getEntriesByType('measure').map(({ name, startTime, duration, detail }) => ({
        name,
        startTime,
        duration,
        detail,
      })),
    );
  return { page, platform, token, entries, loaded };
}

describe('devtools', { skip: binary ? false : NO_CHROMIUM }, () => {
  test('entries of the connection, a message, a request and handled events', LIMIT, async (t) => {
    const { page, platform, token, entries } = await visit(t, { devtools: true });
    const seen = await entries();
    const of = (/** @type {RegExp} */ name) => seen.filter((entry) => name.test(entry.name));
    assert.deepEqual(
      [/^Connect$/, /^publish lobby$/, /^GET \/api\/sync\/{service}\/documents\/{id}$/].map((name) => of(name).length),
      [1, 1, 1],
      seen.map(({ name }) => name).join(),
    );
    const handled = of(/^Handle \d+ events?$/).map(({ detail }) => detail.devtools);
    const counts = handled.flatMap(({ properties }) => properties.filter(([topic]) => topic === 'session.status'));
    assert.equal(
      counts.reduce((sum, [, count]) => sum + Number(count), 0),
      2,
    );
    for (const { name, startTime, duration, detail } of seen) {
      const { dataType, track, color, tooltipText, properties } = detail.devtools;
      assert.deepEqual([dataType, track], ['track-entry', 'Realtime'], name);
      assert.match(color, COLORS, name);
      assert.equal(typeof tooltipText, 'string', name);
      for (const pair of properties)
        assert.deepEqual(
          pair.map((/** @type {unknown} */ each) => typeof each),
          ['string', 'string'],
          name,
        );
      assert.ok(startTime > 0 && duration >= 0, name);
    }
    const [connect] = of(/^Connect$/);
    assert.ok(connect.duration > 0, 'the attempt began before the code of the track was there');
    assert.deepEqual(Object.fromEntries(connect.detail.devtools.properties), {
      'Delay before it': '0 ms',
      Outcome: 'connected',
      Transport: 'websocket',
      'Session recovered': 'false',
    });
    const [request] = of(/^GET/);
    const { color, properties } = request.detail.devtools;
    assert.deepEqual([color, Object.fromEntries(properties).Error], ['error', 'NOT_FOUND']);
    const text = JSON.stringify(seen);
    for (const secret of [token, 'a-payload-that-stays-out']) assert.equal(text.includes(secret), false);

    await platform.faults.dropAll();
    await page.waitForFunction(() => performance.getEntriesByName('Reconnect, attempt 1').length === 1);
  });

  test('without the option there are none, and the page loads no code for them', LIMIT, async (t) => {
    const { entries, loaded } = await visit(t, {});
    assert.deepEqual(await entries(), []);
    assert.ok(
      loaded.some((path) => path.endsWith('/dist/web/client.js')),
      loaded.join(),
    );
    assert.equal(
      loaded.some((path) => path.endsWith('/devtools.js')),
      false,
    );
  });

  test('a client that fails to connect has an entry of its error', LIMIT, async (t) => {
    const url = stage.addPage('refused', {
      body: pageWith(`
        import { RealtimeClient } from '/dist/web/index.js';
        const realtime = new RealtimeClient({
          url: location.origin, token: 't', path: '/no-such-path', transports: ['websocket'], devtools: true,
          reconnectionDelay: 1, reconnectionAttempts: 1,
        });
        realtime.on('error', () => {});`),
    });
    const browser = await launchChromium(t, binary);
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => performance.getEntriesByName('Reconnect, attempt 1').length === 1);
    const names = await page.evaluate(() =>
      performance
        .getEntriesByType('measure')
        .map(({ name, detail }) => [name, /** @type {any} */ (detail).devtools.color]),
    );
    assert.deepEqual(names, [
      ['Connect', 'error'],
      ['Reconnect, attempt 1', 'error'],
    ]);
  });
});
