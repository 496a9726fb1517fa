/** Writes the files of a bundle, and removes those of an earlier one. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @param {string} folder @param {Map<string, string>} files texts by path in the folder */
export function writeFolder(folder, files) {
  const present = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  for (const name of present.filter((name) => statSync(join(folder, name)).isFile() && !files.has(name)))
    rmSync(join(folder, name));
  for (const [name, text] of files) {
    // A file that did not change stays untouched: another process may be reading it.
    const path = join(folder, name);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
