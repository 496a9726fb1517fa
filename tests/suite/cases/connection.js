/** Connecting, reconnecting, and what the client says about both. */

import { equal, ok } from '../kit/expect.js';
import { connected } from '../kit/kit.js';

export const connection = [
  {
    name: 'connects with the engine that this runtime has',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      await connected(log);
      equal(client.engine, kit.runtime.engine, 'client.engine');
      equal(client.stats().transport, kit.runtime.webSocket === false ? 'polling' : 'websocket', 'transport');
      const [{ id, protocol }] = await platform.call('connections');
      equal([id, protocol], [client.socketClient.id, 'socket.io']);
    },
  },
  {
    name: 'an engine that this runtime does not have is refused',
    skip: ({ engine }) => engine === 'native' && 'both engines are here',
    async body(kit) {
      const platform = await kit.platform();
      let code;
      try {
        kit.client(platform, { engine: 'native' });
      } catch (error) {
        ({ code } = error);
      }
      equal(typeof code, 'string', 'the code of the error');
    },
  },
  {
    name: 'reconnects, subscribes again and reports one gap',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      const subscriptionId = client.subscribe({ topic: 'session.status' });
      await platform.call('subscribed', 'session.status');
      for (let round = 1; round <= 3; round += 1) {
        await platform.call('faults.dropAll');
        const gap = await log.seen('gap', undefined, round);
        equal(gap.subscriptions, [{ subscriptionId, topic: 'session.status' }]);
        ok(gap.since <= gap.until, 'a gap ends after it begins');
        const { id } = await platform.call('publish', { topic: 'session.status', payload: { round } });
        await log.seen('event', (event) => event.id === id);
      }
      equal(client.stats().reconnects, 3, 'reconnects');
      equal(log.all('error'), [], 'errors');
    },
  },
  {
    name: 'notices a peer that no longer answers',
    async body(kit) {
      const platform = await kit.platform({ pingInterval: 300, pingTimeout: 300 });
      const { client, log } = kit.observed(platform, { heartbeat: { interval: 200, timeout: 300 } });
      client.subscribe({ topic: 'session.status' });
      await platform.call('subscribed', 'session.status');
      await platform.call('faults.stopAnsweringPings');
      const { reason } = await log.seen('connection', ({ state }) => state === 'reconnecting');
      ok(/timeout/.test(reason), `the reason names the heartbeat: ${reason}`);
      await connected(log, 2);
      await log.seen('gap');
    },
  },
  {
    name: 'disconnect and destroy leave nobody behind',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      await connected(log);
      client.disconnect();
      equal(client.state, 'disconnected', 'state');
      await platform.call('connected', 0);
      client.connect();
      await connected(log, 2);
      client.destroy();
      await platform.call('connected', 0);
    },
  },
  {
    name: 'a server that is not there: attempts, then one error',
    async body(kit) {
      const platform = await kit.platform();
      await platform.call('faults.goAway');
      const { log } = kit.observed(platform, { reconnectionAttempts: 2 });
      const error = await log.seen('error');
      ok(error.code === 'RECONNECT_FAILED' || error.code === 'NETWORK_ERROR', `the code, ${error.code}`);
      await log.seen('connection', ({ state }) => state === 'disconnected');
    },
  },
];
