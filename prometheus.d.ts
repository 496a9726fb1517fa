/**
 * `@smarterservices/realtime/prometheus`: the figures of your clients for Prometheus.
 *
 * ```js
 * import { contentType, prometheus } from '@smarterservices/realtime/prometheus';
 *
 * app.get('/metrics', (_, response) => response.type(contentType).send(prometheus({ orders, chat })));
 * ```
 *
 * @packageDocumentation
 */

import type { RealtimeStats } from './types/stats.js';

/** What this module needs of a client. */
export interface Measured {
  readonly connected: boolean;
  stats(): RealtimeStats;
}

/** The value of the `Content-Type` header of {@link prometheus}'s text. */
export const contentType: 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Returns all figures of {@link RealtimeStats} in the text format of Prometheus, with times in
 * seconds. `docs/metrics.md` lists the metrics.
 *
 * The names become the label `client`, cut to 128 characters. Names are yours to choose: use few
 * and lasting ones, since Prometheus keeps a time series for each.
 *
 * @param clients by name: an object, a `Map`, or any iterable of pairs
 * @throws TypeError when two clients have the same name after cutting
 *
 * @example
 * http.createServer((_, response) => {
 *   response.setHeader('Content-Type', contentType);
 *   response.end(prometheus({ orders: realtime }));
 * }).listen(9464);
 */
export function prometheus(
  clients: Iterable<readonly [name: string, client: Measured]> | Record<string, Measured>,
): string;
