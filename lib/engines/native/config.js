/** The config in the form the addon needs. */

import { bare } from '../../own.js';

/** @import { EngineConfig } from '../engine.js' */

/**
 * A copy without prototypes: Node-API reads through prototypes, and lists what is inherited.
 *
 * @param {EngineConfig} config
 * @returns {EngineConfig}
 */
function bareConfig({ log, ...config }) {
  const copy = /** @type {Record<string, unknown>} */ (/** @type {object} */ (bare(config)));
  for (const [name, value] of Object.entries(copy))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) copy[name] = bare(value);
  return /** @type {EngineConfig} */ (/** @type {unknown} */ (copy));
}

export { bareConfig };
