/**
 * The entry `prometheus`: the figures of clients in the text format of Prometheus. It knows nothing
 * but the public methods of the clients that it is given.
 */

import { clean, family } from './exposition.js';
import { METRICS } from './metrics.js';

/** @import { Measured } from '../../prometheus.js' */

const contentType = 'text/plain; version=0.0.4; charset=utf-8';
const PREFIX = 'realtime_';
/** The longest name of a client. */
const MAX_NAME = 128;

/**
 * @param {Iterable<readonly [string, Measured]> | Record<string, Measured>} clients
 * @returns {string}
 */
function prometheus(clients) {
  const measured = [...named(clients)].map(([client, each]) => ({ client, each, stats: each.stats() }));
  const families = METRICS.map(({ name, type, help, samples }) => {
    const all = measured.flatMap(({ client, each, stats }) =>
      samples(stats, each).map((sample) => ({ ...sample, labels: { client, ...sample.labels } })),
    );
    return family(PREFIX + name, type, help, all);
  });
  return families.join('');
}

/**
 * The clients by the values of their label.
 *
 * @param {Iterable<readonly [string, Measured]> | Record<string, Measured>} clients
 * @returns {Map<string, Measured>}
 */
function named(clients) {
  if (typeof clients !== 'object' || clients === null)
    throw new TypeError(
      `prometheus(): clients must be an object, a Map or pairs of names and clients, not ${String(clients)}`,
    );
  const byName = new Map();
  for (const [name, client] of Symbol.iterator in clients ? clients : Object.entries(clients)) {
    if (typeof client?.stats !== 'function')
      throw new TypeError(`prometheus(): '${clean(String(name))}' must be a client, with the method stats()`);
    const text = [...clean(String(name))].slice(0, MAX_NAME).join('');
    if (byName.has(text))
      throw new TypeError(
        `prometheus(): two clients have the name '${text}'. Names must differ in their first ${MAX_NAME} characters.`,
      );
    byName.set(text, client);
  }
  return byName;
}

export { contentType, prometheus };
