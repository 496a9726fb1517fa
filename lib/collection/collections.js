/** The collections of a client. Loaded on first use. */

import { onAbort } from '../aborts.js';
import { RealtimeError } from '../errors/errors.js';
import { own } from '../own.js';
import { LiveCollection } from './live-collection.js';
import { parseOptions } from './options.js';
import { RowSync } from './row-sync.js';
import { Rows } from './rows.js';

/** @import { CollectionOptions, RealtimeEvent, SubscribeOptions } from '../../index.js' */
/** @import { Parts } from '../core-client.js' */
/** @import { Rest } from '../requests/rest.js' */

/**
 * @typedef {object} Client
 * @property {(options: SubscribeOptions, handler: (event: RealtimeEvent<any>) => void) => string} subscribe
 * @property {(subscriptionId: string) => void} unsubscribe
 */

class Collections {
  #client;
  #parts;
  #rest;
  /** By subscription. @type {Map<string, { collection: LiveCollection, sync: RowSync }>} */
  #open = new Map();

  /** @param {Client} client @param {Parts} parts @param {() => Rest} rest */
  constructor(client, parts, rest) {
    this.#client = client;
    this.#parts = parts;
    this.#rest = rest;
    parts.dispatch.register('gap', (gap) => {
      for (const { subscriptionId } of gap.subscriptions) this.#open.get(subscriptionId)?.sync.missed();
    });
    parts.dispatch.register('error', (report) => {
      const refused = report.code === 'SUBSCRIBE_DENIED' && this.#open.get(own(report, 'subscriptionId'));
      if (!refused) return false;
      this.#failed(refused.collection, RealtimeError.from(report));
      refused.collection.close();
      return true;
    });
  }

  /** @param {CollectionOptions<any>} options */
  async open(options) {
    const { assertUsable, waiting } = this.#parts;
    assertUsable();
    const { topic, signal, snapshot, timeout, ...shape } = parseOptions(options);
    const what = 'RealtimeClient.collection()';
    const aborted = () => new RealtimeError('ABORTED', `${what}: The collection was closed`, { cause: signal?.reason });
    if (signal?.aborted) throw aborted();
    const rows = new Rows(shape);
    let forget = () => {};
    const sync = new RowSync({ topic, snapshot, timeout, rest: this.#rest }, rows, {
      changed: (changes, reset) => collection.tell('change', { changes, reset }),
      failed: (error) => this.#failed(collection, error),
    });
    const id = this.#client.subscribe({ topic }, (event) => sync.event(event));
    const collection = new LiveCollection(topic, {
      rows,
      isLive: () => sync.isLive,
      close: () => {
        this.#open.delete(id);
        forget();
        sync.close();
        this.#client.unsubscribe(id);
      },
    });
    this.#open.set(id, { collection, sync });
    if (signal) forget = onAbort(signal, () => collection.close());
    try {
      await waiting((waits) => waits.subscribed(id, signal && { signal })).catch(unlessUnconfirmed);
      await sync.begin();
      if (collection.closed) throw aborted();
      return collection;
    } catch (error) {
      collection.close();
      throw error;
    }
  }

  /** The client is destroyed. */
  close() {
    for (const { collection } of [...this.#open.values()]) collection.close();
  }

  /** @param {LiveCollection} collection @param {RealtimeError} error */
  #failed(collection, error) {
    if (collection.listenerCount('error') > 0) collection.tell('error', error);
    else this.#parts.report(error);
  }
}

/** A server that never confirms may deliver all the same. @param {unknown} error */
function unlessUnconfirmed(error) {
  if (own(error, 'code') !== 'SUBSCRIBE_UNCONFIRMED') throw error;
}

export { Collections };
