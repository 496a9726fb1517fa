/**
 * How long to wait before the next attempt: exponential, capped, and drawn at random, so that
 * clients which lost their connections together do not come back together,
 * <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>. The defaults were
 * chosen with a model of 100,000 clients, see `benchmark/herd`.
 *
 * The attempts are those that failed in a row, so a connection resets their number. Growth is
 * about load: it stays when a connection is lost soon after it was made, since a server that
 * accepts connections and drops them is not well.
 */

/** @import { Random, ReconnectPolicy } from '../contract.js' */

/** How long a connection must last before the delays start small again. */
const STABLE_AFTER = 10_000;
/** The longest wait that a server may ask for. The client does not wait longer. */
const MAX_RETRY_AFTER = 3_600_000;
/** The longest delay of a timer. */
const MAX_TIMER = 0x7fffffff;

/**
 * Whether another attempt follows `attempts` in a row.
 *
 * @param {ReconnectPolicy} policy
 * @param {number} attempts
 */
function allows(policy, attempts) {
  return policy.enabled && attempts < policy.attempts;
}

/**
 * A delay that has doubled `growth` times.
 *
 * @param {ReconnectPolicy} policy
 * @param {number} growth
 * @param {Random} random
 */
function delay({ delay, delayMax, randomization }, growth, random) {
  const mean = delay * 2 ** Math.min(growth, 31);
  // The cap comes before the draw: otherwise many clients would share it.
  const longest = Math.min(mean * (1 + randomization), delayMax);
  const share = (2 * randomization) / (1 + randomization);
  return Math.round(longest * (1 - share * random()));
}

/** The attempts and delays so far. */
class Backoff {
  /** Attempts since the last connection. */
  attempts = 0;
  #growth = 0;
  /** The last delay, without the server's `retryAfter`. */
  #last = 0;

  /**
   * Begins another attempt; returns the delay before it, or undefined when no attempt is left. The
   * server's `retryAfter` is added to our own delay: all of its clients got the same one.
   *
   * @param {ReconnectPolicy} policy
   * @param {number | undefined} retryAfter
   * @param {Random} random
   */
  next(policy, retryAfter = 0, random) {
    if (!allows(policy, this.attempts)) return undefined;
    this.#last = delay(policy, this.#growth, random);
    this.attempts += 1;
    this.#growth += 1;
    return Math.min(this.#last + Math.min(retryAfter, MAX_RETRY_AFTER), MAX_TIMER);
  }

  /** A connection is lost that lasted this long. @param {number} lasted */
  handleLoss(lasted) {
    if (lasted >= Math.max(STABLE_AFTER, this.#last)) this.#growth = 0;
  }
}

export { allows, Backoff, delay };
