/**
 * Overflow policies: what happens to events when the inbox is full. Each one owns the state that it
 * needs.
 */

import { DropLog } from './drop-log.js';
import { isWithin, LOW, pressure, reaches } from './usage.js';

/** @import { Event } from '../../engine.js' */
/** @import { Entry, Queue } from './queue.js' */
/** @import { Usage } from './usage.js' */

/** A full inbox ends the connection. No event is dropped. */
class Disconnect {
  log = new DropLog();

  /** @param {Queue} queue @param {Usage} max */
  constructor(queue, max) {
    this.queue = queue;
    this.max = max;
  }

  /** Whether new events are dropped, or replace others, at present. */
  get isOverflowing() {
    return false;
  }

  /** How much the waiting events require that nothing more is received. @returns {number} */
  get pressure() {
    return pressure(this.queue.events, this.max);
  }

  /** Whether there is room again, so that the user can be told of dropped events. */
  get hasRoom() {
    return isWithin(this.queue.events, this.max, 2);
  }

  /**
   * An event arrives.
   *
   * @param {Event} event
   * @param {number} bytes
   * @param {number} watermark everything that the server sent before this instant precedes the event
   * @param {number} _received
   */
  admit(event, bytes, watermark, _received) {
    this.queue.pushEvent(event, bytes, watermark);
  }

  /** An item was taken from the queue. @param {Entry} _entry */
  drained(_entry) {
    this.log.handleDrain();
  }

  /** Discards the waiting events. They do not count as dropped. */
  discard() {
    for (let entry = this.queue.oldestEvent(); entry !== undefined; entry = this.queue.oldestEvent())
      this.queue.remove(entry);
  }

  /** The dropped events, if it is time to tell the user. @param {number} now */
  takeMissed(now) {
    return this.log.takeReport(now, this.hasRoom);
  }
}

/** The oldest events make room for new ones. */
class DropOldest extends Disconnect {
  /** @override */
  get pressure() {
    return LOW;
  }

  /** @override @param {Event} event @param {number} bytes @param {number} watermark @param {number} received */
  admit(event, bytes, watermark, received) {
    super.admit(event, bytes, watermark, received);
    this.bound(received);
  }

  /** Drops the oldest events while they exceed the limits, but never the newest one. @param {number} received */
  bound(received) {
    const { events } = this.queue;
    while (events.count > 1 && !isWithin(events, this.max, 1)) this.drop(this.queue.oldestEvent(), received);
  }

  /** @param {Entry | undefined} entry of an event @param {number} received */
  drop(entry, received) {
    if (entry === undefined) return;
    this.queue.remove(entry);
    this.log.note(/** @type {Event} */ (entry.item).topic, entry.watermark, received);
  }
}

/** A full inbox drops new events until it is half empty. */
class DropNewest extends Disconnect {
  #isRejecting = false;

  /** @override */
  get pressure() {
    return LOW;
  }

  /** @override */
  get isOverflowing() {
    return this.#isRejecting;
  }

  /** @override @param {Event} event @param {number} bytes @param {number} watermark @param {number} received */
  admit(event, bytes, watermark, received) {
    if (this.#isRejecting) return this.log.note(event.topic, watermark, received);
    super.admit(event, bytes, watermark, received);
    this.#isRejecting = reaches(this.queue.events, this.max);
  }

  /** @override @param {Entry} entry */
  drained(entry) {
    super.drained(entry);
    this.#reopen();
  }

  /** @override */
  discard() {
    super.discard();
    this.#reopen();
  }

  /** @override @param {number} now */
  takeMissed(now) {
    // Whatever arrives until then is dropped.
    this.log.extendUntil(now);
    if (!this.hasRoom) return undefined;
    const missed = super.takeMissed(now);
    this.#reopen();
    return missed;
  }

  /**
   * Accepts events again if there is room. Dropped events are reported first: their gap has to
   * stand where they are missing.
   */
  #reopen() {
    if (this.log.isReported && this.hasRoom) this.#isRejecting = false;
  }
}

/** A full inbox keeps the latest event of each topic (conflation), until it is half empty. */
class Latest extends DropOldest {
  /** The waiting event of each topic, while a new event replaces it. @type {Map<string, Entry> | undefined} */
  #byTopic;

  /** @override */
  get isOverflowing() {
    return this.#byTopic !== undefined;
  }

  /** @override */
  get hasRoom() {
    return this.#byTopic === undefined && super.hasRoom;
  }

  /** @override @param {Event} event @param {number} bytes @param {number} watermark @param {number} received */
  admit(event, bytes, watermark, received) {
    this.drop(this.#byTopic?.get(event.topic), received);
    const entry = this.queue.pushEvent(event, bytes, watermark);
    this.#byTopic?.set(event.topic, entry);
    if (isWithin(this.queue.events, this.max, 1)) return;
    if (this.#byTopic === undefined) this.#conflate(received);
    this.bound(received);
  }

  /** @override @param {Entry | undefined} entry @param {number} received */
  drop(entry, received) {
    super.drop(entry, received);
    this.#forget(entry);
  }

  /** @override @param {Entry} entry */
  drained(entry) {
    super.drained(entry);
    this.#forget(entry);
    if (super.hasRoom) this.#byTopic = undefined;
  }

  /** @override */
  discard() {
    super.discard();
    this.#byTopic = undefined;
  }

  /** Keeps the latest event of each topic. @param {number} received */
  #conflate(received) {
    /** @type {Map<string, Entry>} */
    const latest = new Map();
    for (let entry = this.queue.eventBefore(); entry !== undefined; ) {
      const { topic } = entry.item;
      const before = this.queue.eventBefore(entry);
      if (latest.has(topic)) super.drop(entry, received);
      else latest.set(topic, entry);
      entry = before;
    }
    this.#byTopic = latest;
  }

  /** @param {Entry | undefined} entry that waits no longer */
  #forget(entry) {
    const topic = /** @type {Event | undefined} */ (entry?.item)?.topic;
    if (topic !== undefined && this.#byTopic?.get(topic) === entry) this.#byTopic?.delete(topic);
  }
}

/** By the names of the option `inbox.overflow`. */
const POLICIES = { disconnect: Disconnect, 'drop-oldest': DropOldest, 'drop-newest': DropNewest, latest: Latest };

export { POLICIES };
