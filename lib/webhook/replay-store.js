/**
 * The replay store of a single process: it keeps claims until they expire.
 *
 * When it is full of claims that have not expired, it throws. Dropping the oldest claim would
 * accept that delivery a second time; the platform repeats a delivery that was not accepted.
 */

import { invalidArgument, RealtimeError } from '../errors/errors.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';

/** @import { ReplayStore } from '../../index.js' */

const OPTIONS = { maxEntries: optional(parseCount, 100_000), clock: optional(values.handler, Date.now) };
/** A smaller store is not swept. */
const SMALL = 1024;
/** How often a full store looks for expired claims. */
const FULL_SWEEP_INTERVAL_MS = 1000;

/** @implements {ReplayStore} */
class MemoryReplayStore {
  /** @type {Map<string, { expiresAt: number, isDone: boolean }>} */
  #claims = new Map();
  #maxEntries;
  #clock;
  #sweepAt = SMALL;
  #sweptAt = -Infinity;

  /** @param {{ maxEntries?: number, clock?: () => number }} [options] */
  constructor(options = {}) {
    const { maxEntries, clock } = parseBag(options, 'MemoryReplayStore(): options', OPTIONS);
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  /** The number of claims, with expired ones until they are swept. */
  get size() {
    return this.#claims.size;
  }

  /**
   * @param {string} id
   * @param {number} expiresAt
   * @returns {boolean | 'done'}
   */
  claim(id, expiresAt) {
    const now = /** @type {number} */ (this.#clock());
    const claim = this.#claims.get(id);
    if (claim !== undefined && claim.expiresAt >= now) return claim.isDone && 'done';
    if (claim === undefined) this.#makeRoom(now);
    this.#claims.set(id, { expiresAt, isDone: false });
    return true;
  }

  /** @param {string} id */
  complete(id) {
    const claim = this.#claims.get(id);
    if (claim !== undefined) claim.isDone = true;
  }

  /** @param {string} id */
  release(id) {
    this.#claims.delete(id);
  }

  /**
   * Sweeps when the number of claims has doubled since the last sweep, so that each claim costs the
   * same on average. A full store cannot double, and sweeps by the clock.
   *
   * @param {number} now
   */
  #makeRoom(now) {
    const full = this.#claims.size >= this.#maxEntries;
    if (full ? now - this.#sweptAt >= FULL_SWEEP_INTERVAL_MS : this.#claims.size >= this.#sweepAt) this.#sweep(now);
    if (this.#claims.size >= this.#maxEntries)
      throw new RealtimeError(
        'REPLAY_STORE_FULL',
        `The replay store holds ${this.#maxEntries} claims, none of which has expired`,
      );
  }

  /** @param {number} now */
  #sweep(now) {
    for (const [id, { expiresAt }] of this.#claims) if (expiresAt < now) this.#claims.delete(id);
    this.#sweepAt = Math.max(SMALL, 2 * this.#claims.size);
    this.#sweptAt = now;
  }
}

/** @param {unknown} value @param {string} path @returns {number} */
function parseCount(value, path) {
  if (!Number.isSafeInteger(value) || /** @type {number} */ (value) < 1)
    throw invalidArgument(path, 'an integer >= 1', value);
  return /** @type {number} */ (value);
}

export { MemoryReplayStore };
