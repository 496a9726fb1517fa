/** The channels that a client wants to be in, on every connection. */

/**
 * A call of the user that awaits the result of a join. `expires` is when it has waited too long for
 * a connection; undefined until the user connects.
 *
 * @typedef {{ id: number, expires: number | undefined }} JoinCall
 */

/**
 * `waiting`: calls of the user that wait for a connection.
 *
 * @typedef {{ name: string, waiting: JoinCall[] }} Channel
 */

/** All channels of a client, in the order of their first join. */
class Channels {
  #last = 0;
  /** @type {Map<number, Channel>} */
  #live = new Map();
  /** @type {Map<string, number>} */
  #numbers = new Map();

  /** Adds a channel unless it exists; returns its number. @param {string} name */
  insert(name) {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#last += 1;
    this.#numbers.set(name, this.#last);
    this.#live.set(this.#last, { name, waiting: [] });
    return this.#last;
  }

  /**
   * Adds a call that waits for a connection; returns false if the channel is gone.
   *
   * @param {number} number
   * @param {JoinCall} call
   */
  wait(number, call) {
    return this.#live.get(number)?.waiting.push(call) !== undefined;
  }

  /** Removes the calls that wait for a channel. @param {number} number @returns {JoinCall[]} */
  takeWaiting(number) {
    return this.#live.get(number)?.waiting.splice(0) ?? [];
  }

  /** The user connects: calls without a deadline get this one. @param {number} expires */
  age(expires) {
    for (const { waiting } of this.#live.values()) for (const call of waiting) call.expires ??= expires;
  }

  /**
   * Removes the calls that have waited too long, and returns them with the names of their channels.
   * The channels stay.
   *
   * @param {number} now
   */
  expire(now) {
    const expired = [];
    for (const channel of this.#live.values()) {
      const { name, waiting } = channel;
      channel.waiting = waiting.filter((call) => !isDue(call, now));
      for (const call of waiting) if (isDue(call, now)) expired.push({ name, call });
    }
    return expired;
  }

  /** When the first call has waited too long; Infinity: none waits. */
  deadline() {
    let first = Infinity;
    for (const { waiting } of this.#live.values())
      for (const { expires = first } of waiting) first = Math.min(first, expires);
    return first;
  }

  /**
   * Removes a channel; returns the calls that waited for it.
   *
   * @param {number} number
   * @returns {JoinCall[]}
   */
  remove(number) {
    const channel = this.#live.get(number);
    if (channel === undefined) return [];
    this.#live.delete(number);
    this.#numbers.delete(channel.name);
    return channel.waiting;
  }

  /** The number of a channel. @param {string} name */
  number(name) {
    return this.#numbers.get(name);
  }

  /** The name of a channel. @param {number} number */
  name(number) {
    return this.#live.get(number)?.name;
  }

  /** The numbers, in the order of their first join. */
  numbers() {
    return [...this.#live.keys()];
  }
}

/** @param {JoinCall} call @param {number} now */
function isDue({ expires }, now) {
  return expires !== undefined && expires <= now;
}

export { Channels };
