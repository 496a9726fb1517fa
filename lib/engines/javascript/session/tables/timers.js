/**
 * The deadlines of a session, or of a link: a table with one slot for each purpose, see `timer.js`.
 */
class Timers {
  /** Infinity: not set. */
  #slots = Array(12).fill(Number.POSITIVE_INFINITY);

  /** Sets or clears one deadline. @param {number} timer @param {number | undefined} at */
  assign(timer, at = Number.POSITIVE_INFINITY) {
    this.#slots[timer] = at;
  }

  /** @param {number} timer @param {number} at */
  set(timer, at) {
    this.assign(timer, at);
  }

  /** @param {number} timer */
  clear(timer) {
    this.assign(timer);
  }

  /** Whether this deadline is set. @param {number} timer */
  isSet(timer) {
    return this.#slots[timer] < Number.POSITIVE_INFINITY;
  }

  /** The earliest deadline. @returns {number | undefined} */
  next() {
    const first = Math.min(...this.#slots);
    return first < Number.POSITIVE_INFINITY ? first : undefined;
  }

  /** The first timer that is due. @param {number} now @returns {number | undefined} */
  due(now) {
    const timer = this.#slots.findIndex((at) => at <= now);
    return timer < 0 ? undefined : timer;
  }
}

export { Timers };
