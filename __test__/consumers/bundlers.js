'use strict';

/** Bundles, with the package left outside as the guide says and with the package inside. They are run, not only made. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { join } = require('node:path');
const { test } = require('node:test');
const { pathToFileURL } = require('node:url');

const { deployment } = require('./guide.js');
const { assertServed } = require('./served.js');
const { workspace } = require('./workspace.js');

const PACKAGE = '@smarterservices/realtime';

/** Each makes a bundle of `main.js` and returns its path: `outside` as in the guide, `inside` with nothing set. */
const BUNDLERS = {
  esbuild: {
    binaries: '@esbuild',
    async outside(project) {
      await workspace.run(process.execPath, [deployment.write('build.mjs', project)], project);
      return join(project, 'out', 'main.mjs');
    },
    async inside(project) {
      const args = ['main.js', '--bundle', '--platform=node', '--outfile=out/main.cjs', '--log-level=warning'];
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
    async outside(project) {
      const { default: config } = await import(pathToFileURL(deployment.write('webpack.config.mjs', project)));
      return pack(project, config);
    },
    async inside(project) {
      const { externals, ...config } = await import(
        pathToFileURL(deployment.write('webpack.config.mjs', project))
      ).then((module) => module.default);
      return pack(project, config);
    },
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

/** Runs webpack, which has no program of its own, and expects no warnings. */
async function pack(project, config) {
  const webpack = require(workspace.tool('webpack'));
  const stats = await new Promise((resolve, reject) => {
    webpack({ ...config, context: project }, (error, result) => (error ? reject(error) : resolve(result)));
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
      assert.equal(
        /from "@smarterservices\/realtime"|require\("@smarterservices\/realtime"\)/.test(fs.readFileSync(file, 'utf8')),
        where === 'outside',
      );
      await assertServed(t, (env) => workspace.node('bundlers', [file], env));
    });
  }
}

test('a bundle with the package inside says what to set where no package is installed', async () => {
  const bundled = await BUNDLERS.esbuild.inside(copyOf('alone'));
  const alone = join(workspace.folder, 'alone');
  fs.mkdirSync(alone);
  fs.cpSync(bundled, join(alone, 'main.cjs'));
  const failure = await workspace.run(process.execPath, ['main.cjs'], alone).catch((error) => error);
  assert.match(failure.message, /ADDON_NOT_FOUND/);
  assert.match(failure.message, new RegExp(`This program is a bundle, and ${PACKAGE} is not installed`));
  for (const setting of ['serverExternalPackages', 'external', 'externals', 'ssr.external']) {
    assert.ok(failure.message.includes(setting), failure.message);
  }
});

test('a bundle with the package inside takes the addon that is named', async (t) => {
  const bundled = await BUNDLERS.esbuild.inside(copyOf('named'));
  const alone = join(workspace.folder, 'named');
  fs.mkdirSync(alone);
  fs.cpSync(bundled, join(alone, 'main.cjs'));
  const platform = workspace.project(join('node_modules', '@smarterservices', workspace.platformPackage));
  const addon = fs.readdirSync(platform).find((name) => name.endsWith('.node'));
  const named = { NAPI_RS_NATIVE_LIBRARY_PATH: join(platform, addon) };
  await assertServed(t, (env) =>
    workspace.run(process.execPath, ['main.cjs'], alone, { env: { ...workspace.env, ...env, ...named } }),
  );
});
