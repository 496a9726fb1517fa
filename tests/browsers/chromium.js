/**
 * Chromium: the one of the npm package `@sparticuz/chromium`, which is for linux-x64 and needs no
 * system packages, or an installed one.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

import { chromium } from 'playwright-core';

const ROOT = join(import.meta.dirname, '..', '..');
const PACKAGE = join(ROOT, 'node_modules', '@sparticuz', 'chromium');
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
/** For Chromium as root, without anything that it loads by itself. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @typedef {{ path: string, env: Record<string, string>, name: string }} Binary */

/**
 * Finds a Chromium.
 *
 * @param {{ installed?: boolean }} [wanted] `installed`: the system's first, which may be newer
 * @returns {Binary | undefined}
 */
export function findChromium({ installed = false } = {}) {
  const places = [packaged, fromSystem];
  if (installed) places.reverse();
  for (const place of places) {
    const found = place();
    if (found) return found;
  }
  return undefined;
}

export const NO_CHROMIUM = 'there is no Chromium: install Chrome, or run npm ci on linux-x64';

/**
 * Starts it. It ends with the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {Binary} binary
 */
export async function launchChromium(t, { path, env }) {
  const browser = await chromium.launch({
    executablePath: path,
    args: FLAGS,
    env: { ...process.env, ...env },
  });
  t.after(() => browser.close());
  return browser;
}

/** @returns {Binary | undefined} */
function fromSystem() {
  const path = [process.env.CHROME_PATH, ...INSTALLED].find((place) => place !== undefined && existsSync(place));
  return path === undefined ? undefined : { path, env: {}, name: 'the installed Chromium' };
}

/**
 * The package holds its files compressed. They are unpacked once.
 *
 * @returns {Binary | undefined}
 */
function packaged() {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(PACKAGE)) return undefined;
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const folder = join(ROOT, 'target', 'browsers', `chromium-${version}`);
  const path = join(folder, 'chromium');
  if (!existsSync(path)) unpack(folder, path);
  /** @type {Record<string, string>} */
  const env = { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  // The package brings the libraries that a system may lack.
  if (spawnSync('ldd', [path], { encoding: 'utf8' }).stdout?.includes('not found')) {
    env.LD_LIBRARY_PATH = join(folder, 'al2023', 'lib');
  }
  return { path, env, name: `Chromium ${version}` };
}

/** @param {string} folder @param {string} path of the binary, which appears last */
function unpack(folder, path) {
  mkdirSync(folder, { recursive: true });
  const contentOf = (/** @type {string} */ name) => brotliDecompressSync(readFileSync(join(PACKAGE, 'bin', name)));
  for (const [archive, place] of [
    ['al2023.tar.br', join(folder, 'al2023')],
    ['fonts.tar.br', folder],
    ['swiftshader.tar.br', folder],
  ]) {
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['-x', '-C', place], { input: contentOf(archive), maxBuffer: 1 << 20 });
  }
  // The package's own file names folders of its cloud. Without any font, Chromium crashes.
  const cache = join(folder, 'fonts-cache');
  writeFileSync(
    join(folder, 'fonts.conf'),
    `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${cache}</cachedir></fontconfig>`,
  );
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, contentOf('chromium.br'));
  chmodSync(partial, 0o755);
  renameSync(partial, path);
}
