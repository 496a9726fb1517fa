/**
 * A histogram of durations, of fixed size.
 *
 * The buckets are log-linear, as in HdrHistogram: each power of two of microseconds is divided into
 * 32 buckets of the same width. So a value is known to 3.2 %, whatever its size.
 * `src/session/meter/histogram.rs` is the same machine; `tests/stats/histograms.json` holds both to
 * it.
 */

/** @import { Distribution } from '../../../../../index.js' */

/** Each power of two has this many buckets. */
const PER_POWER = 32;
/** Values above `2^32` microseconds, 71 minutes, share the last bucket. */
const MAX = 2 ** 32 - 1;
const BUCKETS = 896;
/** The bounds of `buckets`: these powers of two, in microseconds. */
const FIRST_BOUND = 7;
const LAST_BOUND = 27;

class Histogram {
  count = 0;
  /** In microseconds. */
  sum = 0;
  /** In microseconds. */
  max = 0;
  #counts = new Float64Array(BUCKETS);

  /**
   * Adds a duration in milliseconds. A negative one counts as zero.
   *
   * @param {number} milliseconds
   */
  record(milliseconds) {
    const value = Math.max(0, Math.round(milliseconds * 1000));
    this.#counts[bucketOf(value)] += 1;
    this.count += 1;
    this.sum += value;
    this.max = Math.max(this.max, value);
  }

  /** Undefined: nothing was recorded. @returns {Distribution | undefined} */
  distribution() {
    const { count, sum, max } = this;
    if (count === 0) return undefined;
    const [p50, p99] = [this.#quantile(50), this.#quantile(99)];
    return { count, sum: sum / 1000, p50, p99, max: max / 1000, buckets: this.#buckets() };
  }

  /**
   * The smallest bound that `percent` percent of the values do not exceed.
   *
   * @param {number} percent
   */
  #quantile(percent) {
    const rank = Math.ceil((this.count * percent) / 100);
    let seen = 0;
    const bucket = this.#counts.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    return (bucket === BUCKETS - 1 ? this.max : Math.min(upperBound(bucket), this.max)) / 1000;
  }

  #buckets() {
    const buckets = [];
    let count = 0;
    let bucket = 0;
    for (let bits = FIRST_BOUND; bits <= LAST_BOUND; bits++) {
      for (; upperBound(bucket) <= 2 ** bits; bucket++) count += this.#counts[bucket];
      buckets.push({ le: 2 ** bits / 1000, count });
    }
    return buckets;
  }
}

/**
 * The bucket of a whole number of microseconds. Each bucket includes its upper bound.
 *
 * @param {number} value
 */
function bucketOf(value) {
  const before = Math.min(Math.max(0, value - 1), MAX);
  const widthBits = Math.max(0, 26 - Math.clz32(before));
  return widthBits * PER_POWER + (before >>> widthBits);
}

/** The largest value of a bucket, in microseconds. @param {number} bucket */
function upperBound(bucket) {
  const widthBits = Math.max(0, Math.floor(bucket / PER_POWER) - 1);
  return (bucket - widthBits * PER_POWER + 1) * 2 ** widthBits;
}

export { Histogram };
