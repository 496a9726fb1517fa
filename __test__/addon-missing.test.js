'use strict';

/** A machine without a usable addon gets one error that says which, why and what to do. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { after, before, test } = require('node:test');

const root = join(__dirname, '..');

/** Pretends to be another machine, loads the package and prints the error. */
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
    require('./lib/native.js');
    console.log('null');
  } catch (error) {
    const { RealtimeError } = require('./lib/errors.js');
    const { code, message, remediation } = error;
    console.log(JSON.stringify({ code, message, remediation, typed: error instanceof RealtimeError, cause: error.cause.message }));
  }
`;

let folder = '';

before(() => {
  // The real path, since the loader's errors name it.
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'realtime-addon-missing-')));
  for (const path of ['lib', 'package.json', 'native/index.js']) {
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
  const { name: packageName, os, cpu, libc } = require(`../npm/${name}/package.json`);
  test(`names the package for ${name}`, () => {
    const machine = { platform: os[0], arch: cpu[0], libc: libc?.[0] };
    const error = load(machine);
    assert.equal(error.code, 'ADDON_NOT_FOUND');
    assert.ok(error.typed);
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
  cpSync(join(folder, 'lib'), join(folder, 'bare', 'lib'), { recursive: true });
  cpSync(join(folder, 'probe.js'), join(folder, 'bare', 'probe.js'));
  const output = execFileSync(process.execPath, ['probe.js', '{"platform":"linux","arch":"x64","libc":"glibc"}'], {
    cwd: join(folder, 'bare'),
    encoding: 'utf8',
  });
  assert.match(JSON.parse(output).message, /Cannot find module '..\/native\/index.js'/);
});
