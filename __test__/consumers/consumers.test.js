'use strict';

/**
 * The packages as their users get them: packed, installed in a folder of their own, with no Rust in reach, and used by
 * small projects of each kind. Test runners and compilers are installed once and kept in `node_modules/.cache`.
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const { basename, delimiter, join } = require('node:path');
const { after, before, test } = require('node:test');

const { surroundings } = require('./surroundings.js');

const root = join(__dirname, '..', '..');
const projects = ['cjs', 'esm', 'jest', 'ava', 'typescript'];

/** `packed/` the tarballs; `app/` the projects and the packages under test; `node_modules` -> the kept tools. */
let folder = '';
const env = environmentWithoutRust();

before(async () => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'realtime-consumers-')));
  const app = join(folder, 'app');
  for (const project of projects) fs.cpSync(join(__dirname, project), join(app, project), { recursive: true });
  fs.writeFileSync(join(app, 'package.json'), '{ "private": true }');
  fs.symlinkSync(await keepTools(), join(folder, 'node_modules'), 'junction');
  const tarballs = [await pack(root), await pack(platformPackage()), await pack(join(root, 'local-platform'))];
  await npm(app, ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs]);
});

after(() => fs.rmSync(folder, { recursive: true, force: true }));

test('the packages were installed without Rust', async () => {
  await assert.rejects(run('cargo', ['--version'], folder), { code: 'ENOENT' });
  const installed = fs.readdirSync(join(folder, 'app', 'node_modules', '@smarterservices')).sort();
  assert.deepEqual(
    installed,
    ['realtime', basename(platformPackage()).replace(/^/, 'realtime-'), 'realtime-local'].sort(),
  );
  const main = fs.readdirSync(join(folder, 'app', 'node_modules', '@smarterservices', 'realtime', 'native'));
  assert.deepEqual(main.sort(), ['index.d.ts', 'index.js']);
});

test('a CommonJS program', () => node('cjs', ['main.js']));
test('an ES module', () => node('esm', ['main.js']));
test('a jest suite', () => node('jest', [tool('jest/bin/jest.js')]));
test('an ava suite', () => node('ava', [tool('ava/entrypoints/cli.mjs')]));

test('every code block of the documentation has its surroundings', () => {
  const blocks = fs.readdirSync(join(__dirname, 'typescript', 'blocks')).map((file) => basename(file, '.ts'));
  assert.deepEqual(blocks.sort(), Object.keys(surroundings));
});

for (const compiler of ['typescript', 'typescript-5']) {
  for (const resolution of ['nodenext', 'bundler']) {
    test(`strict ${compiler}, ${resolution} resolution, compiles the documentation`, async () => {
      const project = join(folder, 'app', 'typescript');
      const modules = Object.keys(surroundings).map((name) => writeModule(project, name));
      const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
      const flags = ['--module', module, '--moduleResolution', resolution];
      const { stdout } = await compile(project, compiler, [...flags, 'usage.ts', ...modules]).catch(
        (failure) => failure,
      );
      const expected = Object.entries(surroundings).flatMap(([name, { errors = [] }]) =>
        errors.map((code) => `${name}.ts ${code}`),
      );
      const found = [...stdout.matchAll(/^(.+?)\(\d+,\d+\): error (TS\d+)/gm)].map(
        ([, file, code]) => `${file} ${code}`,
      );
      assert.deepEqual(found, expected, stdout);
    });
  }
}

test("the platform's own @realtime/shared-types, where it is installed, is not hidden", async () => {
  const project = join(folder, 'app', 'platform-types');
  const installed = join(project, 'node_modules', '@realtime', 'shared-types');
  fs.mkdirSync(installed, { recursive: true });
  fs.writeFileSync(join(installed, 'package.json'), '{ "name": "@realtime/shared-types", "types": "index.d.ts" }');
  fs.writeFileSync(join(installed, 'index.d.ts'), "export interface PlatformOnly { only: 'theirs' }\n");
  for (const file of ['package.json', 'platform-types.ts'])
    fs.cpSync(join(__dirname, 'typescript', file), join(project, file));
  await compile(project, 'typescript', ['--module', 'nodenext', 'platform-types.ts']);
});

/** Rejects with what the compiler says. */
function compile(project, compiler, args) {
  const options = ['--strict', '--noEmit', '--pretty', 'false', '--target', 'es2022', '--types', 'node'];
  return run(process.execPath, [tool(`${compiler}/bin/tsc`), ...options, ...args], project);
}

/** Makes a block of the documentation a module, and returns its file's name. */
function writeModule(project, name) {
  const { before: start = '', after: end = '', replace: [from, to] = ['', ''] } = surroundings[name];
  const block = fs.readFileSync(join(project, 'blocks', `${name}.ts`), 'utf8');
  fs.writeFileSync(join(project, `${name}.ts`), `${start}\n${block.replace(from, () => to)}\n${end}\nexport {};\n`);
  return `${name}.ts`;
}

/** Installs test runners and compilers, unless that was done before, and returns where they are. */
async function keepTools() {
  const lock = fs.readFileSync(join(__dirname, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).update(process.platform).update(process.arch).digest('hex');
  const kept = join(root, 'node_modules', '.cache', 'consumers', digest.slice(0, 16));
  // npm writes this file when everything is in place.
  if (!fs.existsSync(join(kept, 'node_modules', '.package-lock.json'))) {
    for (const file of ['package.json', 'package-lock.json']) fs.cpSync(join(__dirname, file), join(kept, file));
    await npm(kept, ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  }
  return join(kept, 'node_modules');
}

/** A copy of this platform's package with the addon that was built. */
function platformPackage() {
  const addon = fs.readdirSync(join(root, 'native')).find((name) => name.endsWith('.node'));
  assert.ok(addon, 'No addon in native/: run npm run build');
  const platform = addon.split('.')[1];
  const copy = join(folder, platform);
  fs.cpSync(join(root, 'npm', platform), copy, { recursive: true });
  fs.cpSync(join(root, 'native', addon), join(copy, addon));
  return copy;
}

/** @returns {Promise<string>} the tarball's path */
async function pack(source) {
  const destination = join(folder, 'packed');
  fs.mkdirSync(destination, { recursive: true });
  const { stdout } = await npm(source, ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]);
  return join(destination, JSON.parse(stdout)[0].filename);
}

/** The PATH has no folder with cargo or rustc, and nothing points at an addon elsewhere. */
function environmentWithoutRust() {
  const hasRust = (path) =>
    ['cargo', 'rustc', 'cargo.exe', 'rustc.exe'].some((name) => fs.existsSync(join(path, name)));
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !hasRust(entry));
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, NAPI_RS_NATIVE_LIBRARY_PATH, ...rest } = process.env;
  return { ...rest, PATH: path.join(delimiter) };
}

function tool(path) {
  return join(folder, 'node_modules', path);
}

function node(project, args) {
  return run(process.execPath, args, join(folder, 'app', project));
}

/** Packs and installs; for this the PATH stays as it is, as npm may lie beside cargo. */
function npm(cwd, args) {
  return run('npm', args, cwd, { env: process.env, shell: process.platform === 'win32' });
}

/** Rejects with all output when the program fails, or has not ended by itself in two minutes. */
function run(command, args, cwd, options = {}) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, timeout: 120_000, maxBuffer: 16e6, ...options }, (error, stdout, stderr) => {
      if (!error) return resolve({ stdout, stderr });
      const { code, signal } = error;
      const what = `${basename(command)} ${args[0]} in ${basename(cwd)}: ${signal ?? `exit code ${code}`}`;
      reject(Object.assign(new Error(`${what}\n${stdout}\n${stderr}`), { code, stdout }));
    });
  });
}
