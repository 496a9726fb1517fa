'use strict';

/**
 * The replay store of a single process: what was claimed, until it expires.
 *
 * When it is full of claims that have not expired, it throws. Forgetting the oldest one instead would let that delivery
 * in a second time; a delivery that was not accepted is sent again by the platform.
 */

const { parseBag } = require('../bag.js');
const { RealtimeError, invalidArgument } = require('../errors.js');
const values = require('../values.js');

/** @import { ReplayStore } from '../../index.js' */

const OPTIONS = { maxEntries: parseCount, clock: values.handler };
/** Below this size nothing is swept. */
const SMALL = 1024;
/** How often a full store looks for expired claims. */
const FULL_SWEEP_INTERVAL_MS = 1000;

/** @implements {ReplayStore} */
class MemoryReplayStore {
  /**
   * When each expires.
   *
   * @type {Map<string, number>}
   */
  #claims = new Map();
  #maxEntries;
  #clock;
  #sweepAt = SMALL;
  #sweptAt = -Infinity;

  /** @param {{ maxEntries?: number, clock?: () => number }} [options] */
  constructor(options = {}) {
    const { maxEntries = 100_000, clock = Date.now } = parseBag(options, 'options', OPTIONS);
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  /** How many claims are held, expired ones included until they are swept. */
  get size() {
    return this.#claims.size;
  }

  /**
   * @param {string} id
   * @param {number} expiresAt
   * @returns {boolean}
   */
  claim(id, expiresAt) {
    const now = /** @type {number} */ (this.#clock());
    const until = this.#claims.get(id);
    if (until !== undefined && until >= now) return false;
    if (until === undefined) this.#makeRoom(now);
    this.#claims.set(id, expiresAt);
    return true;
  }

  /** @param {string} id */
  release(id) {
    this.#claims.delete(id);
  }

  /**
   * Sweeps whenever the number of claims has doubled since the last time, so that each claim costs the same on average;
   * a full store cannot double, and sweeps by the clock.
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
    for (const [id, until] of this.#claims) if (until < now) this.#claims.delete(id);
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

exports.MemoryReplayStore = MemoryReplayStore;
