/**
 * Events by topic. The server chooses the topics, so the table is bounded: the first topics have a
 * count of their own, all others share one. The most frequent topics would need a table whose
 * counts go down, and counters must not.
 */

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
    else if (this.#counts.size < MAX_TOPICS && isShort(topic)) this.#counts.set(topic, 1);
    else this.other += 1;
  }

  /** The counts, the largest first. */
  counts() {
    return [...this.#counts].map(([topic, events]) => ({ topic, events })).sort((a, b) => b.events - a.events);
  }
}

/** @param {string} topic */
function isShort(topic) {
  if (topic.length > MAX_TOPIC_BYTES) return false;
  let bytes = 0;
  for (const character of topic) bytes += utf8Bytes(Number(character.codePointAt(0)));
  return bytes <= MAX_TOPIC_BYTES;
}

/** @param {number} codePoint */
function utf8Bytes(codePoint) {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x1_0000 ? 3 : 4;
}

export { TopicCounts };
