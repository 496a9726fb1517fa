/**
 * What all published packages share: license, changelog, links and keywords, written into each of
 * them from the root. `npm run packages` writes them, and a test compares.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(import.meta.dirname, '..');
/** @param {string} path */
const read = (path) => readFileSync(join(root, path), 'utf8');

const SHARED = ['version', 'author', 'homepage', 'bugs', 'license', 'engines'];

/** @param {string} platform such as `linux-x64-gnu` @param {string} name */
function platformReadme(platform, name) {
  return `# ${name}-${platform}

The native engine of \`${name}\` for ${platform}: one prebuilt addon. You do not install it yourself: it is an
optional dependency of that package, and npm takes it where it fits.
`;
}

/** The files that are written, by path. @returns {Record<string, string>} */
function packageFiles() {
  const main = JSON.parse(read('package.json'));
  /** @type {Record<string, string>} */
  const files = {};
  const platforms = readdirSync(join(root, 'npm'));
  for (const folder of ['cli', 'local-platform', ...platforms.map((platform) => `npm/${platform}`)]) {
    const manifest = JSON.parse(read(`${folder}/package.json`));
    for (const member of SHARED) manifest[member] = main[member];
    manifest.repository = { ...main.repository, directory: folder };
    manifest.keywords ??= main.keywords;
    manifest.type = 'commonjs';
    files[`${folder}/package.json`] = `${JSON.stringify(manifest, null, 2)}\n`;
    files[`${folder}/LICENSE`] = read('LICENSE');
    files[`${folder}/CHANGELOG.md`] =
      `# Changelog\n\nThe packages of one version are released together. Their changes are in CHANGELOG.md of\n\`${main.name}\`.\n`;
  }
  for (const platform of platforms) files[`npm/${platform}/README.md`] = platformReadme(platform, main.name);
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, text] of Object.entries(packageFiles())) writeFileSync(join(root, path), text);

export { packageFiles };
