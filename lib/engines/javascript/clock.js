/**
 * The driver's clock: it never goes back, and it notices when the machine has slept.
 *
 * In most runtimes the clock of `#host` stands still while the machine sleeps, and the clock on the
 * wall does not. A gap that began before the sleep must not be dated as if there had been none.
 */

/** Milliseconds that the wall clock gains on the other one at once: more than a correction. */
const JUMP = 1000;
/** After how many milliseconds the wall clock is read again. */
const STEP = 1;
/** How many jumps are remembered. */
const MAX_JUMPS = 16;

class Clock {
  #now;
  #unix;
  /** The wall clock, as far ahead of the other one as it was at the latest reading. */
  #ahead;
  /** What was valid until then. @type {{ until: number, ahead: number }[]} */
  #jumps = [];
  /** Whether the machine has slept, see {@link takeJump}. */
  hasJumped = false;
  /** The latest reading. */
  #latest = -Infinity;
  #nextStep = -Infinity;

  /** @param {{ now: () => number, unix: () => number }} host */
  constructor({ now, unix }) {
    this.#now = now;
    this.#unix = unix;
    this.#ahead = unix() - now();
  }

  now = () => {
    const now = this.#now();
    this.#latest = now;
    // Events come faster than that.
    if (now < this.#nextStep) return now;
    this.#nextStep = now + STEP;
    const ahead = this.#unix() - now;
    if (ahead - this.#ahead > JUMP) {
      this.hasJumped = true;
      // The oldest entry stays: it dates early what is older than all others.
      if (this.#jumps.length === MAX_JUMPS) this.#jumps.splice(1, 1);
      this.#jumps.push({ until: now, ahead: this.#ahead });
    }
    this.#ahead = ahead;
    return now;
  };

  /** The latest reading: what needs no later one saves the time of it. */
  latest = () => this.#latest;

  /** The Unix timestamp of an earlier reading: rather too early than too late. @param {number} at */
  unixTime = (at) => {
    const ahead = this.#jumps.find(({ until }) => at < until)?.ahead ?? this.#ahead;
    return Math.floor(at + Math.min(ahead, this.#ahead));
  };

  /** Whether the machine has slept since the last call. */
  takeJump() {
    const { hasJumped } = this;
    this.hasJumped = false;
    return hasJumped;
  }
}

export { Clock };
