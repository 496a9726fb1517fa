/**
 * Firefox without a driver: it opens the page that its command line names, and the page reports its
 * results by itself.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INSTALLED = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
  'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
];
/** No page of Firefox's own, and nothing that it loads by itself. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

export const NO_FIREFOX = 'there is no Firefox: apt-get install firefox-esr, or set FIREFOX_PATH';

export const findFirefox = () =>
  [process.env.FIREFOX_PATH, ...INSTALLED].find((path) => path !== undefined && existsSync(path));

/**
 * Opens a page. The browser ends with the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} path of the binary
 * @param {string} url
 * @returns {Promise<never>} rejects when the browser ends
 */
export async function openInFirefox(t, path, url) {
  const profile = mkdtempSync(join(tmpdir(), 'realtime-firefox-'));
  const lines = Object.entries(PREFERENCES).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, url], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true });
  });
  await ended;
  throw new Error('Firefox has ended.');
}
