/** The engine of Node: the Rust addon behind the wall of `../engine.d.ts`. */

export { createEngine } from './engine.js';
export { environmentProxy } from './environment.js';
export { parseProxy } from './proxy.js';
export { createRequests } from './requests.js';
export { createVerifier, signWebhook } from './webhooks.js';
