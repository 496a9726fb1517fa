/** Subscriptions, filters and order. */

import { equal } from '../kit/expect.js';
import { COUNT, expectSeries } from '../kit/series.js';

export const events = [
  {
    name: 'subscribes with a filter',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      client.subscribe({ topic: 'session.status', filter: { campusId: 12, status: { in: ['active', 'ended'] } } });
      await platform.call('subscribed', 'session.status');
      for (const [campusId, status] of [
        [12, 'active'],
        [13, 'active'],
        [12, 'paused'],
        [12, 'ended'],
      ]) {
        await platform.call('publish', { topic: 'session.status', payload: { campusId, status } });
      }
      await log.seen('event', undefined, 2);
      equal(
        log.all('event').map(({ payload }) => payload),
        [
          { campusId: 12, status: 'active' },
          { campusId: 12, status: 'ended' },
        ],
      );
    },
  },
  {
    name: 'events of another topic, and after unsubscribe, are not delivered',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      const first = client.subscribe({ topic: 'first' });
      client.subscribe({ topic: 'second' });
      await platform.call('subscribed', 'first');
      await platform.call('subscribed', 'second');
      client.unsubscribe(first);
      for (const topic of ['first', 'third', 'second']) await platform.call('publish', { topic });
      const { topic } = await log.seen('event');
      equal(topic, 'second');
      equal(log.all('event').length, 1, 'number of events');
    },
  },
  {
    name: 'a repeated event is delivered once',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      client.subscribe({ topic: 'order' });
      await platform.call('subscribed', 'order');
      await platform.call('publish', { topic: 'order', payload: { n: 1 } });
      await platform.call('faults.repeat', 1);
      await platform.call('publish', { topic: 'order', payload: { n: 2 } });
      await log.seen('event', ({ payload }) => payload.n === 2);
      equal(
        log.all('event').map(({ payload }) => payload.n),
        [1, 2],
      );
      equal(client.stats().droppedRepeats, 1, 'droppedRepeats');
    },
  },
  {
    name: `${COUNT} events arrive in order`,
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      await expectSeries(platform, client, log);
    },
  },
];
