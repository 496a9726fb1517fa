/** The JavaScript engine behind the wall of `../engine.d.ts`. */

/** @import { Engine, EngineConfig } from '../engine.js' */

export { createRequests } from './requests.js';
export { createVerifier, signWebhook } from './webhooks.js';

/** PLACEHOLDER of the part js-driver. */
/** @param {EngineConfig} _config @param {() => void} _onReady @returns {Engine} */
export function createEngine(_config, _onReady) {
  throw new Error('not built yet');
}
