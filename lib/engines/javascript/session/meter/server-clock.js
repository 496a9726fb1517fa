/**
 * The server's clock, estimated as NTP does it: the server's timestamp was taken between the
 * client's request and the arrival of the answer, so the answer with the shortest round trip says
 * it best.
 *
 * Only the session's clock is compared with the server's, which goes on when the clock on the wall
 * is set. An estimate that a new answer contradicts is dropped: one of the clocks was set, or the
 * machine has slept.
 */

/** How far two clocks may drift apart: 0.05 ms a second. Quartz clocks keep to less. */
const DRIFT = 0.00005;
/** The resolution of the server's timestamps: it cuts fractions of a millisecond off. */
const RESOLUTION = 1;
/**
 * One timestamp of the server. `base` is what its clock showed when the session's clock showed
 * zero.
 *
 * @typedef {{ base: number, error: number, at: number }} Sample
 */

/** All instants are milliseconds of the session's clock. */
class ServerClock {
  /** @type {Sample | undefined} */
  best;

  /**
   * The server has answered at `received` what was sent at `sent`, and put its time into the
   * answer.
   *
   * @param {number} sent
   * @param {number} received
   * @param {number} timestamp
   */
  handleTimestamp(sent, received, timestamp) {
    const error = (received - sent + RESOLUTION) / 2;
    const base = timestamp + RESOLUTION / 2 - (sent + received) / 2;
    const { best } = this;
    const known = best === undefined ? Infinity : errorAt(best, received);
    if (best === undefined || error <= known || Math.abs(base - best.base) > error + known)
      this.best = { base, error, at: received };
  }

  /** What the server's clock shows now. @param {number} now */
  time(now) {
    const { best } = this;
    return best && { unix: best.base + now, error: errorAt(best, now) };
  }
}

/** @param {Sample} sample @param {number} now */
function errorAt({ error, at }, now) {
  return error + (now - at) * DRIFT;
}

export { ServerClock };
