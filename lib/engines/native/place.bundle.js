/**
 * Where the addon is, seen from `dist/`: this module stands for `place.js` in the bundle, which is
 * CommonJS.
 *
 * A user's bundler inlines what `require` names, and an addon cannot be inlined. It does not see
 * through `createRequire`, so the addon is looked for at run time, from where the user's bundle is;
 * `#native` is another loader for bundlers, see
 * `package.json`.
 */

import { join } from 'node:path';

// The class of a CommonJS module has it, unless a bundler or a test runner made the module. Loading
// `node:module` takes longer than loading the addon.
const { createRequire } = classOfModule() ?? require('node:module');

/** In a user's bundle, that bundle. One that is an ES module has no `__filename`. */
const here = typeof __filename === 'string' ? __filename : (process.argv[1] ?? join(process.cwd(), 'index.js'));

function classOfModule() {
  const known = typeof module === 'object' ? /** @type {any} */ (module.constructor) : undefined;
  return typeof known?.createRequire === 'function' ? /** @type {typeof import('node:module')} */ (known) : undefined;
}

/** Loads a CommonJS module or an addon. @param {string} name @returns {any} */
export const load = (name) => createRequire(here)(name);

/** The file of an addon that was built in this folder. @param {string} platform */
export const built = (platform) => join(here, '..', '..', 'native', `realtime.${platform}.node`);

/** The loader that napi generates: it tries every place. */
export function loadGenerated() {
  // @ts-expect-error: the package.json beside dist/ maps it.
  const loaded = require('#native');
  // In a user's bundle it is an ES module.
  return loaded.default ?? loaded;
}
