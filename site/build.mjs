/**
 * Builds the documentation as a site below `site/dist/`: the guides, the API reference from the
 * types, and `llms.txt`. `--serve` shows the site afterwards.
 *
 * The generators are packages of this folder's own, since nothing else needs them.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const site = import.meta.dirname;
const pages = join(site, 'pages');

if (!isInstalled()) run('npm', ['ci', '--no-audit', '--no-fund', '--silent']);
// These import what was installed.
const { writePages } = await import('./pages.mjs');
const { writeReference } = await import('./reference.mjs');
const { writeLlmsText } = await import('./llms.mjs');
const { build, createServer } = await import('vitepress');

rmSync(pages, { recursive: true, force: true });
await writeReference(join(pages, 'api'));
writePages(pages);
writeLlmsText(pages);
await build(site);

if (process.argv.includes('--serve')) {
  const server = await createServer(site);
  await server.listen();
  server.printUrls();
}

function isInstalled() {
  const installed = join(site, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  /** @param {string} file */
  const versions = (file) =>
    Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages)
      .filter(([path, { optional }]) => path !== '' && !optional)
      .map(([path, { version }]) => `${path}@${version}`)
      .sort()
      .join();
  return versions(installed) === versions(join(site, 'package-lock.json'));
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: site, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}
