/**
 * Makes the files of `local-platform/dist/`. Test runners that do not load ES modules, as Jest does
 * by default, get CommonJS; the ES module passes the same classes on. `jose`, which is an ES module
 * only, becomes part of the bundle.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { rolldown } from 'rolldown';

const PACKAGE = join(import.meta.dirname, '..', '..', 'local-platform');
const { dependencies } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
const JOSE = join(PACKAGE, '..', 'node_modules', 'jose');

/** @returns {Promise<Map<string, string>>} texts by path */
export async function bundleLocalPlatform() {
  const bundle = await rolldown({
    input: { index: join(PACKAGE, 'src', 'index.js'), bin: join(PACKAGE, 'src', 'bin.js') },
    platform: 'node',
    external: [/^node:/, ...Object.keys(dependencies)],
    resolve: { conditionNames: ['node', 'import'] },
    preserveEntrySignatures: 'allow-extension',
  });
  const { output } = await bundle.generate({
    format: 'cjs',
    // Jest runs no `import()` in CommonJS.
    dynamicImportInCjs: false,
    sourcemap: true,
    comments: false,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [
        // Only platforms with a Redis, or with documents in Postgres, load these.
        { name: 'cluster', test: /\/local-platform\/src\/cluster\/(?!address)/ },
        { name: 'postgres', test: /\/local-platform\/src\/documents\/postgres/ },
        { name: 'platform', test: /\/(lib|jose)\/|\/local-platform\/src\/(?!bin\.js|index\.js|cluster\/(?!address))/ },
      ],
    },
  });
  await bundle.close();
  const files = new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]));
  const index = output.find((file) => file.fileName === 'index.js');
  const names = index?.type === 'chunk' ? index.exports : [];
  files.set('index.mjs', `export { ${names.join(', ')} } from './index.js';\n`);
  files.set('LICENSE.jose.md', readFileSync(join(JOSE, 'LICENSE.md'), 'utf8'));
  return files;
}
