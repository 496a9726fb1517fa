/** The dropped events that the user was not told of yet. */

/** A set that would hold more topics than this holds all topics. */
const MAX_TOPICS = 1024;

class Missed {
  count = 0;
  until = 0;
  #isOfAllTopics = false;
  /** @type {Set<string>} */
  #topics = new Set();

  /** @param {number} since @param {number} now */
  constructor(since, now) {
    /** Delivery watermark: no event sent before this instant is among them. */
    this.since = since;
    /** When the first of them was dropped. */
    this.began = now;
  }

  /**
   * An event was dropped at `now`; every event sent before `since` was kept.
   *
   * @param {string} topic
   * @param {number} since
   * @param {number} now
   */
  add(topic, since, now) {
    this.count++;
    this.since = Math.min(this.since, since);
    this.until = now;
    this.#topics.add(topic);
    if (this.#topics.size <= MAX_TOPICS) return;
    this.#isOfAllTopics = true;
    this.#topics.clear();
  }

  /** Whether events of a topic are among them. @param {string} topic */
  concerns(topic) {
    return this.#isOfAllTopics || this.#topics.has(topic);
  }
}

export { MAX_TOPICS, Missed };
