/**
 * Loads code that checks data with schemas. Programs without schemas never load it.
 */

import { RealtimeError } from '../errors/errors.js';

/**
 * @template Module
 * @param {Promise<Module>} loading
 * @returns {Promise<Module>} rejects with a RealtimeError
 */
function loaded(loading) {
  return loading.catch((cause) => {
    throw new RealtimeError('NETWORK_ERROR', String(cause));
  });
}

export { loaded };
