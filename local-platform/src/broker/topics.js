/** Topics: which subscriptions exist on each, and which connections an event goes to. */

import { invalid } from '../error.js';
import { LIMITS } from '../vocabulary.js';

/** @typedef {{ subscriptionId: string, topic: string, connection: object,
 *   returnMode: string, matches: (payload: object) => boolean }} Subscription */

export class Topics {
  /** @type {Map<string, Set<Subscription>>} */
  #subscriptions = new Map();

  add(subscription) {
    const { topic } = subscription;
    if (!this.#subscriptions.has(topic)) this.#subscriptions.set(topic, new Set());
    this.#subscriptions.get(topic).add(subscription);
  }

  remove(subscription) {
    const subscriptions = this.#subscriptions.get(subscription.topic);
    subscriptions?.delete(subscription);
    if (subscriptions?.size === 0) this.#subscriptions.delete(subscription.topic);
  }

  /** @returns {Iterable<Subscription>} */
  of(topic) {
    return this.#subscriptions.get(topic) ?? [];
  }

  /** Each connection once, however many of its subscriptions match, with the return modes of those that do. */
  receivers(event) {
    /** @type {Map<object, Set<string>>} */
    const receivers = new Map();
    for (const { connection, returnMode, matches } of this.of(event.topic)) {
      const modes = receivers.get(connection);
      if (modes?.has(returnMode) || !matches(event.payload)) continue;
      if (modes) modes.add(returnMode);
      else receivers.set(connection, new Set([returnMode]));
    }
    return receivers;
  }
}

export function requireTopic(topic) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (typeof topic !== 'string' || topic === '' || /[\u0000-\u001f\u007f]/.test(topic)) {
    throw invalid('topic: expected a non-empty string without control characters.');
  }
  if (topic.length > LIMITS.topicLength) throw invalid(`topic: longer than ${LIMITS.topicLength} characters.`);
}
