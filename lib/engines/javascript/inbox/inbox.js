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
/** The most events above the limit, while handlers have their turn before a full inbox counts. */
const MAX_EXCESS = 4096;
/** This many events gain nothing from waiting for more. */
const MAX_COALESCED = 1024;
/**
 * While events are dropped without end, the user hears of them this often, provided that handlers
 * take anything at all.
 */
const REPORT_INTERVAL = 10_000;

/**
 * Nothing has arrived since the code that takes the items found the inbox empty. No warning is due.
 */
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

/** @typedef {ReturnType<typeof createInbox>} Inbox */

/**
 * @param {number} now
 * @param {EngineConfig['inbox']} limits
 * @param {number} coalesce how long the first event may wait for more, in milliseconds
 * @param {(event: Event) => boolean} wants whether anything still wants an event
 */
function createInbox(now, { maxEvents, maxBytes, overflow }, coalesce, wants) {
  const max = { count: maxEvents, bytes: maxBytes };
  const queue = new Queue();
  let wakeUp = IDLE;
  /** When the first waiting event was received. */
  let since = 0;
  let slowWarning = IDLE;
  /**
   * Everything that the server sent before this instant was delivered: the inbox was found empty.
   */
  let caughtUp = now;
  let pushed = 0;
  /** How many of the taken events wait in loops that accept no more. */
  let held = 0;
  /** Events up to this number may not be wanted any more. */
  let filterUntil = 0;
  /** `drop-newest`: whether new events are dropped at present. */
  let isRejecting = false;
  /**
   * `latest`: the waiting event of each topic, while a new event replaces it.
   *
   * @type {Map<string, Entry> | undefined}
   */
  let latest;
  /** What the user has to be told of. @type {Missed | undefined} */
  let missed;
  /**
   * Whether an item was taken since the latest report. Otherwise another report would only wait
   * behind that one.
   */
  let isReportTaken = true;

  /**
   * How many events were taken, were dropped because the inbox was full, and were discarded because
   * the user had ended the connection.
   */
  const count = { eventsDelivered: 0, droppedOverflow: 0, droppedDiscarded: 0 };

  const inbox = {
    count,
    /** Once it is full, until it is half empty. */
    isFull: false,

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
      if (wakeUp === IDLE || (wakeUp === WAITING && !queue.first())) {
        wakeUp = WAITING;
        since = received;
      }
      // The inbox may have been found empty while this event was on its way.
      caughtUp = Math.min(caughtUp, watermark);
      if (isRejecting) note(event.topic, watermark, received);
      else admit(event, bytes, watermark, received);
      if (slowWarning === IDLE && fill() > 0.5) slowWarning = DUE;
    },

    /** Appends a notice. @param {Notice} notice @param {number} bytes */
    pushNotice(notice, bytes) {
      if (wakeUp !== WOKEN) wakeUp = URGENT;
      queue.push(notice, bytes, 0, 0);
    },

    /**
     * Takes the oldest item. Undefined: there is none; all that was received before `now` was
     * taken.
     *
     * @param {() => number} now
     * @returns {Item | undefined}
     */
    next(now) {
      if (slowWarning === DUE) {
        slowWarning = EMITTED;
        return warning();
      }
      for (let entry = queue.first(); entry !== undefined; entry = queue.first()) {
        const { item, number } = entry;
        queue.remove(entry);
        isReportTaken = true;
        forget(entry);
        relax();
        if (number > 0) {
          count.eventsDelivered++;
          if (number <= filterUntil && !wants(/** @type {Event} */ (item))) continue;
        }
        return item;
      }
      wakeUp = IDLE;
      caughtUp = now();
      return undefined;
    },

    /** Marks the waiting events: a subscription has ended, and some may not be wanted any more. */
    markForFiltering() {
      filterUntil = pushed;
    },

    /** Discards the waiting events. They count as discarded. The notices stay. */
    discardEvents() {
      count.droppedDiscarded += queue.events.count;
      for (const entry of queue.eachEvent()) queue.remove(entry);
      slowWarning = IDLE;
      relax();
    },

    /**
     * The dropped events, when it is time to tell the user: there is room again, or the dropping
     * has lasted for long.
     *
     * @param {number} now
     */
    takeMissed(now) {
      const report = missed;
      if (report === undefined) return undefined;
      // Everything is dropped until there is room, not only the events that were noted.
      if (isRejecting) report.until = now;
      const isOverdue = !isRejecting && isReportTaken && now - report.began >= REPORT_INTERVAL;
      if (!hasRoom() && !isOverdue) return undefined;
      missed = undefined;
      isReportTaken = isRejecting = false;
      return report;
    },

    /**
     * Events that the server sent after this instant may not have reached the user. Undefined:
     * every event has.
     */
    undeliveredSince() {
      return wakeUp === WOKEN || queue.first() ? caughtUp : undefined;
    },

    /**
     * Notes how many of the taken events wait in loops that accept no more. While there are any,
     * the inbox counts as full.
     *
     * @param {number} events
     */
    hold(events) {
      held = events;
    },

    /** Everything that the server sent before this instant was taken before the latest item. */
    takenUntil() {
      return caughtUp;
    },

    /**
     * Whether it became full a moment ago, by few enough events that handlers may take them in one
     * turn.
     */
    mayStillBeTaken() {
      const { count, bytes } = inbox.depth();
      return !inbox.isFull && pressure() >= 1 && count - max.count < MAX_EXCESS && bytes < 2 * max.bytes;
    },

    /** Looks how full it is, and returns {@link isFull}. */
    updateFull() {
      const level = pressure();
      if (level >= 1) inbox.isFull = true;
      else if (level <= 0.5) inbox.isFull = false;
      return inbox.isFull;
    },

    /**
     * Whether the driver has nothing to tell the session of how full it is, or of what was dropped.
     */
    isSettled() {
      const level = pressure();
      return missed === undefined && (inbox.isFull ? level > 0.5 : level < 1);
    },

    /** Whether the handlers have yielded with events left. */
    isBehind() {
      return wakeUp === WOKEN && queue.events.count > 0;
    },

    /** Whether events may wait for further ones. */
    isLow() {
      return fill() <= 0.25;
    },

    /** Whether the driver has to hear that there is room now. */
    isAwaited() {
      return (inbox.isFull && pressure() <= 0.5) || (inbox.hasUnreportedDrops() && hasRoom());
    },

    /** Whether the user has to be told of dropped events as soon as there is room. */
    hasUnreportedDrops() {
      return missed !== undefined;
    },

    /**
     * When to wake the code that takes the items: an instant, at most `now` for at once. Undefined:
     * nothing waits, or it was woken.
     *
     * @param {number} now
     */
    pollWake(now) {
      const isWarning = slowWarning === DUE;
      const isDue = wakeUp === WAITING || wakeUp === URGENT;
      if (!isDue || !(isWarning || queue.first())) return undefined;
      const at = since + coalesce;
      // Waiting for more events gains nothing.
      const isPointless = isRejecting || latest || isWarning || queue.events.count >= MAX_COALESCED || pressure() >= 1;
      if (wakeUp === WAITING && !isPointless && at > now) return at;
      wakeUp = WOKEN;
      return now;
    },

    /**
     * The number of waiting events, those of full loops included, and the bytes of everything that
     * waits here.
     *
     * @returns {Usage}
     */
    depth() {
      const { events, notices } = queue;
      return { count: events.count + held, bytes: events.bytes + notices.bytes };
    },
  };

  /**
   * @param {Event} event
   * @param {number} bytes
   * @param {number} watermark
   * @param {number} received
   */
  function admit(event, bytes, watermark, received) {
    const { topic } = event;
    const former = latest?.get(topic);
    if (former) drop(former, received);
    const entry = queue.push(event, bytes, ++pushed, watermark);
    latest?.set(topic, entry);
    if (overflow === 'drop-newest') isRejecting = fill() >= 1;
    if (!isDropping() || fill() <= 1) return;
    if (overflow === 'latest') latest ??= conflate(received);
    for (const oldest of queue.eachEvent()) {
      if (fill() <= 1 || oldest === entry) return;
      drop(oldest, received);
    }
  }

  /** Keeps the latest event of each topic. @param {number} received */
  function conflate(received) {
    /** @type {Map<string, Entry>} */
    const newest = new Map();
    for (const entry of queue.eachEvent()) {
      const { topic } = entry.item;
      const former = newest.get(topic);
      if (former) drop(former, received);
      newest.set(topic, entry);
    }
    return newest;
  }

  /** @param {Entry} entry of an event @param {number} received */
  function drop(entry, received) {
    queue.remove(entry);
    forget(entry);
    note(/** @type {Event} */ (entry.item).topic, entry.watermark, received);
  }

  /** @param {Entry} entry that waits no longer */
  function forget(entry) {
    const { topic } = /** @type {Event} */ (entry.item);
    if (latest?.get(topic) === entry) latest.delete(topic);
  }

  /**
   * Notes a dropped event, see {@link Missed.add}.
   *
   * @param {string} topic
   * @param {number} since
   * @param {number} now
   */
  function note(topic, since, now) {
    count.droppedOverflow++;
    missed ??= new Missed(since, now);
    missed.add(topic, since, now);
  }

  /** There is less than before. */
  function relax() {
    const level = fill();
    if (level <= 0.25 && slowWarning === EMITTED) slowWarning = IDLE;
    if (level > 0.5) return;
    latest = undefined;
    // Dropped events are reported first: their gap has to stand where they are missing.
    if (!missed) isRejecting = false;
  }

  /** @returns {Notice} */
  function warning() {
    const { count: events, bytes } = queue.events;
    const { count: maxEvents, bytes: maxBytes } = max;
    return ['slow', { events, bytes, maxEvents, maxBytes, overflow: overflow, dropped: count.droppedOverflow }];
  }

  /** How full the events make it. */
  function fill() {
    return fillOf(queue.events, max);
  }

  /** How much the items that wait require that nothing more is received. */
  function pressure() {
    return held > 0 ? 1 : Math.max(fillOf(queue.notices, MAX_NOTICES), overflow === 'disconnect' ? fill() : 0);
  }

  /** Whether there is room again, so that the user can be told of dropped events. */
  function hasRoom() {
    return !latest && fill() <= 0.5;
  }

  /** Whether events that wait make room for new ones. */
  function isDropping() {
    return overflow === 'latest' || overflow === 'drop-oldest';
  }

  return inbox;
}

export { createInbox, MAX_NOTICES };
