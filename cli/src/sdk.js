/**
 * The SDK, loaded by the commands that need it. `require` takes a fifth of the time of `import`
 * here: Node looks through all of a CommonJS package for its names before it imports it.
 */

import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** @returns {typeof import('@smarterservices/realtime')} */
export const loadSdk = () => load('@smarterservices/realtime');
