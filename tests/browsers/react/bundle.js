/** Bundles the page and the server of the React tests, with each version of React. */

import { join, posix } from 'node:path';

import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Packages by version of React. */
export const VERSIONS = {
  18: { react: 'react-18', 'react-dom': 'react-dom-18' },
  19: { react: 'react', 'react-dom': 'react-dom' },
};

/** The package under test by its own name, as its `exports` say. @type {import('esbuild').Plugin} */
const itself = {
  name: 'itself',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@smarterservices\/realtime(\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === ROOT ? undefined : resolve(path, { kind, resolveDir: ROOT, pluginData: ROOT }),
    );
  },
};

/**
 * Files that are not on the disk.
 *
 * @param {(name: string) => string} read
 * @returns {import('esbuild').Plugin}
 */
const from = (read) => ({
  name: 'files',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./, namespace: 'files' }, ({ path, importer }) => ({
      path: posix.join(posix.dirname(importer), path),
      namespace: 'files',
    }));
    onResolve({ filter: /./ }, ({ path, kind }) => (kind === 'entry-point' ? { path, namespace: 'files' } : undefined));
    onLoad({ filter: /./, namespace: 'files' }, ({ path }) => ({
      contents: read(path),
      loader: 'jsx',
      resolveDir: ROOT,
    }));
  },
});

/**
 * @param {string} entry a file of this folder, or of `files`
 * @param {keyof typeof VERSIONS} version
 * @param {import('esbuild').BuildOptions & { files?: (name: string) => string }} [options] `files`
 *   reads files by their names
 * @returns {Promise<string>} the bundle
 */
export async function bundle(entry, version, { files, ...options } = {}) {
  const { outputFiles } = await build({
    entryPoints: [files ? entry : join(import.meta.dirname, entry)],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    // StrictMode runs effects twice in development alone.
    define: { 'process.env.NODE_ENV': '"development"' },
    conditions: ['development'],
    alias: VERSIONS[version],
    plugins: files ? [itself, from(files)] : [itself],
    logLevel: 'error',
    ...options,
  });
  return outputFiles[0].text;
}
