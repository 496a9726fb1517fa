/** What the packages contain, and that the places which repeat a name or a version agree. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

const root = join(import.meta.dirname, '..', '..');
const require = createRequire(join(root, 'package.json'));
const manifest = require('./package.json');

test('the main package has what it loads and nothing it is built from', () => {
  const paths = packedPaths('.');
  const conditions = Object.values(manifest.imports['#native']).map((path) => path.replace('./', ''));
  for (const path of ['dist/index.js', 'index.d.ts', ...conditions, 'README.md', 'LICENSE']) {
    assert.ok(paths.includes(path), `${path} is missing`);
  }
  for (const name of readdirSync(join(root, 'dist'))) assert.ok(paths.includes(`dist/${name}`), `${name} is missing`);
  const types = readFileSync(join(root, 'index.d.ts'), 'utf8');
  const referred = [...types.matchAll(/(?:<reference path=|from )['"]\.\/(types\/.+?)['"]/g)];
  assert.ok(referred.length > 10);
  for (const [, path] of referred) assert.ok(paths.includes(path.replace(/\.js$/, '.d.ts')), `${path} is missing`);
  const allowed =
    /^(index\.d\.ts|types\/([a-z]+\/)?[a-z-]+\.d\.ts|dist\/.+\.js(\.map)?|native\/(bundled\.mjs|index\.(js|d\.ts))|package\.json|[A-Z]+(\.md)?)$/;
  assert.deepEqual(
    paths.filter((path) => !allowed.test(path)),
    [],
  );
});

test('there is one platform package for each target, with the version of the main one', async () => {
  const { parseTriple } = await import('@napi-rs/cli');
  const platforms = manifest.napi.targets.map((/** @type {string} */ triple) => parseTriple(triple).platformArchABI);
  assert.deepEqual(readdirSync(join(root, 'npm')).sort(), platforms.sort());
  for (const platform of platforms) {
    const { name, version, main, files, engines } = require(`./npm/${platform}/package.json`);
    assert.equal(name, `${manifest.name}-${platform}`);
    assert.equal(version, manifest.version);
    assert.deepEqual([main, ...files], [`realtime.${platform}.node`, `realtime.${platform}.node`]);
    assert.deepEqual(engines, manifest.engines);
  }
});

test('every file that carries the version carries the same', () => {
  for (const file of ['Cargo.toml', join('addon', 'Cargo.toml')]) {
    const crate = /^\[package\][^[]*^version = "(.+)"/m.exec(readFileSync(join(root, file), 'utf8'))?.[1];
    assert.equal(crate, manifest.version, file);
  }
  assert.equal(require('./local-platform/package.json').version, manifest.version, 'local-platform');
  assert.equal(manifest.devDependencies['@smarterservices/realtime-local'], manifest.version);
  const loader = readFileSync(join(root, 'native', 'index.js'), 'utf8');
  const checked = [...loader.matchAll(/bindingPackageVersion !== '(.+?)'/g)].map((match) => match[1]);
  assert.deepEqual([...new Set(checked)], [manifest.version], 'native/index.js: run npm run build');
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  assert.match(changelog, new RegExp(`^## \\[(Unreleased|${manifest.version.replaceAll('.', '\\.')})\\]`, 'm'));
});

for (const lock of ['package-lock.json', '__test__/consumers/package-lock.json']) {
  test(`${lock} names no registry and has the packages of every platform`, () => {
    const { packages } = JSON.parse(readFileSync(join(root, lock), 'utf8'));
    const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
    for (const [path, { resolved, optionalDependencies = {} }] of Object.entries(packages)) {
      assert.doesNotMatch(resolved ?? '', /^https?:/, path);
      // npm leaves out what it cannot find when it writes the file, and `npm ci` then refuses the
      // whole of it.
      for (const name of Object.keys(optionalDependencies)) assert.ok(locked.has(name), `${path} lacks ${name}`);
    }
  });
}

test('every public value can be imported by name from an ES module, and nothing else', async () => {
  const names = Object.keys(await import('../../lib/index.js'));
  assert.ok(names.includes('RealtimeClient'));
  const file = join(root, 'dist', 'index.js');
  const commonjs = require(file);
  const imported = await import(file);
  // Node 22 and later add the last one to every CommonJS module.
  const given = Object.keys(imported).filter((name) => name !== 'module.exports');
  assert.deepEqual(given.sort(), [...names, 'default'].sort());
  for (const name of names) assert.equal(imported[name], commonjs[name], name);
});

test('the package can be required and imported by its own name', async () => {
  assert.equal(require('@smarterservices/realtime'), require('./dist/index.js'));
  assert.equal(require('@smarterservices/realtime/package.json').name, manifest.name);
});

test('what a first event needs is one file, whose parts are those that are read later', async (t) => {
  const platform = await startPlatform(t);
  const program = start(
    t,
    (_, entry, url, token) => {
      const { RealtimeClient, RealtimeError } = require(entry);
      const files = () =>
        Object.keys(require.cache).filter((file) => file.startsWith(require('node:path').dirname(entry)));
      const client = new RealtimeClient({ url, token });
      client.subscribe({ topic: 'a' });
      client.once('event', async () => {
        console.log(
          files()
            .map((file) => require('node:path').basename(file))
            .join(),
        );
        const error = await client.sync.get('').catch((error) => error);
        console.log(error instanceof RealtimeError, error.code, files().length > 1);
        client.destroy();
      });
    },
    [join(root, 'dist', 'index.js'), platform.url, platform.token()],
  );
  await platform.subscribed('a', 1);
  platform.publish({ topic: 'a', payload: {} });
  const { stdout, stderr } = await program.ended;
  assert.deepEqual({ stdout, stderr }, { stdout: ['index.js', 'true INVALID_ARGUMENT true'], stderr: '' });
});

test('the local platform package has what its manifest points to', () => {
  const paths = packedPaths('local-platform');
  const { exports, bin } = require('./local-platform/package.json');
  for (const path of [...Object.values(exports['.']), ...Object.values(bin)]) {
    assert.ok(existsSync(join(root, 'local-platform', path)), path);
    assert.ok(paths.includes(path.replace('./', '')), `${path} is not packed`);
  }
});

/** @param {string} folder */
function packedPaths(folder) {
  const { stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: join(root, folder),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout)[0].files.map((/** @type {{ path: string }} */ { path }) => path);
}
