/** Interest: which events have a listener. The session drops other events. */

/**
 * The topics without a listener that are remembered until the turn ends. Beyond this number, every
 * topic counts as recent.
 */
const MAX_RECENT = 1024;

/**
 * What has listeners now, or had them in the current turn. A removed listener may be about to be
 * replaced, and no event may be lost in between.
 */
class Interest {
  #current = new Names();
  #recent = new Names();
  /** Everything counts as having listeners until the turn ends. */
  #isAssumed = false;

  /** Notes whether a topic (null: every topic) has listeners. @param {string | null} topic @param {boolean} wanted */
  set(topic, wanted) {
    if (!this.#current.set(topic, wanted) || wanted) return;
    this.#recent.set(topic, true);
    if (this.#recent.topics.size > MAX_RECENT) {
      this.#recent.topics.clear();
      this.#recent.every = true;
    }
  }

  /** Notes whether messages and presence have listeners. @param {boolean} wanted */
  setMessages(wanted) {
    this.#recent.messages ||= this.#current.messages && !wanted;
    this.#current.messages = wanted;
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
    return this.#current.messages || this.#isAssumed || this.#recent.messages;
  }

  /** @param {string} topic */
  includes(topic) {
    return this.#current.include(topic) || this.#isAssumed || this.#recent.include(topic);
  }
}

/** Topics by name or all at once, and the messages of all channels. */
class Names {
  every = false;
  /** @type {Set<string>} */
  topics = new Set();
  messages = false;

  /** Returns whether it was set before. @param {string | null} topic @param {boolean} wanted */
  set(topic, wanted) {
    if (topic === null) {
      const before = this.every;
      this.every = wanted;
      return before;
    }
    if (!wanted) return this.topics.delete(topic);
    const before = this.topics.has(topic);
    this.topics.add(topic);
    return before;
  }

  /** @param {string} topic */
  include(topic) {
    return this.every || this.topics.has(topic);
  }

  clear() {
    this.every = this.messages = false;
    this.topics.clear();
  }
}

export { Interest };
