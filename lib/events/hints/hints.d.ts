/**
 * Hints about mistakes that nothing else shows: no event arrives, and no call has failed. Each is one
 * warning per process. `node.js` gives them; `web.js` does not, since a page pays for every byte.
 * `#hints` in `lib/package.json` chooses between them.
 */

import type { Engine } from '../../engines/engine.js';
import type { Listeners } from '../listeners.js';

export interface Hints {
  /** The state of the connection has changed. */
  connection(state: string): void;
  /** The first listener of a topic was added, or the last one removed; undefined: of all topics. */
  listens(topic: string | undefined, wanted: boolean): void;
  subscribed(subscriptionId: string, topic: string, filter: object | undefined): void;
  /** @param wasLive whether there was such a subscription */
  unsubscribed(subscriptionId: string, wasLive: boolean): void;
  /** The client was destroyed. */
  close(): void;
}

/**
 * The hints of a client; undefined where there are none.
 *
 * @param hasExtension whether events can come for other reasons than subscriptions: channels and
 *   documents
 */
export function createHints(
  engine: Pick<Engine, 'stats'>,
  listeners: Pick<Listeners, 'add' | 'remove'>,
  hasExtension: () => boolean,
): Hints | undefined;
