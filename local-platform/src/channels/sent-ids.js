/**
 * The ids of the last messages and whose they were, so that one that is sent again after its ack was lost goes out
 * once. Whose means the token's `sub`: the socket id is another one after a reconnect.
 */

import { LIMITS } from '../vocabulary.js';

export class SentIds {
  #keys = new Set();

  has(identity, event) {
    return this.#keys.has(keyOf(identity, event));
  }

  add(identity, event) {
    this.#keys.add(keyOf(identity, event));
    if (this.#keys.size <= LIMITS.messageIds) return;
    const [oldest] = this.#keys;
    this.#keys.delete(oldest);
  }
}

const keyOf = ({ sub }, { id }) => JSON.stringify([sub, id]);
