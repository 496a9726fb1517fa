/** In a page the chunk comes over the network. */

import { RealtimeError } from '../../errors/errors.js';

/** @type {typeof import('./load.js').loadChecks} */
export function loadChecks() {
  return import('../checks.js').catch((cause) => {
    throw RealtimeError.from({ code: 'NETWORK_ERROR', message: String(cause) });
  });
}
