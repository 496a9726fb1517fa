/**
 * Makes the inspector page in `local-platform/dist/inspector/`: one script from our web build's
 * sources and lit-html, which the platform serves without a network or a build on the user's side.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = join(ROOT, 'inspector');
/** What is served as it is written. */
const COPIED = ['index.html', 'inspector.css', 'icon.svg'];

/** @returns {Promise<Map<string, string>>} texts by path */
export async function bundleInspector() {
  const bundle = await rolldown({
    input: { inspector: join(SOURCES, 'main.js') },
    platform: 'browser',
    resolve: { conditionNames: ['import', 'default'] },
  });
  const { output } = await bundle.generate({
    format: 'iife',
    minify: true,
    comments: false,
    entryFileNames: '[name].js',
  });
  await bundle.close();
  const files = new Map(output.map((file) => [`inspector/${file.fileName}`, file.type === 'chunk' ? file.code : '']));
  for (const name of COPIED) files.set(`inspector/${name}`, readFileSync(join(SOURCES, name), 'utf8'));
  const license = readFileSync(join(ROOT, 'node_modules', 'lit-html', 'LICENSE'), 'utf8');
  files.set('inspector/LICENSE.lit-html.md', license);
  return files;
}
