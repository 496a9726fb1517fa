/** The JavaScript engine behind the wall of `../engine.d.ts`. */

import { createEngine as createWith } from './engine.js';
import { Messaging } from './session/messaging.js';

export { createVerifier, signWebhook } from './webhooks.js';

/**
 * Long-polling is loaded when it is first needed: most connections never do.
 *
 * @type {import('../engine.js').EngineModule['createEngine']}
 */
export function createEngine(config, onReady, given) {
  return createWith(config, onReady, given, () => import('./transport/polling.js'));
}

/** What an engine for messages and channels needs in addition. */
export const features = { Messaging };
