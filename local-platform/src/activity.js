/**
 * One stream of what happens on the platform: the terminal and the inspector page read it. A record
 * is built only while a listener is there, so callers ask `isWatched` first.
 */

/**
 * @import { LocalConnection, LocalDocument, LocalEvent, LocalSubscription, LocalTopic, WebhookAttempt } from '../index.js'
 */

/**
 * A connection, as records name it.
 *
 * @typedef {{ id: string, sub: string }} Party
 */
/**
 * `filtered` are subscriptions of the topic whose filter refused the event, of connections that did
 * not get it through another subscription.
 *
 * @typedef {{ receivers: Party[], filtered: (Party & { subscriptionId: string, filter: unknown })[] }} Audience
 */
/**
 * What happened. `published` is an event of a topic, `message` one of a channel or a direct one.
 *
 * @typedef {{ type: 'connected', connection: LocalConnection }
 *   | { type: 'disconnected', connection: Party & { protocol: string }, reason: string, durationMs: number }
 *   | { type: 'refused', what: string, reason: string }
 *   | { type: 'subscribed' | 'unsubscribed', connection: Party, subscription: LocalSubscription }
 *   | { type: 'joined' | 'left', connection: Party, channel: string, memberCount: number }
 *   | { type: 'published', event: LocalEvent } & Audience
 *   | { type: 'message', event: LocalEvent, receivers: Party[] }
 *   | { type: 'document', operation: 'created' | 'updated' | 'deleted', document: LocalDocument,
 *       diff?: unknown }
 *   | { type: 'webhook', attempt: WebhookAttempt, request: { url: string, headers: Record<string, string>,
 *       body: string } }
 *   | { type: 'topic', operation: 'created' | 'updated' | 'deleted', topic: LocalTopic }
 *   | { type: 'schema', schema: { topic: string, version: number, compatibilityMode: string } }
 *   | { type: 'gap', topics?: readonly string[], reason: string }
 *   | { type: 'fault', name: string, options?: unknown }} Report
 */
/** @typedef {Report & { time: number }} ActivityRecord `time`: Unix ms */

export class Activity {
  /** @type {Set<(record: ActivityRecord) => void>} */
  #listeners = new Set();

  /** Whether a record would reach anything. */
  get isWatched() {
    return this.#listeners.size > 0;
  }

  /** @param {Report} report */
  report(report) {
    const record = { time: Date.now(), ...report };
    for (const listener of this.#listeners) listener(record);
  }

  /**
   * Calls the listener with each record. It runs in the middle of the platform's work: it must not
   * throw, and must not change the record.
   *
   * @param {(record: ActivityRecord) => void} listener
   * @returns {() => void} ends it
   */
  watch(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
