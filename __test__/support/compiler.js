/** The installed TypeScript, run over programs in folders of their own. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** @param {import('node:test').TestContext} t */
function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-types-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/**
 * The folder of a program that can import both packages, the types of Node, and dependencies.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} dependencies
 */
function project(t, ...dependencies) {
  const folder = temporaryFolder(t);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@smarterservices'), { recursive: true });
  symlinkSync(root, join(modules, '@smarterservices', 'realtime'), 'junction');
  symlinkSync(join(root, 'local-platform'), join(modules, '@smarterservices', 'realtime-local'), 'junction');
  for (const name of ['@types', ...dependencies])
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

/**
 * @param {string} folder
 * @param {string[]} args
 * @returns {Promise<string>} the compiler's errors
 */
function compile(folder, args) {
  const options = ['--strict', '--noEmit', '--pretty', 'false', '--target', 'es2023', '--module', 'nodenext'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [compiler, ...options, ...args], { cwd: folder }, (error, stdout, stderr) => {
      if (stderr !== '' || (error && stdout === '')) reject(error ?? new Error(stderr));
      else resolve(stdout.trim());
    });
  });
}

export { compile, project, temporaryFolder };
