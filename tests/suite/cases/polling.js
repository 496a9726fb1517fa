/** Socket.IO over long-polling, and the upgrade to a WebSocket. */

import { equal } from '../kit/expect.js';
import { connected } from '../kit/kit.js';

export const polling = [
  {
    name: 'long-polling carries events, messages and binary data, and reconnects',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform, { transports: ['polling'] });
      const received = kit.log(client.socketClient, ['message']);
      const sender = kit.client(platform, { transports: ['polling'] });
      client.subscribe({ topic: 'order' });
      await client.socketClient.joinChannel('lobby');
      await platform.call('subscribed', 'order');
      equal(client.stats().transport, 'polling', 'transport');
      await platform.call('publishSeries', 'order', 200);
      await log.seen('event', undefined, 200);
      equal(
        log.all('event').findIndex(({ payload }, index) => payload.n !== index),
        -1,
        'index of the first event out of order',
      );
      const bytes = new Uint8Array([0, 255, 7]);
      await sender.socketClient.publish('lobby', 'image', { bytes });
      equal((await received.seen('message')).data, { bytes });
      await platform.call('faults.dropAll');
      await log.seen('gap');
      await platform.call('publish', { topic: 'order', payload: { n: 'after' } });
      await log.seen('event', ({ payload }) => payload.n === 'after');
    },
  },
  {
    name: 'falls back to long-polling, and moves to a WebSocket when one gets through',
    skip: ({ webSocket }) => webSocket === false && 'there is no WebSocket here',
    async body(kit) {
      const platform = await kit.platform();
      await platform.call('faults.refuseUpgrades', { status: 403, times: 1 });
      const { client, log } = kit.observed(platform);
      client.subscribe({ topic: 'order' });
      await connected(log);
      await platform.call('subscribed', 'order');
      // Either the client polls now, or it has moved to a WebSocket already.
      await platform.call('publishSeries', 'order', 500);
      await log.seen('event', undefined, 500);
      equal(
        log.all('event').findIndex(({ payload }, index) => payload.n !== index),
        -1,
        'index of the first event out of order',
      );
      while (client.stats().transport !== 'websocket') await new Promise((resolve) => setTimeout(resolve, 20));
      await platform.call('publish', { topic: 'order', payload: { n: 'after' } });
      await log.seen('event', ({ payload }) => payload.n === 'after');
      equal([log.all('gap'), client.stats().reconnects], [[], 0]);
    },
  },
];
