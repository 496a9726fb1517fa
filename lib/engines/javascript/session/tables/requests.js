/** The subscriptions that were requested on a link and are not confirmed yet. */

/** How many requests are kept, unless more subscriptions are live: some servers never confirm. */
const MAX_REQUESTS = 1024;

/** Numbers and topics of the requested subscriptions, oldest first. */
class Requests {
  /** A link requests each subscription once. @type {Map<number, string>} */
  #pending = new Map();
  /**
   * On this link the server has confirmed a subscription with both its number and its id. So a
   * confirmation without a number only repeats an earlier one.
   */
  #sendsNumbers = false;

  /**
   * Adds a request of a client that has `live` subscriptions.
   *
   * @param {number} number
   * @param {string} topic
   * @param {number} live
   */
  push(number, topic, live) {
    if (this.#pending.size >= Math.max(MAX_REQUESTS, live)) this.#remove(() => true);
    this.#pending.set(number, topic);
  }

  /**
   * Removes the request that a confirmation belongs to, and returns its number.
   *
   * That is the request with this `number` where the server sends one; else the oldest one that
   * `owns` the server's id, if there is one; else the oldest one for the `topic`. Undefined: no
   * request is pending, as for the second of two confirmations.
   *
   * @param {number | undefined} number
   * @param {((number: number) => boolean) | undefined} owns
   * @param {string | undefined} topic
   */
  confirm(number, owns, topic) {
    if (number !== undefined) {
      this.#sendsNumbers ||= owns !== undefined;
      return this.refuse(number) ? number : undefined;
    }
    const known = owns && this.#remove(owns);
    // The server may use one id for all subscriptions of a topic.
    return known ?? (this.#sendsNumbers ? undefined : this.#remove((_, forTopic) => forTopic === topic));
  }

  /** Removes the request with this number: the server has refused it. @param {number} number */
  refuse(number) {
    return this.#pending.delete(number);
  }

  /** @param {number} number */
  contains(number) {
    return this.#pending.has(number);
  }

  len() {
    return this.#pending.size;
  }

  /**
   * Removes the oldest request that matches, and returns its number.
   *
   * @param {(number: number, topic: string) => boolean} matches
   */
  #remove(matches) {
    for (const [number, topic] of this.#pending)
      if (matches(number, topic)) {
        this.#pending.delete(number);
        return number;
      }
    return undefined;
  }
}

export { Requests };
