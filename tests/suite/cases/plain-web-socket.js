/** The plain WebSocket, `protocol: 'ws'`: web pages send the token as a subprotocol. */

import { equal } from '../kit/expect.js';
import { connected } from '../kit/kit.js';

const skip = ({ webSocket }) => webSocket === false && 'there is no WebSocket here';

export const plainWebSocket = [
  {
    name: '/ws carries subscriptions, filters and messages, and reconnects',
    skip,
    async body(kit) {
      const platform = await kit.platform({ prefix: '/realtime' });
      const { client, log } = kit.observed(platform, { protocol: 'ws' });
      const sender = kit.client(platform, { protocol: 'ws' });
      const received = kit.log(client.socketClient, ['message']);
      client.subscribe({ topic: 'order', filter: { campusId: 12 } });
      await connected(log);
      equal(
        (await platform.call('connections')).every(({ protocol }) => protocol === 'ws'),
        true,
      );
      await client.socketClient.joinChannel('lobby');
      await platform.call('subscribed', 'order');
      for (const campusId of [13, 12]) await platform.call('publish', { topic: 'order', payload: { campusId } });
      equal((await log.seen('event')).payload, { campusId: 12 });
      await sender.socketClient.publish('lobby', 'greeting', 'hello');
      equal((await received.seen('message')).data, 'hello');
      await platform.call('faults.dropAll');
      await log.seen('gap');
      await platform.call('publish', { topic: 'order', payload: { campusId: 12, after: true } });
      await log.seen('event', ({ payload }) => payload.after === true);
    },
  },
  {
    name: '/ws notices a peer that no longer answers',
    skip,
    async body(kit) {
      const platform = await kit.platform({ pingInterval: 300, pingTimeout: 300 });
      const heartbeat = { interval: 200, timeout: 300 };
      const { log } = kit.observed(platform, { protocol: 'ws', heartbeat });
      await connected(log);
      await platform.call('faults.stopAnsweringPings');
      await log.seen('connection', ({ state }) => state === 'reconnecting');
      await connected(log, 2);
    },
  },
  {
    name: '/ws reports a token that the server refuses',
    skip,
    async body(kit) {
      const platform = await kit.platform();
      const token = await platform.call('token', { applicationId: 'another' });
      const { client, log } = kit.observed(platform, { protocol: 'ws', token, reconnectionAttempts: 1 });
      const error = await log.seen('error');
      // A page does not learn the status of a refused upgrade, so only other runtimes can tell.
      const expected = kit.runtime.hidesUpgrades
        ? ['AUTH_FAILED', 'NETWORK_ERROR', 'RECONNECT_FAILED']
        : ['AUTH_FAILED'];
      equal(expected.includes(error.code), true, `the code, ${error.code}: ${error.message}`);
      equal(client.connected, false, 'connected');
    },
  },
];
