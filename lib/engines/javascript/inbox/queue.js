/**
 * The items that wait, oldest first, and how much they hold: a linked list, since a policy may drop
 * an event from the middle.
 */

/** @import { Event, Item } from '../../engine.js' */
/** @import { Usage } from './usage.js' */

/**
 * @typedef {object} Entry
 * @property {Item} item
 * @property {number} number counts the events; 0 for a notice
 * @property {number} bytes
 * @property {number} watermark everything that the server sent before this instant precedes an event
 * @property {Entry | undefined} before
 * @property {Entry | undefined} after
 */

/** @typedef {Entry & { item: Event }} EventEntry */

class Queue {
  /** The waiting events. @type {Usage} */
  events = { count: 0, bytes: 0 };
  /** @type {Usage} */
  notices = { count: 0, bytes: 0 };
  /** @type {Entry | undefined} */
  #first;
  /** @type {Entry | undefined} */
  #last;
  /** No event is ahead of it. @type {Entry | undefined} */
  #oldest;
  #pushed = 0;
  /** Events up to this number may not be wanted any more. */
  #filterUntil = 0;

  get isEmpty() {
    return this.#first === undefined;
  }

  /** @param {Event} item @param {number} bytes @param {number} watermark */
  pushEvent(item, bytes, watermark) {
    return /** @type {EventEntry} */ (this.#push(item, ++this.#pushed, bytes, watermark));
  }

  /** @param {Item} item @param {number} bytes */
  pushNotice(item, bytes) {
    this.#push(item, 0, bytes, 0);
  }

  /** Removes the oldest item. */
  shift() {
    const entry = this.#first;
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  /** The oldest event. */
  oldestEvent() {
    while (this.#oldest?.number === 0) this.#oldest = this.#oldest.after;
    return /** @type {EventEntry | undefined} */ (this.#oldest);
  }

  /** The event ahead of `entry`; without an entry, the newest event. @param {Entry} [entry] */
  eventBefore(entry) {
    let before = entry === undefined ? this.#last : entry.before;
    while (before?.number === 0) before = before.before;
    return /** @type {EventEntry | undefined} */ (before);
  }

  /** @param {Entry} entry */
  remove(entry) {
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    if (entry === this.#oldest) this.#oldest = after;
    // An old entry that the garbage collector has not found yet must not keep the newer ones.
    entry.after = undefined;
    this.#count(entry, -1);
  }

  /** Marks the waiting events: some may not be wanted any more. */
  markForFiltering() {
    this.#filterUntil = this.#pushed;
  }

  /** @param {Entry} entry */
  isMarked({ number }) {
    return number > 0 && number <= this.#filterUntil;
  }

  /** @param {Item} item @param {number} number @param {number} bytes @param {number} watermark */
  #push(item, number, bytes, watermark) {
    /** @type {Entry} */
    const entry = { item, number, bytes, watermark, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#oldest ??= entry;
    this.#count(entry, 1);
    return entry;
  }

  /** @param {Entry} entry @param {1 | -1} sign */
  #count({ number, bytes }, sign) {
    const usage = number === 0 ? this.notices : this.events;
    usage.count += sign;
    usage.bytes += sign * bytes;
  }
}

export { Queue };
