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
 * @typedef {{ number: number, name: string, waiting: JoinCall[] }} Channel
 */

/** All channels of a client, in the order of their first join. */
class Channels {
  #last = 0;
  /** @type {Map<string, Channel>} */
  #live = new Map();

  /** Adds a channel unless it exists; returns its number. @param {string} name */
  insert(name) {
    const known = this.number(name);
    if (known !== undefined) return known;
    this.#last += 1;
    this.#live.set(name, { number: this.#last, name, waiting: [] });
    return this.#last;
  }

  /**
   * Adds a call that waits for a connection; returns false if the channel is gone.
   *
   * @param {number} number
   * @param {JoinCall} call
   */
  wait(number, call) {
    return this.#find(number)?.waiting.push(call) !== undefined;
  }

  /** Removes the calls that wait for a channel. @param {number} number @returns {JoinCall[]} */
  takeWaiting(number) {
    return this.#find(number)?.waiting.splice(0) ?? [];
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
    const isDue = (/** @type {JoinCall} */ { expires = Infinity }) => expires <= now;
    return [...this.#live.values()].flatMap((channel) => {
      const { name, waiting } = channel;
      channel.waiting = waiting.filter((call) => !isDue(call));
      return waiting.filter(isDue).map((call) => ({ name, call }));
    });
  }

  /** When the first call has waited too long; Infinity: none waits. */
  deadline() {
    const waiting = [...this.#live.values()].flatMap((channel) => channel.waiting);
    return waiting.reduce((first, { expires = first }) => Math.min(first, expires), Infinity);
  }

  /**
   * Removes a channel; returns the calls that waited for it.
   *
   * @param {number} number
   * @returns {JoinCall[]}
   */
  remove(number) {
    const channel = this.#find(number);
    if (channel === undefined) return [];
    this.#live.delete(channel.name);
    return channel.waiting;
  }

  /** The number of a channel. @param {string} name */
  number(name) {
    return this.#live.get(name)?.number;
  }

  /** The name of a channel. @param {number} number */
  name(number) {
    return this.#find(number)?.name;
  }

  /** The numbers, in the order of their first join. */
  numbers() {
    return [...this.#live.values()].map(({ number }) => number);
  }

  /** @param {number} number */
  #find(number) {
    return [...this.#live.values()].find((channel) => channel.number === number);
  }
}

export { Channels };
