/** What `stats()` measures. */

import { equal, ok } from '../kit/expect.js';

export const stats = [
  {
    name: 'stats() has round trips, the clock of the server, the age of events and topics',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform, { stats: { latency: true, topics: true } });
      client.subscribe({ topic: 'measured' });
      await platform.call('subscribed', 'measured');
      // Outside of Node, the code that measures may come after the first events.
      for (let count = 1; client.stats().eventAge === undefined; count++) {
        await platform.call('publish', { topic: 'measured' });
        await log.seen('event', undefined, count);
      }
      client.subscribe({ topic: 'confirmed' });
      await platform.call('subscribed', 'confirmed');
      await platform.call('publish', { topic: 'confirmed' });
      await log.seen('event', ({ topic }) => topic === 'confirmed');

      const { roundTrip, clockOffset, eventAge, topics, otherTopics } = client.stats();
      for (const { count, p50, p99, max } of [roundTrip, eventAge])
        ok(count > 0 && p50 <= p99 && p99 <= max, `${count}: ${p50} <= ${p99} <= ${max}`);
      ok(Math.abs(clockOffset.offset) <= clockOffset.error, JSON.stringify(clockOffset));
      equal(topics.map(({ topic }) => topic).sort(), ['confirmed', 'measured']);
      equal(otherTopics, 0);
    },
  },
];
