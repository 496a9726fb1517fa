/** When to wake the code that takes the items. */

/** Nothing has arrived since that code found the inbox empty. */
const IDLE = 0;
/** Events wait. */
const WAITING = 1;
/** A notice waits: notices are not coalesced. */
const URGENT = 2;
/** The code was woken. It takes items until it finds none. */
const WOKEN = 3;

/** One wake-up covers everything that arrives until the inbox is found empty. */
class WakeUp {
  #coalesce;
  #state = IDLE;
  /** When the first waiting event was received. */
  #since = 0;

  /** @param {number} coalesce how long the first event may wait for more, in milliseconds */
  constructor(coalesce) {
    this.#coalesce = coalesce;
  }

  get isWoken() {
    return this.#state === WOKEN;
  }

  /** An event arrives. @param {number} received @param {boolean} isFirst nothing else waits */
  handleEvent(received, isFirst) {
    if (this.#state > WAITING || (this.#state === WAITING && !isFirst)) return;
    this.#state = WAITING;
    this.#since = received;
  }

  handleNotice() {
    if (this.#state !== WOKEN) this.#state = URGENT;
  }

  /** The inbox was found empty. */
  handleEmpty() {
    this.#state = IDLE;
  }

  /**
   * When to wake the code for what waits: an instant, at most `now` for at once. Undefined: nothing
   * waits, or it was woken.
   *
   * @param {number} now
   * @param {boolean} isPointless waiting for more events gains nothing
   */
  poll(now, isPointless) {
    if (this.#state === IDLE || this.#state === WOKEN) return undefined;
    const at = this.#since + this.#coalesce;
    if (this.#state === WAITING && !isPointless && at > now) return at;
    this.#state = WOKEN;
    return now;
  }
}

export { WakeUp };
