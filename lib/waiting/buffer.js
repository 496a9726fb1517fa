/**
 * The events that wait for a loop, oldest first. When they reach the loop's buffer, the option
 * `inbox.overflow` of the client decides, as it does for the inbox:
 *
 * | overflow | a full buffer |
 * |---|---|
 * | `disconnect` | takes more; the caller sees to it that no more is read. No event is dropped |
 * | `drop-oldest` | drops the oldest event |
 * | `drop-newest` | drops new events until it is half empty |
 * | `latest` | keeps the latest event of each topic, until it is half empty |
 */

/** @import { EngineConfig } from '../engines/engine.js' */
/** @typedef {{ topic?: string }} Entry an event; a message has no topic */

/** @template {object} T */
class LoopBuffer {
  #capacity;
  #overflow;
  #dropped;
  /** @type {T[]} */
  #waiting = [];
  /** From a full buffer until it is half empty. */
  #isFull = false;

  /**
   * @param {number} capacity
   * @param {EngineConfig['inbox']['overflow']} overflow
   * @param {() => void} dropped called for each event that is dropped
   */
  constructor(capacity, overflow, dropped) {
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#dropped = dropped;
  }

  get size() {
    return this.#waiting.length;
  }

  /** From a full buffer until it is half empty. */
  get isFull() {
    return this.#isFull;
  }

  /** @param {T} entry */
  push(entry) {
    const waiting = this.#waiting;
    if (this.#isFull && this.#overflow === 'drop-newest') return this.#dropped();
    if (this.#isFull && this.#overflow === 'latest') this.#drop(waiting.findIndex((each) => hasTopicOf(each, entry)));
    waiting.push(entry);
    const isOver = waiting.length > this.#capacity;
    if (isOver && this.#overflow === 'latest') this.#conflate();
    if (this.#overflow !== 'disconnect') while (waiting.length > this.#capacity) this.#drop(0);
    // The last place is for the event that makes the others give way.
    this.#isFull ||= this.#overflow === 'latest' ? isOver : waiting.length >= this.#capacity;
  }

  /** The oldest entry; undefined: there is none. */
  shift() {
    const entry = this.#waiting.shift();
    if (this.#waiting.length <= this.#capacity / 2) this.#isFull = false;
    return entry;
  }

  clear() {
    this.#waiting.length = 0;
    this.#isFull = false;
  }

  /** @param {number} index -1: none */
  #drop(index) {
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    this.#dropped();
  }

  /** Keeps the latest event of each topic. */
  #conflate() {
    const kept = new Map(this.#waiting.map((entry) => [topicOf(entry), entry]));
    const all = this.#waiting.splice(0);
    for (const entry of all) {
      if (kept.get(topicOf(entry)) === entry) this.#waiting.push(entry);
      else this.#dropped();
    }
  }
}

/** @param {Entry} entry */
function topicOf({ topic }) {
  return topic;
}

/** @param {Entry} one @param {Entry} other */
function hasTopicOf(one, other) {
  return one.topic === other.topic;
}

export { LoopBuffer };
