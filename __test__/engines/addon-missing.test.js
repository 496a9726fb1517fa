/**
 * On a machine without a usable addon, the JavaScript engine takes its place, with one warning that
 * says why there is no addon and what to do. A user who insists on the native engine gets the same
 * as an error.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { addonAdvice as explain } from '../../lib/engines/native/addon-advice.js';

const root = join(import.meta.dirname, '..', '..');

/** Pretends to be another machine, insists on the native engine and prints the error. */
const probe = `
  const { platform, arch, libc } = JSON.parse(process.argv[2]);
  Object.defineProperty(process, 'platform', { value: platform });
  Object.defineProperty(process, 'arch', { value: arch });
  process.report.getReport = () => ({ header: libc === 'glibc' ? { glibcVersionRuntime: '2.36' } : {}, sharedObjects: ['/lib/ld-musl-x.so'] });
  if (libc === 'musl') {
    const fs = require('node:fs');
    const { readFileSync } = fs;
    fs.readFileSync = (path, ...rest) => path === '/usr/bin/ldd' ? 'musl' : readFileSync(path, ...rest);
  }
  try {
    const { RealtimeClient } = require('./dist/index.js');
    new RealtimeClient({ url: 'http://localhost:1', token: 'token', autoConnect: false, engine: 'native' });
    console.log('null');
  } catch (error) {
    const { name, code, message, remediation } = error;
    console.log(JSON.stringify({ name, code, message, remediation, cause: error.cause.message }));
  }
`;

let folder = '';

before(() => {
  // The real path, since the loader's errors name it.
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'realtime-addon-missing-')));
  for (const path of ['dist', 'package.json', 'native/index.js']) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  writeFileSync(join(folder, 'probe.js'), probe);
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {{ platform: string, arch: string, libc?: string }} machine */
function load(machine, env = {}) {
  const output = execFileSync(process.execPath, ['probe.js', JSON.stringify(machine)], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: undefined, ...env },
  });
  return JSON.parse(output);
}

for (const name of readdirSync(join(root, 'npm'))) {
  const manifest = join(root, 'npm', name, 'package.json');
  const { name: packageName, os, cpu, libc } = JSON.parse(readFileSync(manifest, 'utf8'));
  test(`names the package for ${name}`, () => {
    const machine = { platform: os[0], arch: cpu[0], libc: libc?.[0] };
    const error = load(machine);
    assert.equal(error.code, 'ADDON_NOT_FOUND');
    assert.equal(error.name, 'RealtimeError');
    const where = libc ? `${os[0]} ${cpu[0]} (${libc[0]})` : `${os[0]} ${cpu[0]}`;
    assert.ok(error.message.includes(`for ${where} could not be loaded`), error.message);
    assert.ok(error.message.includes(`the package ${packageName}.`), error.message);
    assert.ok(error.message.includes(`Cannot find module '${packageName}'`), error.message);
    assert.match(error.cause, /native binding/);
    assert.match(error.remediation, /npm install.*--omit=optional/);
    assert.ok(error.message.endsWith(error.remediation));
  });
}

test('tells a platform without a prebuilt addon to build one', () => {
  const error = load({ platform: 'freebsd', arch: 'x64' });
  assert.equal(error.code, 'ADDON_NOT_FOUND');
  assert.match(error.remediation, /no prebuilt engine for freebsd-x64.*npm run build/);
});

test("passes on the system's reason when the addon is there but broken", () => {
  const { platform, arch } = process;
  const addon = join(folder, 'broken.node');
  writeFileSync(addon, 'not an addon');
  const error = load({ platform, arch, libc: 'glibc' }, { NAPI_RS_NATIVE_LIBRARY_PATH: addon });
  assert.equal(error.code, 'ADDON_NOT_FOUND');
  assert.ok(error.message.includes(addon), error.message);
});

test('says so when the generated loader is missing too', () => {
  for (const path of ['dist', 'package.json', 'probe.js']) {
    cpSync(join(folder, path), join(folder, 'bare', path), { recursive: true });
  }
  const output = execFileSync(process.execPath, ['probe.js', '{"platform":"linux","arch":"x64","libc":"glibc"}'], {
    cwd: join(folder, 'bare'),
    encoding: 'utf8',
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: undefined },
  });
  assert.match(JSON.parse(output).message, /Cannot find module '.*bare.native.index\.js'/);
});

/** This machine, with the real addon, in a program that is started with these flags. */
function start(flags, { cwd = root, env = {} } = {}) {
  const program = `
    try {
      const { RealtimeClient } = require('./dist/index.js');
      new RealtimeClient({ url: 'http://localhost:1', token: 'token', autoConnect: false, engine: 'native' });
      console.log('{}');
    } catch ({ code, message, remediation }) {
      console.log(JSON.stringify({ code, message, remediation }));
    }`;
  const output = execFileSync(process.execPath, [...flags, '-e', program], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: undefined, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(output);
}

const permission = ['--permission', '--experimental-permission'].find((flag) =>
  process.allowedNodeEnvironmentFlags.has(flag),
);

test('names --no-addons where it forbids the addon, from wherever it comes', () => {
  for (const error of [start(['--no-addons']), start([], { env: { NODE_OPTIONS: '--no-addons' } })]) {
    assert.equal(error.code, 'ADDON_NOT_FOUND');
    assert.match(error.message, /loading addons is disabled/);
    assert.match(error.remediation, /--no-addons/);
    assert.doesNotMatch(error.remediation, /npm/);
  }
});

test('names --allow-addons where the permission model forbids the addon', () => {
  const error = start([permission, '--allow-fs-read=*']);
  assert.equal(error.code, 'ADDON_NOT_FOUND');
  assert.match(error.remediation, /permission model.*--allow-addons/);
  assert.doesNotMatch(error.remediation, /npm|--no-addons/);
  assert.deepEqual(start([permission, '--allow-fs-read=*', '--allow-addons']), {});
});

test('names --allow-fs-read where the addon may not be read', (t) => {
  const readable = [`--allow-fs-read=${join(folder, 'dist', '*')}`, `--allow-fs-read=${join(folder, 'package.json')}`];
  const error = start([permission, '--allow-addons', ...readable], { cwd: folder });
  if (error.code === undefined) return t.skip('this Node reads modules whatever its permissions are');
  assert.match(error.remediation, /--allow-fs-read/);
});

/** What the loaders of systems and runtimes say, and what must be in the advice. */
const REASONS = [
  [
    'Requires ffi access to "/app/realtime.linux-x64-gnu.node", run again with the --allow-ffi flag',
    /--allow-net --allow-env --allow-ffi --allow-read/,
  ],
  ['Requires env access to "NAPI_RS_NATIVE_LIBRARY_PATH", run again with the --allow-env flag', /--allow-env/],
  [
    'Manifest resource /app/native.js does not list /app/a.node as a dependency specifier',
    /policy/,
    'ERR_MANIFEST_DEPENDENCY_MISSING',
  ],
  [
    "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/a.node)",
    /C library of this system is too old/,
  ],
  [
    'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/a.node)',
    /another C library.*Alpine/,
  ],
  ['libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory', /another C library.*Alpine/],
  ['/app/a.node: invalid ELF header', /not for this machine, or its file is damaged/],
  ['/app/a.node: wrong ELF class: ELFCLASS32', /not for this machine/],
  ['/app/a.node: file too short', /damaged/],
  ['/app/a.node: cannot open shared object file: No such file or directory', /not for this machine/],
  [
    "dlopen(/app/a.node, 0x0001): tried: '/app/a.node' (mach-o file, but is an incompatible architecture (have 'arm64', need 'x86_64'))",
    /not for this machine/,
  ],
  ['\\\\?\\C:\\app\\a.node is not a valid Win32 application.', /not for this machine/],
  ['The specified module could not be found.', /Visual C\+\+/],
  [
    'libgcc_s.so.1: cannot open shared object file: No such file or directory',
    /a library that this system lacks.*libgcc/,
  ],
  ['Error loading shared library libgcc_s.so.1: No such file or directory (needed by /app/a.node)', /libgcc/],
  ['/app/a.node: failed to map segment from shared object: Operation not permitted', /noexec/],
  [
    'dlopen(/app/a.node, 0x0001): code signature in <1> not valid for use in process: library load disallowed by system policy',
    /code signature/,
  ],
  [
    'Native binding package version mismatch, expected 0.1.0 but got 0.0.9. You can reinstall dependencies',
    /Two versions/,
  ],
];

for (const [reason, advice, code = 'ERR_DLOPEN_FAILED'] of REASONS) {
  test(`advises by the reason: ${reason.replaceAll(/\/?\S*\//g, '').slice(0, 60)}`, () => {
    const missing = Object.assign(new Error("Cannot find module './realtime.linux-x64-gnu.node'"), {
      code: 'MODULE_NOT_FOUND',
    });
    const loader = Object.assign(new Error(reason, { cause: missing }), { code });
    const { message, remediation } = explain(
      [new Error('Cannot find native binding. npm has a bug', { cause: loader })],
      'linux-x64-gnu',
    );
    assert.ok(message.includes(reason), message);
    assert.match(remediation, advice);
    assert.doesNotMatch(remediation, /--omit=optional/);
  });
}

test("leaves out what the generated loader says where a reason is known, also without Deno's chain of causes", () => {
  const general = new Error('Error: Cannot find native binding. npm has a bug');
  const known = new Error('Requires ffi access to "/app/a.node", run again with the --allow-ffi flag');
  assert.doesNotMatch(explain([known, general], 'linux-x64-gnu').message, /npm has a bug/);
  assert.match(explain([general], 'linux-x64-gnu').message, /npm has a bug/);
});

test('passes on what the system says of a damaged addon, a foreign one and one for a newer system', {
  skip: process.platform !== 'linux' && 'needs an ELF file to damage',
}, () => {
  const addon = readFileSync(
    join(
      root,
      'native',
      readdirSync(join(root, 'native')).find((name) => name.endsWith('.node')),
    ),
  );
  const foreign = Buffer.from(addon);
  foreign[4] = 1; // the byte that says 32 or 64 bits
  const newer = Buffer.from(addon.toString('latin1').replaceAll(/GLIBC_2\.\d/g, 'GLIBC_9.9'), 'latin1');
  const damaged = Buffer.from(addon);
  damaged[0] = 0;
  for (const [bytes, advice] of [
    [foreign, /not for this machine/],
    [damaged, /damaged/],
    [newer, /C library of this system is too old/],
  ]) {
    const path = join(folder, 'tried.node');
    writeFileSync(path, bytes);
    const { remediation } = start([], { env: { NAPI_RS_NATIVE_LIBRARY_PATH: path } });
    assert.match(remediation, advice);
    assert.match(remediation, /NAPI_RS_NATIVE_LIBRARY_PATH names the file/);
  }
});
