/** Connects a platform with the other processes at the same Redis. */

import { Cluster } from './cluster.js';
import { Redis } from './redis.js';

/** @import { Broker } from '../broker/broker.js' */
/** @import { RedisOptions } from '../options.js' */

/**
 * @param {Broker} broker
 * @param {RedisOptions & { applicationId: string }} options
 * @throws {PlatformError} saying what to do
 */
export async function openCluster(broker, options) {
  const redis = new Redis(options.url);
  await redis.open();
  return new Cluster(broker, redis, options);
}
