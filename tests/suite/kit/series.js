/** A series of numbered events: all of them arrive, once and in order. */

import { equal } from './expect.js';
import { connected } from './kit.js';

const COUNT = 10_000;

/**
 * Publishes the series to a client, and waits for its end.
 *
 * @param {any} platform
 * @param {any} client which is connected or connects
 * @param {any} log
 */
async function expectSeries(platform, client, log) {
  const numbers = [];
  const all = new Promise((resolve) => {
    client.on('event:series', ({ payload }) => {
      numbers.push(payload.n);
      if (numbers.length === COUNT) resolve(undefined);
    });
  });
  client.subscribe({ topic: 'series' });
  await connected(log);
  await platform.call('subscribed', 'series');
  await platform.call('publishSeries', 'series', COUNT);
  await all;
  equal(
    numbers.findIndex((n, index) => n !== index),
    -1,
    'index of the first event out of order',
  );
  equal(client.stats().eventsDelivered, COUNT, 'eventsDelivered');
  equal(log.all('gap'), [], 'gaps');
}

export { COUNT, expectSeries };
