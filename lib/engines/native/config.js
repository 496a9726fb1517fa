/** The config in the form the addon needs. */

import { sinkOf } from './log.js';

/** @import { EngineConfig } from '../engine.js' */
/** @import { AddonConfig } from './abi.js' */

/**
 * The addon knows a log by the number of its sink. Node-API reads through prototypes, and lists
 * what is inherited: so every member that the addon reads is an own one, even if it is undefined,
 * and headers have no prototype.
 *
 * @param {EngineConfig} config
 * @returns {AddonConfig}
 */
function addonConfig(config) {
  const { log } = config;
  return /** @type {AddonConfig} */ (log === undefined ? config : { ...config, log: sinkOf(log).id });
}

export { addonConfig };
