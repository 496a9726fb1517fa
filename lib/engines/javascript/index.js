/** The JavaScript engine behind the wall of `../engine.d.ts`. */

import { createEngine as createWith } from './engine.js';

export { createRequests } from './requests.js';
export { createVerifier, signWebhook } from './webhooks.js';

/**
 * Long-polling is loaded when it is first needed: most connections never do.
 *
 * @type {import('../engine.js').EngineModule['createEngine']}
 */
export function createEngine(config, onReady) {
  return createWith(config, onReady, () => import('./transport/polling.js'));
}
