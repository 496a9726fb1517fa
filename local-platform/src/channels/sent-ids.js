/**
 * Deduplication of messages: the IDs of the last messages with their senders. A client that lost an
 * ack sends the message again, and the platform does not distribute it twice. The sender is the
 * token's `sub`, since a reconnect changes the socket ID.
 */

import { LIMITS } from '../vocabulary.js';

/** @typedef {{ sub: string }} Sender */
/** @typedef {{ id: string }} Message */

export class SentIds {
  /** Oldest first. @type {Set<string>} */
  #keys = new Set();

  /** @param {Sender} sender @param {Message} message */
  has(sender, message) {
    return this.#keys.has(keyOf(sender, message));
  }

  /** @param {Sender} sender @param {Message} message */
  add(sender, message) {
    this.#keys.add(keyOf(sender, message));
    if (this.#keys.size <= LIMITS.messageIds) return;
    const [oldest] = this.#keys;
    this.#keys.delete(oldest);
  }
}

/** @param {Sender} sender @param {Message} message */
const keyOf = ({ sub }, { id }) => JSON.stringify([sub, id]);
