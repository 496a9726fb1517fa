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

/** Keeps its `import()`, which loads the configuration of the command. */
const IMPORT_MODULE = 'import-module.js';

/** @type {import('rolldown').Plugin} */
const importModuleApart = {
  name: 'import-module-apart',
  resolveId: (source) => (source.endsWith(`/${IMPORT_MODULE}`) ? { id: `./${IMPORT_MODULE}`, external: true } : null),
};

/** @returns {Promise<string>} */
async function bundleImportModule() {
  const bundle = await rolldown({ input: join(PACKAGE, 'src', 'command-line', IMPORT_MODULE), platform: 'node' });
  const { output } = await bundle.generate({ format: 'cjs', dynamicImportInCjs: true, comments: false });
  await bundle.close();
  return output[0].code;
}

/** @returns {Promise<Map<string, string>>} texts by path */
export async function bundleLocalPlatform() {
  const bundle = await rolldown({
    input: { index: join(PACKAGE, 'src', 'index.js'), bin: join(PACKAGE, 'src', 'bin.js') },
    platform: 'node',
    external: [/^node:/, ...Object.keys(dependencies)],
    resolve: { conditionNames: ['node', 'import'] },
    plugins: [importModuleApart],
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
      groups: [
        {
          name: 'platform',
          test: /\/(lib|jose)\/|\/local-platform\/src\/(?!bin\.js|index\.js|command-line\/)/,
        },
      ],
    },
  });
  await bundle.close();
  const files = new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]));
  const index = output.find((file) => file.fileName === 'index.js');
  const names = index?.type === 'chunk' ? index.exports : [];
  files.set(IMPORT_MODULE, await bundleImportModule());
  files.set('index.mjs', `export { ${names.join(', ')} } from './index.js';\n`);
  files.set('LICENSE.jose.md', readFileSync(join(JOSE, 'LICENSE.md'), 'utf8'));
  return files;
}
