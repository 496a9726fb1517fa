'use strict';

/**
 * Makes a fresh clone ready: installs the npm packages, builds the addon and bundles the
 * JavaScript, each only when it is out of date.
 *
 * It runs before everything else, so it uses nothing but Node's own modules.
 */

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const root = join(__dirname, '..');
const stamp = join(root, 'target', 'addon.stamp');

requireNode();
if (!packagesInstalled()) run('Installing npm packages', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund']);
if (!addonBuilt()) {
  requireCargo();
  run('Building the addon', 'npm', ['run', '--silent', 'build']);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, sourcesDigest());
}
run('Bundling the JavaScript', 'npm', ['run', '--silent', 'bundle']);

function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`Node ${process.versions.node} is too old.`, 'Install Node 20 or newer.');
}

function requireCargo() {
  if (spawnSync('cargo', ['--version']).error) {
    fail('Building the addon needs Rust, and `cargo` is not on the PATH.', 'Install it from https://rustup.rs.');
  }
}

/**
 * npm writes what it installed into `node_modules/.package-lock.json`: compare that with what
 * should be there.
 */
function packagesInstalled() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  return Object.keys(wanted)
    .filter((path) => path.startsWith('node_modules/') && !wanted[path].optional)
    .every((path) => installed[path]?.version === wanted[path].version);
}

function addonBuilt() {
  const native = join(root, 'native');
  return (
    existsSync(join(native, 'index.js')) &&
    readdirSync(native).some((name) => name.endsWith('.node')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === sourcesDigest()
  );
}

/**
 * What the addon is made of. `package.json` names it, and the generated loader carries its version.
 */
function sourcesDigest() {
  const sources = ['addon', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { encoding: 'utf8', recursive: true })
      .filter((path) => /\.(rs|toml)$/.test(path))
      .sort()
      .map((path) => join(folder, path)),
  );
  const digest = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const path of ['Cargo.toml', 'Cargo.lock', 'build.rs', 'package.json', ...sources]) {
    digest.update(`\0${path}\0`).update(readFileSync(join(root, path)));
  }
  return digest.digest('hex');
}

/**
 * @param {string} heading
 * @param {string} command
 * @param {string[]} args
 */
function run(heading, command, args) {
  console.log(`> ${heading}`);
  // On Windows npm is a .cmd file, which only a shell can start.
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.error) fail(`${heading} failed: ${result.error.message}`, `Check that \`${command}\` is on the PATH.`);
  if (result.status !== 0) fail(`${heading} failed.`, 'See the output above.');
}

/**
 * @param {string} what
 * @param {string} remediation
 * @returns {never}
 */
function fail(what, remediation) {
  console.error(`${what} ${remediation}`);
  process.exit(1);
}
