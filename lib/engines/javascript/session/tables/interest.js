/** Interest: which events have a listener. The session drops other events. */

/**
 * The topics without a listener that are remembered until the turn ends. Beyond this number, every
 * topic counts as recent.
 */
const MAX_RECENT = 1024;

/** The messages and presence of all channels. Every topic is null. */
const MESSAGES = Symbol();

/** @typedef {string | null | typeof MESSAGES} Name */

/**
 * What has listeners now, or had them in the current turn. A removed listener may be about to be
 * replaced, and no event may be lost in between.
 */
class Interest {
  /** @type {Set<Name>} */
  #current = new Set();
  /** @type {Set<Name>} */
  #recent = new Set();
  /** Everything counts as having listeners until the turn ends. */
  #isAssumed = false;

  /**
   * Notes whether a topic (null: every topic) has listeners.
   *
   * @param {Name} topic
   * @param {boolean} wanted
   */
  set(topic, wanted) {
    if (wanted) this.#current.add(topic);
    else if (this.#current.delete(topic))
      this.#recent.add(topic === MESSAGES || this.#recent.size < MAX_RECENT ? topic : null);
  }

  /** Notes whether messages and presence have listeners. @param {boolean} wanted */
  setMessages(wanted) {
    this.set(MESSAGES, wanted);
  }

  /**
   * Assumes that everything has listeners until {@link endOfTurn}: the user may add listeners for a
   * new subscription or channel after an event for it arrives.
   */
  assumeAll() {
    this.#isAssumed = true;
  }

  /** The user's code has finished its turn: from now on only current listeners count. */
  endOfTurn() {
    this.#isAssumed = false;
    this.#recent.clear();
  }

  includesMessages() {
    return this.#has(MESSAGES);
  }

  /** @param {string} topic */
  includes(topic) {
    return this.#has(topic) || this.#has(null);
  }

  /** @param {Name} name */
  #has(name) {
    return this.#current.has(name) || this.#isAssumed || this.#recent.has(name);
  }
}

export { Interest };
