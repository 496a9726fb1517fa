'use strict';

/**
 * The builds for the Web, chosen by the conditions of bundlers. The bundles run in Node, whose
 * globals are those of a page as far as it matters here: where it has no WebSocket, events come by
 * long-polling.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');

const { assertServed } = require('./served.js');
const { workspace } = require('./workspace.js');

const PACKAGE = 'node_modules/@smarterservices/realtime';

/** @param {string} entry @param {object} options @returns {Promise<string[]>} the files of the package in a bundle */
async function filesOf(entry, options) {
  const { build } = require(workspace.tool('esbuild'));
  const { metafile } = await build({
    entryPoints: [join(workspace.project('web'), entry)],
    absWorkingDir: workspace.project('web'),
    bundle: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
    ...options,
  });
  const paths = Object.keys(metafile.inputs).map((path) => path.replaceAll('\\', '/').split(`${PACKAGE}/`)[1]);
  return paths.filter((path) => path !== undefined);
}

for (const condition of ['workerd', 'edge-light', 'worker', 'browser', 'react-native', 'none of these']) {
  test(`the condition ${condition} leads to the build for the Web`, async () => {
    const options = { platform: 'neutral', conditions: [condition], external: ['react'] };
    for (const [entry, file] of [
      ['main.js', 'dist/web/index.js'],
      ['core.js', 'dist/web/core.js'],
      ['react.js', 'dist/web/react.js'],
    ]) {
      const files = await filesOf(entry, options);
      assert.ok(files.includes(file), files.join());
      assert.deepEqual(
        files.filter((path) => !path.startsWith('dist/web/')),
        [],
      );
    }
  });
}

test('the condition node comes first: bundlers of servers set browser, too', async () => {
  const files = await filesOf('main.js', { platform: 'node', conditions: ['browser', 'worker'] });
  assert.ok(files.includes('dist/index.js') && !files.some((path) => path.startsWith('dist/web/')), files.join());
});

test('require in a bundle for browsers gets one file', async () => {
  const entry = join(workspace.project('web'), 'required.cjs');
  fs.writeFileSync(
    entry,
    "require('@smarterservices/realtime'); require('@smarterservices/realtime/core'); require('@smarterservices/realtime/react');",
  );
  const files = await filesOf('required.cjs', { platform: 'browser' });
  assert.deepEqual(files.sort(), ['dist/react.js', 'dist/umd/core.js', 'dist/umd/index.js']);
});

/** Each bundles an entry for browsers, and returns the file. */
const BUNDLERS = {
  async esbuild(project, entry) {
    const outfile = join(project, 'out', `${entry}.mjs`);
    const options = { bundle: true, format: 'esm', platform: 'browser', logLevel: 'silent', outfile };
    const { warnings } = await require(workspace.tool('esbuild')).build({
      entryPoints: [join(project, entry)],
      ...options,
    });
    assert.deepEqual(warnings, []);
    return outfile;
  },
  async webpack(project, entry) {
    const config = {
      mode: 'production',
      target: ['web', 'es2022'],
      context: project,
      entry: `./${entry}`,
      output: { filename: `${entry}.mjs`, path: join(project, 'packed'), chunkFormat: 'module', module: true },
      experiments: { outputModule: true },
      optimization: { splitChunks: false },
    };
    const stats = await new Promise((resolve, reject) => {
      require(workspace.tool('webpack'))(config, (error, result) => (error ? reject(error) : resolve(result)));
    });
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual([errors, warnings], [[], []]);
    return join(project, 'packed', `${entry}.mjs`);
  },
  async vite(project, entry) {
    const { build } = await import(require('node:url').pathToFileURL(workspace.tool('vite/dist/node/index.js')));
    const outDir = join(project, 'built');
    await build({
      root: project,
      configFile: false,
      logLevel: 'silent',
      build: {
        outDir,
        emptyOutDir: false,
        target: 'es2022',
        // The bundle runs without a document: it cannot preload the parts of a chunk.
        modulePreload: false,
        rollupOptions: { input: join(project, entry), output: { entryFileNames: `${entry}.mjs` } },
      },
    });
    return join(outDir, `${entry}.mjs`);
  },
};

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  for (const entry of ['main.js', 'core.js']) {
    test(`a page's ${entry}, bundled by ${name}`, async (t) => {
      const reason = workspace.lacks(name, { esbuild: '@esbuild', vite: '@rolldown' }[name]);
      if (reason) return t.skip(reason);
      const project = workspace.project(`web-${name}`);
      fs.cpSync(workspace.project('web'), project, { recursive: true });
      const file = await bundle(project, entry);
      const text = fs.readFileSync(file, 'utf8');
      assert.doesNotMatch(text, /node:|createRequire|NAPI_RS/);
      // The names of methods survive: documents are in the bundle only where they are used.
      assert.equal(/expectedRevision/.test(text), entry === 'main.js');
      await assertServed(t, (env) =>
        workspace.run(process.execPath, [file], project, { env: { ...workspace.env, ...env } }),
      );
    });
  }
}

test('an ES module of the package by its file, as a CDN serves it', async (t) => {
  const script = join(workspace.project('web'), 'by-file.js');
  const url = `../${PACKAGE}/dist/web/index.js`;
  const source = fs.readFileSync(join(workspace.project('web'), 'main.js'), 'utf8');
  fs.writeFileSync(script, source.replace('@smarterservices/realtime', url));
  await assertServed(t, (env) => workspace.node('web', ['by-file.js'], env));
});
