/**
 * The items that wait, oldest first, and how much they hold: a linked list, since an event may be
 * dropped from the middle.
 */

/** @import { Event, Item } from '../../engine.js' */

/** @typedef {{ count: number, bytes: number }} Usage */

/**
 * @typedef {object} Entry
 * @property {Item} item
 * @property {number} number counts the events; 0 for a notice
 * @property {number} bytes
 * @property {number} watermark everything that the server sent before this instant precedes an event
 * @property {Entry} before
 * @property {Entry} after
 */

/** @typedef {Entry & { item: Event }} EventEntry */

class Queue {
  /** The waiting events. @type {Usage} */
  events = { count: 0, bytes: 0 };
  /** @type {Usage} */
  notices = { count: 0, bytes: 0 };
  /**
   * Closes the list to a ring: its neighbours are the oldest and the newest entry.
   *
   * @type {Entry}
   */
  #ends;

  constructor() {
    const ends = /** @type {Entry} */ ({});
    this.#ends = ends.before = ends.after = ends;
  }

  /** The oldest entry. */
  first() {
    const { after } = this.#ends;
    return after === this.#ends ? undefined : after;
  }

  /**
   * The events, oldest first. The caller may remove those that it was given.
   *
   * @returns {Generator<EventEntry>}
   */
  *eachEvent() {
    for (let entry = this.#ends.after; entry !== this.#ends; ) {
      const { after } = entry;
      if (entry.number > 0) yield/** @type {EventEntry} */ (entry);
      entry = after;
    }
  }

  /** @param {Item} item @param {number} bytes @param {number} number @param {number} watermark */
  push(item, bytes, number, watermark) {
    const ends = this.#ends;
    const entry = { item, number, bytes, watermark, before: ends.before, after: ends };
    ends.before = ends.before.after = entry;
    this.#count(entry, 1);
    return entry;
  }

  /** @param {Entry} entry */
  remove(entry) {
    const { before, after } = entry;
    before.after = after;
    after.before = before;
    // An old entry that the garbage collector has not found yet must not keep the newer ones.
    entry.after = entry;
    this.#count(entry, -1);
  }

  /** @param {Entry} entry @param {1 | -1} sign */
  #count({ number, bytes }, sign) {
    const usage = number > 0 ? this.events : this.notices;
    usage.count += sign;
    usage.bytes += sign * bytes;
  }
}

/**
 * How full something is, from 0 to 1 and beyond.
 *
 * @param {Usage} usage
 * @param {Usage} max
 */
function fillOf(usage, max) {
  return Math.max(usage.count / max.count, usage.bytes / max.bytes);
}

export { fillOf, Queue };
