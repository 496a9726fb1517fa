/** The JavaScript engine behind the wall of `../engine.d.ts`. */

export { createRequests } from './requests.js';
export { createVerifier, signWebhook } from './webhooks.js';

/** PLACEHOLDER until js-driver brings engine.js. @type {import('../engine.js').EngineModule['createEngine']} */
export function createEngine() {
  throw new Error('not built yet');
}
