/** WebKitGTK, over the W3C WebDriver protocol, on a display in memory. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

import { freePort, postWhenOpen } from '../suite/stage/ports.js';

const DRIVER = '/usr/bin/WebKitWebDriver';
const DISPLAY = '/usr/bin/Xvfb';

export const NO_WEBKIT = 'there is no WebKitGTK: apt-get install webkit2gtk-driver xvfb';

export const findWebKit = () => (existsSync(DRIVER) && existsSync(DISPLAY) ? DRIVER : undefined);

/**
 * Opens a page. The browser ends with the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} driver
 * @param {string} url
 * @returns {Promise<never>} rejects when the browser ends
 */
export async function openInWebKit(t, driver, url) {
  const display = start(t, DISPLAY, ['-displayfd', '1', '-screen', '0', '1024x768x24', '-nolisten', 'tcp']);
  const [number] = await once(display.stdout, 'data');
  const port = await freePort();
  const child = start(t, driver, [`--port=${port}`], { DISPLAY: `:${String(number).trim()}` });
  const call = async (/** @type {string} */ path, /** @type {object} */ body) => {
    const response = await postWhenOpen(`http://127.0.0.1:${port}${path}`, JSON.stringify(body));
    const { value } = await response.json();
    if (!response.ok) throw new Error(`WebDriver ${path}: ${value.error}: ${value.message}`);
    return value;
  };
  const { sessionId } = await call('/session', { capabilities: { alwaysMatch: {} } });
  await call(`/session/${sessionId}/url`, { url });
  await once(child, 'exit');
  throw new Error('WebKitGTK has ended.');
}

/** @param {import('node:test').TestContext} t @param {string} path @param {string[]} args */
function start(t, path, args, env = {}) {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } });
  t.after(() => child.kill());
  return child;
}
