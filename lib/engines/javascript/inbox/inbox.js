/**
 * The inbox: what waits for the user's handlers. It holds events and notices, bounded, in the order
 * in which things happened.
 *
 * When events fill the inbox, the option `inbox.overflow` decides what happens to the rest:
 *
 * | overflow | a full inbox |
 * |---|---|
 * | `disconnect` | ends the connection. No event is dropped |
 * | `drop-oldest` | drops the oldest events |
 * | `drop-newest` | drops new events until it is half empty |
 * | `latest` | keeps the latest event of each topic (conflation), until it is half empty |
 *
 * Notices are never dropped. When notices fill the inbox, nothing is received until half of them
 * were taken, whatever the option says.
 */

import { Missed } from './missed.js';
import { fillOf, Queue } from './queue.js';

/** @import { EngineConfig, Event, Item, Notice } from '../../engine.js' */
/** @import { Entry, Usage } from './queue.js' */

/** Notices fill the inbox at this count, or these bytes. */
const MAX_NOTICES = { count: 4096, bytes: 4 << 20 };
/** This many events gain nothing from waiting for more. */
const MAX_COALESCED = 1024;
/**
 * While events are dropped without end, the user hears of them this often, provided that handlers
 * take anything at all.
 */
const REPORT_INTERVAL = 10_000;

/** Nothing has arrived since the code that takes the items found the inbox empty. No warning is due. */
const IDLE = 0;
/** Events wait. */
const WAITING = 1;
/** A notice waits: notices are not coalesced. */
const URGENT = 2;
/** The code was woken. It takes items until it finds none: one wake-up covers all that arrives. */
const WOKEN = 3;
/** The handlers are slow, and the user has to hear of it. */
const DUE = 1;
/** The warning was taken. The next one follows after at most a quarter of the limits is left. */
const EMITTED = 2;

class Inbox {
  /** How many events were taken. */
  delivered = 0;
  /** How many events were dropped because the inbox was full. */
  dropped = 0;
  /** Once it is full, until it is half empty. */
  isFull = false;
  #queue = new Queue();
  #wants;
  /** @type {Usage} */
  #max;
  #overflow;
  /** How long the first event may wait for more, in milliseconds. */
  #coalesce;
  #wakeUp = IDLE;
  /** When the first waiting event was received. */
  #since = 0;
  #slowWarning = IDLE;
  /**
   * Everything that the server sent before this instant was delivered: the inbox was found empty.
   */
  #caughtUp;
  #pushed = 0;
  /** Events up to this number may not be wanted any more. */
  #filterUntil = 0;
  /** `drop-newest`: whether new events are dropped at present. */
  #isRejecting = false;
  /** `latest`: the waiting event of each topic, while a new event replaces it. @type {Map<string, Entry> | undefined} */
  #latest;
  /** What the user has to be told of. @type {Missed | undefined} */
  #missed;
  /**
   * Whether an item was taken since the latest report. Otherwise another report would only wait
   * behind that one.
   */
  #isReportTaken = true;

  /**
   * @param {number} now
   * @param {EngineConfig['inbox']} limits
   * @param {number} coalesce
   * @param {(event: Event) => boolean} wants whether anything still wants an event
   */
  constructor(now, { maxEvents, maxBytes, overflow }, coalesce, wants) {
    this.#caughtUp = now;
    this.#max = { count: maxEvents, bytes: maxBytes };
    this.#overflow = overflow;
    this.#coalesce = coalesce;
    this.#wants = wants;
  }

  /**
   * Appends an event that was received at this instant. Everything that the server sent before
   * `watermark` precedes it.
   *
   * @param {number} received
   * @param {number} watermark
   * @param {Event} event
   * @param {number} bytes
   */
  push(received, watermark, event, bytes) {
    if (this.#wakeUp === IDLE || (this.#wakeUp === WAITING && !this.#queue.first())) {
      this.#wakeUp = WAITING;
      this.#since = received;
    }
    // The inbox may have been found empty while this event was on its way.
    this.#caughtUp = Math.min(this.#caughtUp, watermark);
    if (this.#isRejecting) this.#note(event.topic, watermark, received);
    else this.#admit(event, bytes, watermark, received);
    if (this.#slowWarning === IDLE && this.#fill() > 0.5) this.#slowWarning = DUE;
  }

  /** Appends a notice. @param {Notice} notice @param {number} bytes */
  pushNotice(notice, bytes) {
    if (this.#wakeUp !== WOKEN) this.#wakeUp = URGENT;
    this.#queue.push(notice, bytes, 0, 0);
  }

  /**
   * Takes the oldest item. Undefined: there is none; all that was received before `now` was taken.
   *
   * @param {() => number} now
   * @returns {Item | undefined}
   */
  next(now) {
    if (this.#slowWarning === DUE) {
      this.#slowWarning = EMITTED;
      return this.#warning();
    }
    for (let entry = this.#queue.first(); entry !== undefined; entry = this.#queue.first()) {
      const { item, number } = entry;
      this.#queue.remove(entry);
      this.#isReportTaken = true;
      this.#forget(entry);
      this.#relax();
      if (number > 0) {
        this.delivered++;
        if (number <= this.#filterUntil && !this.#wants(/** @type {Event} */ (item))) continue;
      }
      return item;
    }
    this.#wakeUp = IDLE;
    this.#caughtUp = now();
    return undefined;
  }

  /** Marks the waiting events: a subscription has ended, and some may not be wanted any more. */
  markForFiltering() {
    this.#filterUntil = this.#pushed;
  }

  /** Discards the waiting events. They do not count as dropped. The notices stay. */
  discardEvents() {
    for (const entry of this.#queue.eachEvent()) this.#queue.remove(entry);
    this.#slowWarning = IDLE;
    this.#relax();
  }

  /**
   * The dropped events, when it is time to tell the user: there is room again, or the dropping has
   * lasted for long.
   *
   * @param {number} now
   */
  takeMissed(now) {
    const missed = this.#missed;
    if (missed === undefined) return undefined;
    // Everything is dropped until there is room, not only the events that were noted.
    if (this.#isRejecting) missed.until = now;
    const isOverdue = !this.#isRejecting && this.#isReportTaken && now - missed.began >= REPORT_INTERVAL;
    if (!this.#hasRoom() && !isOverdue) return undefined;
    this.#missed = undefined;
    this.#isReportTaken = this.#isRejecting = false;
    return missed;
  }

  /**
   * Events that the server sent after this instant may not have reached the user. Undefined: every
   * event has.
   */
  undeliveredSince() {
    return this.#wakeUp === WOKEN || this.#queue.first() ? this.#caughtUp : undefined;
  }

  /** Looks how full it is, and returns {@link isFull}. */
  updateFull() {
    const pressure = this.#pressure();
    if (pressure >= 1) this.isFull = true;
    else if (pressure <= 0.5) this.isFull = false;
    return this.isFull;
  }

  /** Whether the driver has to hear that there is room now. */
  isAwaited() {
    return (this.isFull && this.#pressure() <= 0.5) || (this.hasUnreportedDrops() && this.#hasRoom());
  }

  /** Whether the user has to be told of dropped events as soon as there is room. */
  hasUnreportedDrops() {
    return this.#missed !== undefined;
  }

  /**
   * When to wake the code that takes the items: an instant, at most `now` for at once. Undefined:
   * nothing waits, or it was woken.
   *
   * @param {number} now
   */
  pollWake(now) {
    const isWarning = this.#slowWarning === DUE;
    const isDue = this.#wakeUp === WAITING || this.#wakeUp === URGENT;
    if (!isDue || !(isWarning || this.#queue.first())) return undefined;
    const at = this.#since + this.#coalesce;
    // Waiting for more events gains nothing.
    const isPointless =
      this.#isRejecting ||
      this.#latest ||
      isWarning ||
      this.#queue.events.count >= MAX_COALESCED ||
      this.#pressure() >= 1;
    if (this.#wakeUp === WAITING && !isPointless && at > now) return at;
    this.#wakeUp = WOKEN;
    return now;
  }

  /** The number of waiting events, and the bytes of everything that waits. @returns {Usage} */
  depth() {
    const { events, notices } = this.#queue;
    return { count: events.count, bytes: events.bytes + notices.bytes };
  }

  /** @param {Event} event @param {number} bytes @param {number} watermark @param {number} received */
  #admit(event, bytes, watermark, received) {
    const { topic } = event;
    const former = this.#latest?.get(topic);
    if (former) this.#drop(former, received);
    const entry = this.#queue.push(event, bytes, ++this.#pushed, watermark);
    this.#latest?.set(topic, entry);
    if (this.#overflow === 'drop-newest') this.#isRejecting = this.#fill() >= 1;
    if (!this.#isDropping() || this.#fill() <= 1) return;
    if (this.#overflow === 'latest') this.#latest ??= this.#conflate(received);
    for (const oldest of this.#queue.eachEvent()) {
      if (this.#fill() <= 1 || oldest === entry) return;
      this.#drop(oldest, received);
    }
  }

  /** Keeps the latest event of each topic. @param {number} received */
  #conflate(received) {
    /** @type {Map<string, Entry>} */
    const latest = new Map();
    for (const entry of this.#queue.eachEvent()) {
      const { topic } = entry.item;
      const former = latest.get(topic);
      if (former) this.#drop(former, received);
      latest.set(topic, entry);
    }
    return latest;
  }

  /** @param {Entry} entry of an event @param {number} received */
  #drop(entry, received) {
    this.#queue.remove(entry);
    this.#forget(entry);
    this.#note(/** @type {Event} */ (entry.item).topic, entry.watermark, received);
  }

  /** @param {Entry} entry that waits no longer */
  #forget(entry) {
    const { topic } = /** @type {Event} */ (entry.item);
    if (this.#latest?.get(topic) === entry) this.#latest.delete(topic);
  }

  /** Notes a dropped event, see {@link Missed.add}. @param {string} topic @param {number} since @param {number} now */
  #note(topic, since, now) {
    this.dropped++;
    this.#missed ??= new Missed(since, now);
    this.#missed.add(topic, since, now);
  }

  /** There is less than before. */
  #relax() {
    const fill = this.#fill();
    if (fill <= 0.25 && this.#slowWarning === EMITTED) this.#slowWarning = IDLE;
    if (fill > 0.5) return;
    this.#latest = undefined;
    // Dropped events are reported first: their gap has to stand where they are missing.
    if (!this.#missed) this.#isRejecting = false;
  }

  /** @returns {Notice} */
  #warning() {
    const { count: events, bytes } = this.#queue.events;
    const { count: maxEvents, bytes: maxBytes } = this.#max;
    return ['slow', { events, bytes, maxEvents, maxBytes, overflow: this.#overflow, dropped: this.dropped }];
  }

  /** How full the events make it. */
  #fill() {
    return fillOf(this.#queue.events, this.#max);
  }

  /** How much the items that wait require that nothing more is received. */
  #pressure() {
    return Math.max(fillOf(this.#queue.notices, MAX_NOTICES), this.#overflow === 'disconnect' ? this.#fill() : 0);
  }

  /** Whether there is room again, so that the user can be told of dropped events. */
  #hasRoom() {
    return !this.#latest && this.#fill() <= 0.5;
  }

  /** Whether events that wait make room for new ones. */
  #isDropping() {
    return this.#overflow === 'latest' || this.#overflow === 'drop-oldest';
  }
}

export { Inbox, MAX_NOTICES };
