'use strict';

/**
 * Where the packages are used: a folder outside of the clone, in which they were packed and
 * installed, with no Rust in reach. Test runners, compilers and bundlers are installed once and
 * kept in `node_modules/.cache`.
 */

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { tmpdir } = require('node:os');
const { basename, delimiter, join } = require('node:path');

const root = join(__dirname, '..', '..');
const NPM_INSTALL = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];

class Workspace {
  env = environmentWithoutRust();
  /**
   * `packed/` the tarballs; `app/` the projects and the packages under test; `node_modules` -> the
   * kept tools.
   */
  folder = '';
  /** The name of the package with the addon, without its scope. */
  platformPackage = '';
  /** Of the main package, its addon, and the local platform. @type {string[]} */
  tarballs = [];

  /** @param {string[]} projects folders beside this file */
  async open(projects) {
    this.folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'realtime-consumers-')));
    const app = join(this.folder, 'app');
    for (const project of projects) fs.cpSync(join(__dirname, project), join(app, project), { recursive: true });
    fs.writeFileSync(join(app, 'package.json'), '{ "private": true }');
    fs.symlinkSync(await this.#keepTools(), join(this.folder, 'node_modules'), 'junction');
    for (const source of [root, this.#copyPlatformPackage(), join(root, 'local-platform')]) {
      this.tarballs.push(await this.#pack(source));
    }
    await this.npm(app, [...NPM_INSTALL, ...this.tarballs]);
  }

  close() {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** @param {string} project */
  project(project) {
    return join(this.folder, 'app', project);
  }

  /**
   * A folder beside all projects, in which only the package and its addon are installed.
   *
   * @param {string} name
   */
  async production(name) {
    const folder = join(this.folder, 'production', name);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    await this.npm(folder, [...NPM_INSTALL, '--omit=dev', ...this.tarballs.slice(0, 2)]);
    return folder;
  }

  /** @param {string} path of a file in a tool's package */
  tool(path) {
    return join(this.folder, 'node_modules', path);
  }

  /**
   * @param {string} scope of a tool's packages
   * @param {string} file in the one of this platform
   */
  binary(scope, file) {
    const packages = fs.existsSync(this.tool(scope)) ? fs.readdirSync(this.tool(scope)) : [];
    return packages.map((name) => this.tool(join(scope, name, file))).find((path) => fs.existsSync(path));
  }

  /**
   * @param {string} name of a tool
   * @param {string} [scope] of the packages that its binaries are in
   * @returns {string | false} why the tool cannot run here
   */
  lacks(name, scope) {
    const { engines, version } = require(this.tool(`${name}/package.json`));
    if (engines?.node && !require(this.tool('semver')).satisfies(process.versions.node, engines.node)) {
      return `${name} ${version} needs Node ${engines.node}`;
    }
    const binaries = scope && fs.existsSync(this.tool(scope)) ? fs.readdirSync(this.tool(scope)) : [];
    const here = `${process.platform}-${process.arch}`;
    if (scope && !binaries.some((binary) => binary.includes(here))) return `${name} has no binary for ${here}`;
    return false;
  }

  /** @param {string} project @param {string[]} args */
  node(project, args, env = {}) {
    return this.run(process.execPath, args, this.project(project), { env: { ...this.env, ...env } });
  }

  /** Packs and installs; for this the PATH stays as it is, as npm may lie beside cargo. */
  npm(cwd, args) {
    return this.run('npm', args, cwd, { env: process.env, shell: process.platform === 'win32' });
  }

  /** Rejects with all output when the program fails, or has not ended by itself in two minutes. */
  run(command, args, cwd, options = {}) {
    const limits = { env: this.env, timeout: 120_000, maxBuffer: 16e6 };
    return new Promise((resolve, reject) => {
      execFile(command, args, { cwd, ...limits, ...options }, (error, stdout, stderr) => {
        if (!error) return resolve({ stdout, stderr });
        const { code, signal } = error;
        const what = `${basename(command)} ${args[0]} in ${basename(cwd)}: ${signal ?? `exit code ${code}`}`;
        reject(Object.assign(new Error(`${what}\n${stdout}\n${stderr}`), { code, stdout }));
      });
    });
  }

  /** Installs the tools, unless that was done before, and returns where they are. */
  async #keepTools() {
    const lock = fs.readFileSync(join(__dirname, 'package-lock.json'));
    const digest = createHash('sha256').update(lock).update(process.platform).update(process.arch).digest('hex');
    const kept = join(root, 'node_modules', '.cache', 'consumers', digest.slice(0, 16));
    // npm writes this file when everything is in place.
    if (!fs.existsSync(join(kept, 'node_modules', '.package-lock.json'))) {
      for (const file of ['package.json', 'package-lock.json']) fs.cpSync(join(__dirname, file), join(kept, file));
      await this.npm(kept, ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
    }
    return join(kept, 'node_modules');
  }

  /** A copy of this platform's package with the addon that was built. */
  #copyPlatformPackage() {
    const addon = fs.readdirSync(join(root, 'native')).find((name) => name.endsWith('.node'));
    assert.ok(addon, 'No addon in native/: run npm run build');
    const platform = addon.split('.')[1];
    this.platformPackage = `realtime-${platform}`;
    const copy = join(this.folder, platform);
    fs.cpSync(join(root, 'npm', platform), copy, { recursive: true });
    fs.cpSync(join(root, 'native', addon), join(copy, addon));
    return copy;
  }

  /** @returns {Promise<string>} the tarball's path */
  async #pack(source) {
    const destination = join(this.folder, 'packed');
    fs.mkdirSync(destination, { recursive: true });
    const { stdout } = await this.npm(source, [
      'pack',
      '--json',
      '--ignore-scripts',
      '--pack-destination',
      destination,
    ]);
    return join(destination, JSON.parse(stdout)[0].filename);
  }
}

/** The PATH has no folder with cargo or rustc, and nothing points at an addon elsewhere. */
function environmentWithoutRust() {
  const hasRust = (path) =>
    ['cargo', 'rustc', 'cargo.exe', 'rustc.exe'].some((name) => fs.existsSync(join(path, name)));
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !hasRust(entry));
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, NAPI_RS_NATIVE_LIBRARY_PATH, ...rest } = process.env;
  return { ...rest, PATH: path.join(delimiter) };
}

module.exports = { workspace: new Workspace() };
