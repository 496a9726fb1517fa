/**
 * The driver's clock: it never goes back, and it notices when the machine has slept.
 *
 * In most runtimes the clock of `#host` stands still while the machine sleeps, and the clock on the
 * wall does not. A gap that began before the sleep must not be dated as if there had been none.
 */

/** Milliseconds that the wall clock gains on the other one at once: more than a correction. */
const JUMP = 1000;
/** How many jumps are remembered. */
const MAX_JUMPS = 16;

/**
 * @param {() => number} read a clock that never goes back
 * @param {() => number} unix the clock on the wall
 */
function createClock(read, unix) {
  /** The wall clock, as far ahead of the other one as it was at the latest reading. */
  let ahead = unix() - read();
  /** What was valid until then. @type {{ until: number, before: number }[]} */
  const jumps = [];
  let hasJumped = false;

  return {
    now() {
      const now = read();
      const before = ahead;
      ahead = unix() - now;
      if (ahead - before > JUMP) {
        hasJumped = true;
        // The oldest entry stays: it dates early what is older than all others.
        if (jumps.length === MAX_JUMPS) jumps.splice(1, 1);
        jumps.push({ until: now, before });
      }
      return now;
    },

    /**
     * The Unix timestamp of an earlier reading: rather too early than too late.
     *
     * @param {number} at
     */
    unixTime(at) {
      const before = jumps.find(({ until }) => at < until)?.before ?? ahead;
      return Math.floor(at + Math.min(before, ahead));
    },

    /** Whether the machine has slept since the last call. */
    takeJump() {
      const jumped = hasJumped;
      hasJumped = false;
      return jumped;
    },
  };
}

export { createClock };
