/**
 * The inbox: what waits for the user's handlers. It holds events and notices, bounded, in the order
 * in which things happened.
 *
 * When events fill the inbox, its policy decides what happens to the rest. Notices are never
 * dropped. When notices fill the inbox, nothing is received until half of them were taken, whatever
 * the policy is.
 */

import { POLICIES } from './policies.js';
import { Queue } from './queue.js';
import { HIGH, isWithin, LOW, pressure } from './usage.js';
import { WakeUp } from './wake-up.js';

/** @import { EngineConfig, Event, Item, Notice } from '../../engine.js' */
/** @import { Usage } from './usage.js' */

/** Notices fill the inbox at this count, or these bytes. */
const MAX_NOTICES = { count: 4096, bytes: 4 << 20 };
/** This many events gain nothing from waiting for more. */
const MAX_COALESCED = 1024;

/** The warning that the handlers are slow. */
const IDLE = 0;
const DUE = 1;
/** The warning was taken. The next one follows after at most a quarter of the limits is left. */
const EMITTED = 2;

class Inbox {
  /** How many events were taken. */
  delivered = 0;
  /** Once it is full, until it is half empty. */
  isFull = false;
  #queue = new Queue();
  #wants;
  /** @type {Usage} */
  #max;
  #overflow;
  #policy;
  #wakeUp;
  #slowWarning = IDLE;
  /**
   * Everything that the server sent before this instant was delivered: the inbox was found empty.
   */
  #caughtUp;

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
    this.#policy = new POLICIES[overflow](this.#queue, this.#max);
    this.#wakeUp = new WakeUp(coalesce);
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
    this.#wakeUp.handleEvent(received, this.#queue.isEmpty);
    // The inbox may have been found empty while this event was on its way.
    this.#caughtUp = Math.min(this.#caughtUp, watermark);
    this.#policy.admit(event, bytes, watermark, received);
    if (this.#slowWarning === IDLE && !isWithin(this.#queue.events, this.#max, 2)) this.#slowWarning = DUE;
  }

  /** Appends a notice. @param {Notice} notice @param {number} bytes */
  pushNotice(notice, bytes) {
    this.#wakeUp.handleNotice();
    this.#queue.pushNotice(notice, bytes);
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
    for (let entry = this.#queue.shift(); entry !== undefined; entry = this.#queue.shift()) {
      this.#policy.drained(entry);
      this.#rearmWarning();
      if (entry.number > 0) {
        this.delivered += 1;
        if (this.#queue.isMarked(entry) && !this.#wants(/** @type {Event} */ (entry.item))) continue;
      }
      return entry.item;
    }
    this.#wakeUp.handleEmpty();
    this.#caughtUp = now();
    return undefined;
  }

  /** Marks the waiting events: a subscription has ended, and some may not be wanted any more. */
  markForFiltering() {
    this.#queue.markForFiltering();
  }

  /** Discards the waiting events. The notices stay. */
  discardEvents() {
    this.#policy.discard();
    this.#slowWarning = IDLE;
  }

  /**
   * The dropped events, when it is time to tell the user: there is room again, or the dropping has
   * lasted for long.
   *
   * @param {number} now
   */
  takeMissed(now) {
    const missed = this.#policy.takeMissed(now);
    if (missed !== undefined) this.#rearmWarning();
    return missed;
  }

  /**
   * Events that the server sent after this instant may not have reached the user. Undefined: every
   * event has.
   */
  undeliveredSince() {
    return this.#wakeUp.isWoken || !this.#queue.isEmpty ? this.#caughtUp : undefined;
  }

  /** Looks how full it is, and returns {@link isFull}. */
  updateFull() {
    const now = this.#pressure();
    if (now === HIGH) this.isFull = true;
    else if (now === LOW) this.isFull = false;
    return this.isFull;
  }

  /** Whether the driver has nothing to tell the session of how full it is, or of what was dropped. */
  get isSettled() {
    const now = this.#pressure();
    return (this.isFull ? now !== LOW : now !== HIGH) && this.#policy.log.isReported;
  }

  /** Whether the driver has to hear that there is room now. */
  isAwaited() {
    return (this.isFull && this.#pressure() === LOW) || (!this.#policy.log.isReported && this.#policy.hasRoom);
  }

  /** Whether the user has to be told of dropped events as soon as there is room. */
  hasUnreportedDrops() {
    return !this.#policy.log.isReported;
  }

  /** When to wake the code that takes the items, see `WakeUp`. @param {number} now */
  pollWake(now) {
    if (this.#queue.isEmpty && this.#slowWarning !== DUE) return undefined;
    const isPointless =
      this.#policy.isOverflowing ||
      this.#slowWarning === DUE ||
      this.#queue.events.count >= MAX_COALESCED ||
      this.#pressure() === HIGH;
    return this.#wakeUp.poll(now, isPointless);
  }

  /** The number of waiting events, and the bytes of everything that waits. @returns {Usage} */
  depth() {
    const { events, notices } = this.#queue;
    return { count: events.count, bytes: events.bytes + notices.bytes };
  }

  /** How many events were dropped because the inbox was full. */
  dropped() {
    return this.#policy.log.dropped;
  }

  /** @returns {Notice} */
  #warning() {
    const { count: events, bytes } = this.#queue.events;
    const { count: maxEvents, bytes: maxBytes } = this.#max;
    return ['slow', { events, bytes, maxEvents, maxBytes, overflow: this.#overflow, dropped: this.dropped() }];
  }

  #rearmWarning() {
    if (this.#slowWarning === EMITTED && isWithin(this.#queue.events, this.#max, 4)) this.#slowWarning = IDLE;
  }

  #pressure() {
    return Math.max(pressure(this.#queue.notices, MAX_NOTICES), this.#policy.pressure);
  }
}

export { Inbox, MAX_NOTICES };
