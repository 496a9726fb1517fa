/** Where the addon is, seen from the sources. In the bundle, `place.bundle.js` stands here. */

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const NATIVE = new URL('../../../native/', import.meta.url);

/** Loads a CommonJS module or an addon. @type {(name: string) => any} */
export const load = createRequire(import.meta.url);

/** The file of an addon that was built in this folder. @param {string} platform */
export const built = (platform) => fileURLToPath(new URL(`realtime.${platform}.node`, NATIVE));

/** The loader that napi generates: it tries every place. */
export const loadGenerated = () => load(fileURLToPath(new URL('index.js', NATIVE)));
