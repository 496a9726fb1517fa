/**
 * Keeps the rows of a collection in step with the server.
 *
 * It subscribes first, and reads a snapshot once the server has confirmed that, so no change falls
 * between them. Events that come meanwhile wait; those that the snapshot contains are dropped.
 * After a gap, and after an event that does not tell its row, it reads another snapshot.
 *
 * | state | an event | a gap | the snapshot |
 * |---|---|---|---|
 * | reading | waits | the read is outdated: once it ends, another one begins | replaces the rows; the waiting events follow |
 * | live | changes the rows | begins to read | |
 * | failed: reads again soon | waits | | |
 */

import { cancel, later, now } from '#host';
import { RealtimeError } from '../errors/errors.js';
import { own } from '../own.js';
import { parsePosition } from './position.js';
import { readSnapshot } from './snapshot.js';

/** @import { CollectionChange, RealtimeEvent } from '../../index.js' */
/** @import { Rows } from './rows.js' */
/** @import { Snapshot } from './snapshot.js' */

/**
 * Between the end of a read and the next one, in milliseconds: doubled each time that one fails.
 */
const PAUSE = { first: 500, last: 30_000 };
/**
 * Events that wait for a snapshot. Beyond that they are dropped, and the snapshot is read again.
 */
const MAX_WAITING = 100_000;

class RowSync {
  #source;
  #rows;
  #observer;
  #abort = new AbortController();
  /** The events that came while a snapshot is read; undefined: the rows are live. */
  #waiting = /** @type {RealtimeEvent<any>[] | undefined} */ ([]);
  /** Events are missing that the snapshot may not contain. */
  #isOutdated = false;
  #isReading = false;
  #failures = 0;
  /** When the latest read ended. */
  #readAt = -Infinity;
  /** @type {import('../host/host.js').Timer | undefined} */
  #timer;
  /** Events up to this position are in the rows. @type {bigint | undefined} */
  #position;

  /**
   * @param {Parameters<typeof readSnapshot>[0]} source
   * @param {Rows} rows
   * @param {object} observer
   * @param {(changes: CollectionChange<any>[], isReset: boolean) => void} observer.changed
   * @param {(error: RealtimeError) => void} observer.failed
   */
  constructor(source, rows, observer) {
    this.#source = source;
    this.#rows = rows;
    this.#observer = observer;
  }

  get isLive() {
    return this.#waiting === undefined;
  }

  /** Reads the first snapshot. The server has confirmed the subscription. */
  async begin() {
    this.#take(await this.#read());
    if (this.#isOutdated) await this.begin();
  }

  /** @param {RealtimeEvent<any>} event */
  event(event) {
    if (this.#waiting === undefined) return this.#apply(event);
    if (this.#waiting.push(event) > MAX_WAITING) this.missed();
  }

  /** Events were missed. */
  missed() {
    // What waits may be older than what is missing.
    this.#waiting = [];
    if (this.#isReading) this.#isOutdated = true;
    else this.#renew();
  }

  close() {
    this.#abort.abort();
    cancel(this.#timer);
  }

  /** Reads snapshots until one can be taken, with a pause after each. */
  #renew() {
    cancel(this.#timer);
    const pause = Math.min(PAUSE.first * 2 ** this.#failures, PAUSE.last);
    const read = async () => {
      try {
        this.#take(await this.#read());
        this.#failures = 0;
        if (this.#isOutdated) this.#renew();
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#failures += 1;
        this.#observer.failed(/** @type {RealtimeError} */ (error));
        this.#renew();
      }
    };
    this.#timer = later(read, Math.max(0, this.#readAt + pause - now()), false);
  }

  async #read() {
    this.#isReading = true;
    this.#isOutdated = false;
    try {
      return await readSnapshot(this.#source, this.#abort.signal);
    } finally {
      this.#isReading = false;
      this.#readAt = now();
    }
  }

  /** @param {Snapshot} snapshot */
  #take({ rows, position, key }) {
    if (this.#isOutdated || this.#abort.signal.aborted) return;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#position = position;
    const changes = this.#rows.replace(rows, key);
    for (const event of waiting) {
      const further = this.#contains(event) ? [] : this.#rows.apply(event);
      if (further === undefined) this.missed();
      else changes.push(...further);
    }
    this.#observer.changed(changes, true);
  }

  /** @param {RealtimeEvent<any>} event */
  #apply(event) {
    if (this.#contains(event)) return;
    const changes = this.#rows.apply(event);
    if (changes === undefined) this.missed();
    else if (changes.length > 0) this.#observer.changed(changes, false);
  }

  /** Whether the snapshot has the event's change. @param {RealtimeEvent<any>} event */
  #contains({ metadata }) {
    if (this.#position === undefined) return false;
    const position = parsePosition(own(metadata, 'commitLsn'));
    return position !== undefined && position <= this.#position;
  }
}

export { RowSync };
