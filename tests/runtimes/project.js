/**
 * A project in a folder of its own that has the package as npm would install it, and nothing else:
 * what the package finds there is what a user's project has.
 */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(import.meta.dirname, 'programs', 'process.js');

/**
 * @param {import('node:test').TestContext} t the project is removed after the test
 * @param {{ addon: boolean | string, packages?: string[] }} contents whether the addon is there, or
 *   the folder to take it from, and what else is installed
 * @returns {string} path of the program
 */
export function createProject(t, { addon, packages = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'realtime-runtime-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const home = join(folder, 'node_modules', '@smarterservices', 'realtime');
  const { files, dependencies = {} } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const path of ['package.json', ...files]) cpSync(join(ROOT, path), join(home, path), { recursive: true });
  const native = typeof addon === 'string' ? addon : join(ROOT, 'native');
  const addons = addon ? readdirSync(native).filter((name) => name.endsWith('.node')) : [];
  for (const name of addons) cpSync(join(native, name), join(home, 'native', name));
  for (const name of [...Object.keys(dependencies), ...packages]) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link, 'junction');
  }
  const program = join(folder, `${basename(PROGRAM, '.js')}.mjs`);
  cpSync(PROGRAM, program);
  return program;
}
