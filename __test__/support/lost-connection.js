/** The log of a connection that is lost, and comes back at the second attempt. */

import { RealtimeClient } from '../../lib/index.js';
import { startPlatform } from './local-platform.js';
import { logRecords } from './log-records.js';

/**
 * @param {import('node:test').TestContext} t
 * @param {'native' | 'javascript'} engine
 * @param {string} [level]
 */
async function loseConnection(t, engine, level = 'debug') {
  const platform = await startPlatform(t);
  const log = logRecords();
  const client = new RealtimeClient({
    url: platform.url,
    token: () => platform.token(),
    engine,
    transports: ['websocket'],
    reconnectionDelay: 10,
    randomizationFactor: 0,
    log: { level, handler: log.handler },
  });
  t.after(() => client.destroy());
  client.on('error', () => {});
  client.on('event', () => {});
  client.subscribe({ topic: 'orders.*' });
  await log.seen('subscribed');
  platform.faults.refuseUpgrades({ status: 503, times: 1 });
  await platform.faults.dropAll();
  await log.seen('gap');
  client.destroy();
  return log;
}

export { loseConnection };
