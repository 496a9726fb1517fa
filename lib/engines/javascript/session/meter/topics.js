/**
 * Events by topic. The server chooses the topics, so the table is bounded: the first topics have a
 * count of their own, all others share one. The most frequent topics would need a table whose
 * counts go down, and counters must not.
 */

import { utf8Length } from '#host';

const MAX_TOPICS = 100;
/** A longer topic has no count of its own. */
const MAX_TOPIC_BYTES = 256;

class TopicCounts {
  other = 0;
  /** In the order of their first event. @type {Map<string, number>} */
  #counts = new Map();

  /** An event of this topic has come. @param {string} topic */
  record(topic) {
    const count = this.#counts.get(topic);
    if (count !== undefined) this.#counts.set(topic, count + 1);
    else if (this.#counts.size < MAX_TOPICS && utf8Length(topic) <= MAX_TOPIC_BYTES) this.#counts.set(topic, 1);
    else this.other += 1;
  }

  /** The counts, the largest first. */
  counts() {
    return [...this.#counts].map(([topic, events]) => ({ topic, events })).sort((a, b) => b.events - a.events);
  }
}

export { TopicCounts };
