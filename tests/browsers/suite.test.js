/**
 * The suite in browsers: Chromium always, Firefox and WebKitGTK with `npm run test:browsers`, each
 * where it can be found.
 */

import { after, before, test } from 'node:test';

import { Stage } from '../suite/stage/stage.js';
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.js';
import { findFirefox, NO_FIREFOX, openInFirefox } from './firefox.js';
import { findWebKit, NO_WEBKIT, openInWebKit } from './webkit.js';

const ALL = process.env.REALTIME_BROWSERS === 'all';
const NOT_ASKED = 'npm run test:browsers runs it';

/** @type {Stage} */
let stage;
before(async () => {
  stage = await Stage.start();
});
after(() => stage.close());

/**
 * Each browser: how it is found, why it may be missing, and how it opens a page. Opening rejects
 * when the browser fails.
 */
const BROWSERS = {
  Chromium: {
    find: findChromium,
    missing: NO_CHROMIUM,
    async open(t, binary, url) {
      const browser = await launchChromium(t, binary);
      const page = await browser.newPage();
      await page.goto(url);
    },
  },
  Firefox: { find: findFirefox, missing: ALL ? NO_FIREFOX : NOT_ASKED, open: openInFirefox },
  WebKitGTK: { find: findWebKit, missing: ALL ? NO_WEBKIT : NOT_ASKED, open: openInWebKit },
};

for (const [name, { find, missing, open }] of Object.entries(BROWSERS)) {
  test(name, { timeout: 120_000 }, async (t) => {
    const found = missing === NOT_ASKED ? undefined : find();
    if (found === undefined) return t.skip(missing);
    const { run, url } = stage.openPageRun({ name });
    open(t, found, url).catch((error) => run.fail(error));
    await run.asTests(t);
  });
}
