/**
 * What the shared code needs to know of tracing: whether anybody observes, and the tracer then.
 * `node.js` and `web.js` each have it, and `#tracing` in `lib/package.json` chooses between them.
 */

import type { Tracer } from './tracer.js';

/**
 * The tracer, or undefined while nobody observes. The shared code asks once per turn of dispatch,
 * and once per message, request and webhook delivery.
 */
export function tracer(): Tracer | undefined;
