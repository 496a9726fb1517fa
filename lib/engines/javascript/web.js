/** The JavaScript engine behind the wall of `../engine.d.ts`, as a page loads it: in parts. */

import { createLateEngine } from './late-engine.js';

export { createRequests } from './requests.js';
export { createVerifier, signWebhook } from './webhooks.js';

/** @type {import('../engine.js').EngineModule['createEngine']} */
export function createEngine(config, onReady, loadFeatures) {
  return createLateEngine(config, onReady, async () => {
    const [{ createEngine: createWith }, given] = await Promise.all([
      import('./engine.js'),
      /** @type {typeof features | undefined} */ (loadFeatures)?.(),
    ]);
    // Long-polling is loaded when it is first needed: most connections never do.
    const loadPolling = () => import('./transport/polling.js');
    return (ahead, firstCall) => createWith(config, onReady, { ...given, firstCall }, loadPolling, ahead);
  });
}

/** Loads what an engine for messages and channels needs in addition. */
export const features = () => import('./session/messaging.js');
