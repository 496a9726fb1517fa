/** The config in the form the addon needs. */

import { bare } from '../../own.js';
import { sinkOf } from './log.js';

/** @import { EngineConfig } from '../engine.js' */
/** @import { AddonConfig } from './abi.js' */

/**
 * A copy without prototypes: Node-API reads through prototypes, and lists what is inherited. The
 * addon knows a log by the number of its sink.
 *
 * @param {EngineConfig} config
 * @returns {AddonConfig}
 */
function bareConfig({ log, ...config }) {
  const copy = /** @type {Record<string, unknown>} */ (/** @type {object} */ (bare(config)));
  for (const [name, value] of Object.entries(copy))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) copy[name] = bare(value);
  if (log !== undefined) copy.log = sinkOf(log).id;
  return /** @type {AddonConfig} */ (/** @type {unknown} */ (copy));
}

export { bareConfig };
