/** In a page the chunk comes over the network, when it is first used. */

import { RealtimeError } from '../errors/errors.js';

/** @returns {Promise<typeof import('./update.js').update>} */
export async function loadUpdate() {
  try {
    return (await import('./update.js')).update;
  } catch (cause) {
    throw RealtimeError.from({ code: 'NETWORK_ERROR', message: `SyncClient.update(): ${cause}` });
  }
}
