'use strict';

/**
 * Bundles, with the package left outside as the guide says and with the package inside. They are
 * run, not only made.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');

const { deployment } = require('./guide.js');
const { assertServed } = require('./served.js');
const { workspace } = require('./workspace.js');

/**
 * Each makes a bundle of `main.js` and returns its path: `outside` as in the guide, `inside` with
 * nothing set.
 */
const BUNDLERS = {
  esbuild: {
    binaries: '@esbuild',
    async outside(project) {
      await workspace.run(process.execPath, [deployment.write('build.mjs', project)], project);
      return join(project, 'out', 'main.mjs');
    },
    async inside(project, ...more) {
      const args = ['main.js', '--bundle', '--platform=node', '--outfile=out/main.cjs', '--log-level=warning', ...more];
      const { stderr } = await workspace.run(
        process.execPath,
        [workspace.tool('esbuild/bin/esbuild'), ...args],
        project,
      );
      assert.equal(stderr, '');
      return join(project, 'out', 'main.cjs');
    },
  },

  webpack: {
    outside: (project) => webpack(project, (config) => config),
    inside: (project) => webpack(project, ({ externals, ...config }) => config),
  },

  vite: {
    binaries: '@rolldown',
    async outside(project) {
      return vite(project, deployment.write('vite.config.mjs', project));
    },
    async inside(project) {
      const config = join(project, 'inside.config.mjs');
      fs.writeFileSync(config, "export default { ssr: { noExternal: true }, build: { outDir: 'out' } };\n");
      return vite(project, config);
    },
  },
};

/** Webpack has no program of its own. A warning fails the test, too. */
async function webpack(project, change) {
  const { default: config } = await import(pathToFileURL(deployment.write('webpack.config.mjs', project)));
  const stats = await new Promise((resolve, reject) => {
    const done = (error, result) => (error ? reject(error) : resolve(result));
    require(workspace.tool('webpack'))({ ...change(config), context: project }, done);
  });
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  assert.deepEqual([errors, warnings], [[], []]);
  return join(project, 'out', 'main.cjs');
}

async function vite(project, config) {
  const args = [workspace.tool('vite/bin/vite.js'), 'build', '--ssr', 'main.js', '--config', config];
  await workspace.run(process.execPath, args, project);
  return join(project, 'out', 'main.js');
}

/** A copy of the project, so that no bundle finds what another one left. */
function copyOf(name) {
  const project = workspace.project(`bundlers-${name}`);
  fs.cpSync(workspace.project('bundlers'), project, { recursive: true });
  return project;
}

for (const [name, { binaries, ...ways }] of Object.entries(BUNDLERS)) {
  for (const [where, bundle] of Object.entries(ways)) {
    test(`a bundle by ${name}, the package ${where} of it`, async (t) => {
      const reason = workspace.lacks(name, binaries);
      if (reason) return t.skip(reason);
      const file = await bundle(copyOf(`${name}-${where}`));
      const names = /(from |require\()["']@smarterservices\/realtime["']/.test(fs.readFileSync(file, 'utf8'));
      assert.equal(names, where === 'outside');
      await assertServed(t, (env) => workspace.node('bundlers', [file], env));
    });
  }
}

test('a bundle with the package inside, by a project with conditions of its own', async (t) => {
  // With these, esbuild no longer sets its condition `module`.
  const file = await BUNDLERS.esbuild.inside(copyOf('conditions'), '--conditions=source');
  await assertServed(t, (env) => workspace.node('bundlers', [file], env));
});

/** A bundle in a folder without packages. @returns {Promise<string>} the folder */
async function moveOut(name) {
  const bundle = await BUNDLERS.esbuild.inside(copyOf(name));
  const folder = join(workspace.folder, name);
  fs.mkdirSync(folder);
  fs.cpSync(bundle, join(folder, 'main.cjs'));
  return folder;
}

test('a bundle with the package inside has the JavaScript engine where no package is installed, and says what to set', async (t) => {
  const folder = await moveOut('without-addon');
  const run = (env) => workspace.run(process.execPath, ['main.cjs'], folder, { env: { ...workspace.env, ...env } });
  const warnings = await assertServed(t, run);
  assert.match(warnings, /ADDON_NOT_FOUND/);
  assert.match(warnings, /This program is a bundle, and @smarterservices\/realtime is not installed/);
  for (const setting of ['serverExternalPackages', 'external', 'externals', 'ssr.external']) {
    assert.ok(warnings.includes(setting), warnings);
  }
  await assert.rejects(
    run({ REALTIME_URL: 'http://localhost:1', REALTIME_TOKEN: 'token', REALTIME_ENGINE: 'native' }),
    {
      message: /code: 'ADDON_NOT_FOUND'/,
    },
  );
});

test('a bundle with the package inside takes the addon that is named', async (t) => {
  const folder = await moveOut('with-named-addon');
  const platform = workspace.project(join('node_modules', '@smarterservices', workspace.platformPackage));
  const addon = fs.readdirSync(platform).find((name) => name.endsWith('.node'));
  const named = { ...workspace.env, NAPI_RS_NATIVE_LIBRARY_PATH: join(platform, addon) };
  await assertServed(t, (env) => workspace.run(process.execPath, ['main.cjs'], folder, { env: { ...named, ...env } }));
});

test('a bundle with the package inside finds an addon that only the package can see, as pnpm installs it', async (t) => {
  const folder = await moveOut('not-hoisted');
  const store = join(folder, 'store', 'node_modules', '@smarterservices');
  for (const name of ['realtime', workspace.platformPackage]) {
    const installed = workspace.project(join('node_modules', '@smarterservices', name));
    fs.cpSync(installed, join(store, name), { recursive: true });
  }
  fs.mkdirSync(join(folder, 'node_modules', '@smarterservices'), { recursive: true });
  const link = join(folder, 'node_modules', '@smarterservices', 'realtime');
  fs.symlinkSync(join(store, 'realtime'), link, 'junction');
  await assertServed(t, (env) =>
    workspace.run(process.execPath, ['main.cjs'], folder, { env: { ...workspace.env, ...env } }),
  );
});
