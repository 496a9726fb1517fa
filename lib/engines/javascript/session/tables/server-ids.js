/**
 * The server's ids of subscriptions: any JSON but `null`, sent back as it came. An id is its JSON
 * text here, so that ids with the same meaning are equal.
 */

import { append, remove } from './lists.js';

/** An integer of more digits than a number holds, or one in another form. */
const SOURCE = /"subscriptionId"\s*:\s*(-?\d[\d.eE+-]*)/g;

/**
 * @param {unknown} value as `JSON.parse` returns it
 * @param {string} text the packet that contains it: numbers beyond 2^53 are only there exact
 * @returns {string | undefined}
 */
function readServerId(value, text) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    for (const [, source] of text.matchAll(SOURCE)) if (Number(source) === value) return source;
  return JSON.stringify(value);
}

/** An id that is a text. @param {string} text */
function serverIdOf(text) {
  return JSON.stringify(text);
}

/** The live subscriptions, by number, that have an id. A server may use one id for several. */
class Owners {
  /** @type {Map<string, number[]>} */
  #numbers = new Map();

  /** @param {string | undefined} serverId @returns {readonly number[]} */
  of(serverId) {
    return this.#numbers.get(/** @type {string} */ (serverId)) ?? [];
  }

  /** @param {string} serverId @param {number} number */
  insert(serverId, number) {
    append(this.#numbers, serverId, number);
  }

  /** @param {string} serverId @param {number} number */
  remove(serverId, number) {
    remove(this.#numbers, serverId, number);
  }

  clear() {
    this.#numbers.clear();
  }
}

export { Owners, readServerId, serverIdOf };
