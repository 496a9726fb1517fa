/** Topics: the subscriptions of each, and the connections that receive an event. */

import { invalid } from '../error.js';
import { LIMITS } from '../vocabulary.js';

/** @import { LocalEvent } from '../../index.js' */
/** @import { Audience } from '../activity.js' */
/** @import { ReturnMode } from '../vocabulary.js' */
/** @import { Connection } from './connection.js' */
/** @import { Matches } from './filter.js' */

/**
 * @typedef {object} Subscription
 * @property {string} subscriptionId
 * @property {string} topic
 * @property {unknown} filter as the subscriber sent it
 * @property {ReturnMode} returnMode
 * @property {Matches} matches
 * @property {Connection} connection
 */

export class Topics {
  /** @type {Map<string, Set<Subscription>>} */
  #subscriptions = new Map();

  /** @param {Subscription} subscription */
  add(subscription) {
    const { topic } = subscription;
    const subscriptions = this.#subscriptions.get(topic) ?? new Set();
    this.#subscriptions.set(topic, subscriptions.add(subscription));
  }

  /** @param {Subscription} subscription */
  remove(subscription) {
    const subscriptions = this.#subscriptions.get(subscription.topic);
    subscriptions?.delete(subscription);
    if (subscriptions?.size === 0) this.#subscriptions.delete(subscription.topic);
  }

  /** Those with a subscription. */
  get names() {
    return [...this.#subscriptions.keys()];
  }

  /** @param {string} topic @returns {Iterable<Subscription>} */
  of(topic) {
    return this.#subscriptions.get(topic) ?? [];
  }

  /**
   * The receivers of an event: each connection once, with the return modes of all of its
   * subscriptions that match.
   *
   * @param {LocalEvent} event
   */
  receivers(event) {
    /** @type {Map<Connection, Set<ReturnMode>>} */
    const receivers = new Map();
    for (const { connection, returnMode, matches } of this.of(event.topic)) {
      const modes = receivers.get(connection);
      if (modes?.has(returnMode) || !matches(event.payload)) continue;
      if (modes) modes.add(returnMode);
      else receivers.set(connection, new Set([returnMode]));
    }
    return receivers;
  }

  /**
   * Who gets an event, and whose filters refuse it.
   *
   * @param {LocalEvent} event
   * @returns {Audience}
   */
  audience(event) {
    const receivers = this.receivers(event);
    const refused = [...this.of(event.topic)].filter(({ connection }) => !receivers.has(connection));
    return {
      receivers: Array.from(receivers.keys(), ({ party }) => party),
      filtered: refused.map(({ connection, subscriptionId, filter }) => ({
        ...connection.party,
        subscriptionId,
        filter,
      })),
    };
  }
}

/** The subscription as `platform.connections` shows it. @param {Subscription} subscription */
export function describe({ subscriptionId, topic, filter, returnMode }) {
  return { subscriptionId, topic, filter: /** @type {Record<string, unknown> | undefined} */ (filter), returnMode };
}

/** @param {unknown} topic @returns {asserts topic is string} */
export function requireTopic(topic) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (typeof topic !== 'string' || topic === '' || /[\u0000-\u001f\u007f]/.test(topic)) {
    throw invalid('topic: expected a non-empty string without control characters.');
  }
  if (topic.length > LIMITS.topicLength) throw invalid(`topic: longer than ${LIMITS.topicLength} characters.`);
}
