/** What a case may call of a platform, from another process. */

/** @import { LocalPlatform } from '@smarterservices/realtime-local' */

/** @type {Record<string, (platform: LocalPlatform, ...args: any[]) => unknown>} */
export const CALLS = {
  token: (platform, options) => platform.token(options),
  publish: (platform, event) => platform.publish(event),
  publishSeries(platform, topic, count) {
    for (let n = 0; n < count; n += 1) platform.publish({ topic, payload: { n, text: 'x'.repeat(100) } });
  },
  connections: (platform) => platform.connections,
  connected: (platform, count) => platform.until(({ connections }) => connections.length === count),
  subscribed: (platform, topic, count) => platform.subscribed(topic, count),
  joined: (platform, channel, count) => platform.joined(channel, count),
  'documents.merge': ({ documents }, service, id, write) => documents.merge(service, id, write),
  'documents.delete': ({ documents }, service, id) => documents.delete(service, id),
  'faults.dropAll': ({ faults }) => faults.dropAll(),
  'faults.refuseUpgrades': ({ faults }, response) => faults.refuseUpgrades(response),
  'faults.stopAnsweringPings': ({ faults }) => faults.stopAnsweringPings(),
  'faults.repeat': ({ faults }, count) => faults.repeat(count),
  'faults.goAway': ({ faults }) => faults.goAway(),
};
