/**
 * The binaries of other runtimes, from npm packages. A platform package holds each; the install
 * script of its wrapper may have moved it into the wrapper.
 */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const MODULES = join(import.meta.dirname, '..', '..', 'node_modules');
const WINDOWS = process.platform === 'win32';
/** By runtime: the scope of the platform packages, and the paths that the binary can have. */
const PLACES = {
  bun: { scope: '@oven', paths: WINDOWS ? ['bin/bun.exe'] : ['bin/bun', 'bin/bun.exe'] },
  deno: { scope: '@deno', paths: [WINDOWS ? 'deno.exe' : 'deno'] },
  workerd: { scope: '@cloudflare', paths: [WINDOWS ? 'bin/workerd.exe' : 'bin/workerd'] },
};

/** The path of a runtime's binary, or undefined. @param {keyof typeof PLACES} name */
export function binaryOf(name) {
  const { scope, paths } = PLACES[name];
  const packages = existsSync(join(MODULES, scope)) ? readdirSync(join(MODULES, scope)) : [];
  const folders = [...packages.map((inner) => join(MODULES, scope, inner)), join(MODULES, name)];
  return folders.flatMap((folder) => paths.map((path) => join(folder, path))).find((path) => existsSync(path));
}
