/** What the packages contain, and that the places which repeat a name or a version agree. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';

import { startPlatform } from '../support/local-platform.js';
import { start } from '../support/program.js';

const root = join(import.meta.dirname, '..', '..');
const require = createRequire(join(root, 'package.json'));
const manifest = require('./package.json');

test('the main package has what it loads and nothing it is built from', () => {
  const paths = packedPaths('.');
  const conditions = Object.values(manifest.imports['#native']).map((path) => path.replace('./', ''));
  const entries = [...targets(manifest.exports), manifest.main, manifest.types, manifest.unpkg, manifest.jsdelivr];
  for (const path of [...entries, ...conditions, 'dist/web/package.json', 'README.md', 'LICENSE']) {
    assert.ok(paths.includes(path.replace('./', '')), `${path} is missing`);
  }
  const built = readdirSync(join(root, 'dist'), { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of built.filter((entry) => entry.isFile())) {
    const path = relative(root, join(parentPath, name)).replaceAll('\\', '/');
    assert.ok(paths.includes(path), `${path} is missing`);
  }
  for (const declarations of [
    'index.d.ts',
    'index.web.d.ts',
    'core.d.ts',
    'prometheus.d.ts',
    'react.d.ts',
    'recorder.d.ts',
    'opentelemetry.d.ts',
  ]) {
    const types = readFileSync(join(root, declarations), 'utf8');
    const referred = [...types.matchAll(/(?:<reference path=|from )['"]\.\/(types\/.+?)['"]/g)];
    assert.ok(referred.length > 0, declarations);
    for (const [, path] of referred) assert.ok(paths.includes(path.replace(/\.js$/, '.d.ts')), `${path} is missing`);
  }
  const allowed =
    /^((index|index\.web|core|prometheus|react|recorder|opentelemetry)\.d\.m?ts|scripts\/replay\.js|types\/([a-z]+\/)?[a-z-]+\.d\.ts|dist\/.+\.js(\.map)?|dist\/web\/package\.json|docs\/.+\.(md|svg|png|json)|native\/(bundled\.mjs|index\.(js|d\.ts))|package\.json|[A-Z]+(\.md)?)$/;
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
    assert.equal(main, `realtime.${platform}.node`);
    assert.deepEqual(files, [main, 'CHANGELOG.md']);
    assert.deepEqual(engines, manifest.engines);
  }
});

test('every package has its license, changelog and links: npm run packages writes them', async () => {
  const { packageFiles } = await import('../../scripts/packages.mjs');
  for (const [path, text] of Object.entries(packageFiles()))
    assert.equal(readFileSync(join(root, path), 'utf8'), text, path);
  for (const folder of ['.', 'cli', 'local-platform', ...readdirSync(join(root, 'npm')).map((name) => `npm/${name}`)]) {
    const paths = packedPaths(folder);
    for (const path of ['README.md', 'LICENSE', 'CHANGELOG.md']) assert.ok(paths.includes(path), `${folder}/${path}`);
    const { repository, ...members } = require(`./${folder}/package.json`);
    for (const member of ['author', 'bugs', 'description', 'homepage', 'keywords', 'license', 'type'])
      assert.ok(members[member]?.length !== 0 && members[member], `${folder}: ${member}`);
    assert.equal(repository.directory, folder === '.' ? undefined : folder);
  }
});

test('every file that carries the version carries the same', () => {
  for (const file of ['Cargo.toml', join('addon', 'Cargo.toml')]) {
    const crate = /^\[package\][^[]*^version = "(.+)"/m.exec(readFileSync(join(root, file), 'utf8'))?.[1];
    assert.equal(crate, manifest.version, file);
  }
  assert.equal(require('./local-platform/package.json').version, manifest.version, 'local-platform');
  const cli = require('./cli/package.json');
  assert.equal(cli.version, manifest.version, 'cli');
  assert.equal(cli.dependencies[manifest.name], manifest.version, 'cli: dependencies');
  assert.equal(cli.peerDependencies[`${manifest.name}-local`], manifest.version, 'cli: peerDependencies');
  const { RealtimeInstrumentation } = require('./dist/opentelemetry.js');
  const { instrumentationVersion } = new RealtimeInstrumentation({ enabled: false });
  assert.equal(instrumentationVersion, manifest.version, 'lib/opentelemetry/version.js');
  assert.equal(manifest.devDependencies['@smarterservices/realtime-local'], manifest.version);
  const loader = readFileSync(join(root, 'native', 'index.js'), 'utf8');
  const checked = [...loader.matchAll(/bindingPackageVersion !== '(.+?)'/g)].map((match) => match[1]);
  assert.deepEqual([...new Set(checked)], [manifest.version], 'native/index.js: run npm run build');
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  assert.match(changelog, new RegExp(`^## \\[(Unreleased|${manifest.version.replaceAll('.', '\\.')})\\]`, 'm'));
});

for (const lock of ['package-lock.json', '__test__/consumers/package-lock.json', 'site/package-lock.json']) {
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

test('the entry core has the same classes as the main entry, for require and import alike', async () => {
  const main = require('@smarterservices/realtime');
  const core = require('@smarterservices/realtime/core');
  const imported = await import('../../dist/core.js');
  const names = Object.keys(await import('../../lib/core.js'));
  assert.ok(names.includes('RealtimeClient') && !names.includes('SyncClient'));
  assert.equal(core, require('./dist/core.js'));
  assert.deepEqual(Object.keys(core).sort(), names.sort());
  for (const name of names) assert.equal(imported[name], core[name], name);
  assert.equal(core.RealtimeClient, main.CoreClient);
  assert.equal(core.RealtimeError, main.RealtimeError);
  assert.ok(main.RealtimeClient.prototype instanceof core.RealtimeClient);
});

test('the builds for the Web have the names of their entries', async () => {
  for (const [file, source] of [
    ['index', 'index.web'],
    ['core', 'core'],
  ]) {
    const names = Object.keys(await import(`../../lib/${source}.js`)).sort();
    assert.deepEqual(Object.keys(await import(`../../dist/web/${file}.js`)).sort(), names);
    assert.deepEqual(Object.keys(require(`./dist/umd/${file}.js`)).sort(), names);
  }
});

test('the entry react has the same hooks for require, import and the Web', async () => {
  const names = Object.keys(await import('../../lib/react/index.js')).sort();
  assert.ok(names.includes('RealtimeProvider') && names.includes('useEvent'));
  const required = require('@smarterservices/realtime/react');
  const imported = await import('../../dist/react.js');
  assert.equal(required, require('./dist/react.js'));
  assert.deepEqual(Object.keys(required).sort(), names);
  // One context, so that a provider of one module is seen by hooks of another.
  for (const name of names) assert.equal(imported[name], required[name], name);
  assert.deepEqual(Object.keys(await import('../../dist/web/react.js')).sort(), names);
});

test('the entry prometheus is the same for require, import and the Web, and imports nothing', async () => {
  const names = Object.keys(await import('../../lib/prometheus/index.js')).sort();
  assert.deepEqual(names, ['contentType', 'prometheus']);
  assert.deepEqual(Object.keys(require('@smarterservices/realtime/prometheus')).sort(), names);
  assert.deepEqual(Object.keys(await import('../../dist/web/prometheus.js')).sort(), names);
  for (const name of ['prometheus.js', 'web/prometheus.js'])
    assert.doesNotMatch(readFileSync(join(root, 'dist', name), 'utf8'), /\bimport\b|\brequire\(/, name);
});

test('the entry react imports React alone, and says that it is for the client', () => {
  for (const name of ['react.js', 'web/react.js']) {
    const code = readFileSync(join(root, 'dist', name), 'utf8');
    assert.match(code, /^"use client";\n/);
    const imports = [...code.matchAll(/(?:from |require\(|import )"(.+?)"/g)].map(([, specifier]) => specifier);
    assert.deepEqual(imports, ['react'], name);
  }
});

test('the entry opentelemetry is the same for require and import, and imports the API alone', async () => {
  const names = ['RealtimeInstrumentation', 'contextOf'];
  const required = require('@smarterservices/realtime/opentelemetry');
  const imported = await import('../../dist/opentelemetry.js');
  assert.equal(required, require('./dist/opentelemetry.js'));
  assert.deepEqual(Object.keys(required).sort(), names);
  for (const name of names) assert.equal(imported[name], required[name], name);
  assert.deepEqual(Object.keys(await import('../../dist/web/opentelemetry.js')).sort(), names);
  for (const name of ['opentelemetry.js', 'web/opentelemetry.js']) {
    const code = readFileSync(join(root, 'dist', name), 'utf8');
    const imports = [...code.matchAll(/(?:from |require\(|import )"(.+?)"/g)].map(([, specifier]) => specifier);
    const ofNode = imports.filter((specifier) => specifier.startsWith('node:'));
    assert.deepEqual(ofNode, name.startsWith('web/') ? [] : ['node:timers'], name);
    assert.deepEqual(
      [...new Set(imports)].filter((specifier) => !ofNode.includes(specifier)),
      ['@opentelemetry/api'],
    );
  }
});

test('every file of the build for the Web can be loaded first', () => {
  for (const name of readdirSync(join(root, 'dist', 'web')).filter((name) => name.endsWith('.js'))) {
    const { stderr } = spawnSync(process.execPath, [join(root, 'dist', 'web', name)], { encoding: 'utf8' });
    assert.equal(stderr, '', name);
  }
});

test('a page that loads the entry core as a module loads neither documents nor messaging', () => {
  const loaded = new Set(['core.js']);
  for (const name of loaded) {
    const code = readFileSync(join(root, 'dist', 'web', name), 'utf8');
    for (const [, path] of code.matchAll(/^(?:import|export) .*from "\.\/(.+)";$/gm)) loaded.add(path);
  }
  assert.ok(loaded.has('base.js'));
  assert.deepEqual(
    ['sync.js', 'socket.js', 'requests.js', 'webhook.js', 'index.js'].filter((name) => loaded.has(name)),
    [],
  );
});

test('a script finds the package in a global', () => {
  const page = createContext({ URL, TextEncoder, TextDecoder, performance, setTimeout, clearTimeout, queueMicrotask });
  runInContext(readFileSync(join(root, manifest.unpkg), 'utf8'), page);
  const error = runInContext("try { new Realtime.RealtimeClient({ url: 'x' }) } catch (error) { error }", page);
  assert.equal(error.code, 'INVALID_ARGUMENT');
  assert.match(
    error.message,
    /^RealtimeClient\(\): options\.url: expected an absolute .+ See https:\/\/.+\/docs\/errors\/INVALID_ARGUMENT\.md$/,
  );
});

test('each file for the Web has a source map that leads to lib/', () => {
  for (const folder of ['web', 'umd'])
    for (const name of readdirSync(join(root, 'dist', folder)).filter((name) => name.endsWith('.js'))) {
      const file = join(root, 'dist', folder, name);
      // The bundler's own, which makes the objects of modules that are imported by `import()`.
      if (name === 'rolldown-runtime.js') continue;
      // An entry that only exports has nothing to map.
      if (!/^(?!import|export)\S/m.test(readFileSync(file, 'utf8'))) continue;
      const { sources, sourcesContent } = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
      assert.ok(
        sources.some((/** @type {string} */ source) => source.includes('/lib/')),
        name,
      );
      assert.equal(sourcesContent.length, sources.length);
    }
});

test('publint has no complaint', async () => {
  const { publint } = await import('publint');
  const { formatMessage } = await import('publint/utils');
  const { messages } = await publint({ pkgDir: root, strict: true });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  );
});

for (const [folder, entries] of [
  ['.', ['.', './core', './opentelemetry', './package.json', './prometheus', './react', './recorder']],
  ['local-platform', ['.', './package.json']],
]) {
  test(`the types of ${folder} fit what each kind of resolution loads`, async (t) => {
    const target = mkdtempSync(join(tmpdir(), 'realtime-types-'));
    t.after(() => rmSync(target, { recursive: true }));
    const [{ filename }] = pack(folder, ['--pack-destination', target]);
    const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core');
    const tarball = createPackageFromTarballData(new Uint8Array(readFileSync(join(target, filename))));
    const { problems, entrypoints } = await checkPackage(tarball);
    assert.deepEqual(Object.keys(entrypoints).sort(), entries);
    assert.deepEqual(problems, []);
  });
}

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
  assert.deepEqual({ stdout, stderr }, { stdout: ['index.js,main.js', 'true INVALID_ARGUMENT true'], stderr: '' });
});

test('the local platform package has what its manifest points to, and nothing else', () => {
  const paths = packedPaths('local-platform');
  const { exports, bin, main, types } = require('./local-platform/package.json');
  for (const path of [
    ...targets(exports),
    ...Object.values(bin),
    main,
    types,
    'dist/LICENSE.jose.md',
    'dist/inspector/index.html',
  ]) {
    assert.ok(existsSync(join(root, 'local-platform', path)), path);
    assert.ok(paths.includes(path.replace('./', '')), `${path} is not packed`);
  }
  const allowed =
    /^(index\.d\.m?ts|package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/[\w.-]+\.(m?js|js\.map|md)|dist\/inspector\/[\w.-]+\.(html|css|svg|js|md))$/;
  assert.deepEqual(
    paths.filter((path) => !allowed.test(path)),
    [],
  );
});

test('the local platform has one instance of its classes, for require and import alike', async () => {
  const required = require('@smarterservices/realtime-local');
  const imported = await import('@smarterservices/realtime-local');
  const source = await import('../../local-platform/src/index.js');
  assert.deepEqual(Object.keys(imported).sort(), Object.keys(source).sort());
  assert.deepEqual(Object.keys(required).sort(), Object.keys(source).sort());
  for (const name of Object.keys(source)) assert.equal(imported[name], required[name], name);
  await assert.rejects(imported.startLocalPlatform({ port: -1 }), required.PlatformError);
});

test('the local platform needs no ES module, which Jest would refuse to load', () => {
  const { dependencies } = require('./local-platform/package.json');
  const needed = new Set();
  for (const name of readdirSync(join(root, 'local-platform', 'dist')).filter((name) => name.endsWith('.js'))) {
    const code = readFileSync(join(root, 'local-platform', 'dist', name), 'utf8');
    const hasImport = /[^\w.]import\(/.test(code.replace(/\/\*[\s\S]*?\*\//g, ''));
    // Only the command loads it, and only Node runs the command.
    const isForCommand = name === 'import-module.js';
    assert.equal(hasImport, isForCommand, name);
    if (name !== 'bin.js') assert.doesNotMatch(code, /require\("\.\/import-module\.js"\)/, name);
    // Some are read on first use, by a `require` of their own.
    for (const [, specifier] of code.matchAll(/(?:(?<!\.)\brequire|\.href\))\("([^."][^"]*)"\)/g)) {
      if (!specifier.startsWith('node:') && specifier !== 'url')
        needed.add(specifier.startsWith('@') ? specifier : specifier.split('/')[0]);
    }
  }
  assert.deepEqual([...needed].sort(), Object.keys(dependencies).sort());
});

test('the command line package has its sources, and imports what it depends on alone', () => {
  const paths = packedPaths('cli');
  const { bin, dependencies } = require('./cli/package.json');
  for (const path of Object.values(bin)) assert.ok(paths.includes(path.replace('./', '')), path);
  const sources = readdirSync(join(root, 'cli', 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => relative(join(root, 'cli'), join(parentPath, name)).replaceAll('\\', '/'));
  assert.deepEqual(paths.sort(), [...sources, 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].sort());
  const needed = new Set();
  for (const path of sources.filter((path) => path.endsWith('.js'))) {
    const code = readFileSync(join(root, 'cli', path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    for (const [, specifier] of code.matchAll(/(?:from |import\()'([^.'][^']*)'/g)) {
      if (!specifier.startsWith('node:'))
        needed.add(
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        );
    }
  }
  assert.deepEqual([...needed].sort(), Object.keys(dependencies).sort());
});

for (const folder of ['cli', 'local-platform'])
  test(`publint has no complaint about ${folder}`, async () => {
    const { publint } = await import('publint');
    const { formatMessage } = await import('publint/utils');
    const { messages, pkg } = await publint({ pkgDir: join(root, folder), strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });

/** The files that conditional exports lead to. @param {string | object} exports @returns {string[]} */
function targets(exports) {
  return typeof exports === 'string' ? [exports] : Object.values(exports).flatMap(targets);
}

/** @param {string} folder */
function packedPaths(folder) {
  const [{ files }] = pack(folder, ['--dry-run']);
  return files.map((/** @type {{ path: string }} */ { path }) => path);
}

/** @param {string} folder @param {string[]} args */
function pack(folder, args) {
  const { stdout, stderr } = spawnSync('npm', ['pack', '--json', '--ignore-scripts', ...args], {
    cwd: join(root, folder),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  assert.ok(stdout, stderr);
  return JSON.parse(stdout);
}
