/** Promises and loops: their part of the package is loaded on first use. */

import { equal } from '../kit/expect.js';

/** The code of the error that a promise rejects with. */
const codeOf = (promise) =>
  promise.then(
    () => 'none',
    ({ code }) => code,
  );

export const waiting = [
  {
    name: 'waits for the connection, a subscription and an event',
    async body(kit) {
      const platform = await kit.platform();
      const client = kit.client(platform);
      await client.ready({ timeout: 10_000 });
      equal(client.state, 'connected');
      await client.subscribed(client.subscribe({ topic: 'order' }), { timeout: 10_000 });
      const event = client.waitFor('event:order', { where: ({ payload }) => payload.n === 2, timeout: 10_000 });
      for (const n of [1, 2]) await platform.call('publish', { topic: 'order', payload: { n } });
      equal((await event).payload, { n: 2 });
    },
  },
  {
    name: 'an event that comes while its part is loaded is not missed',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      client.subscribe({ topic: 'order' });
      await platform.call('subscribed', 'order');
      const event = client.waitFor('event:order');
      await platform.call('publish', { topic: 'order', payload: { n: 1 } });
      equal((await event).payload, { n: 1 });
      equal(log.all('error'), [], 'errors');
    },
  },
  {
    name: 'loops over events and leaves nothing behind',
    async body(kit) {
      const platform = await kit.platform();
      const client = kit.client(platform);
      const events = client.events({ topic: 'order', filter: { wanted: true } });
      await platform.call('subscribed', 'order');
      for (let n = 0; n < 20; n += 1)
        await platform.call('publish', { topic: 'order', payload: { n, wanted: n % 2 === 0 } });
      const numbers = [];
      for await (const { payload } of events) if (numbers.push(payload.n) === 10) break;
      equal(numbers, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
      equal([client.stats().subscriptions, client.listenerCount('event:order')], [0, 0]);
    },
  },
  {
    name: 'signals end waits, loops, listeners and subscriptions',
    async body(kit) {
      const platform = await kit.platform();
      const client = kit.client(platform);
      const controller = new AbortController();
      const { signal } = controller;
      client.on('event', () => {}, { signal });
      client.subscribe({ topic: 'order', signal }, () => {});
      const next = client.events({ topic: 'order', signal }).next();
      const ended = [next, client.waitFor('event', { signal })].map(codeOf);
      await platform.call('subscribed', 'order', 2);
      controller.abort();
      equal(await Promise.all(ended), ['ABORTED', 'ABORTED']);
      equal([client.stats().subscriptions, client.listenerCount('event')], [0, 0]);
    },
  },
];
