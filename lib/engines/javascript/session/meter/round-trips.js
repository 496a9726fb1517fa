/**
 * Which answers measure a round trip: those of control pings, and of one request at a time, as TCP
 * times one segment. Application pings know themselves when they were sent.
 */

/** After this many milliseconds another request is timed: not every server answers. */
const REQUEST_TIMEOUT = 10_000;

class RoundTrips {
  /**
   * What was sent before this instant measures nothing: the link is another one, or was not read.
   */
  #since = 0;
  #pings = 0;
  #pingedAt = 0;
  /** Pongs that have come over the link. */
  #pongs = 0;
  /** @type {{ id: number, at: number } | undefined} */
  #request;
  /** No request with this id or a higher one was sent yet. */
  #nextId = 0;

  /**
   * The link is open already, so it is not known when its pings and requests were sent. Those with
   * ids from `nextId` on are still to come.
   *
   * @param {number} nextId
   */
  beginLate(nextId) {
    this.#nextId = nextId;
    // Equals no count.
    this.#pings = NaN;
  }

  /** A link has opened. @param {number} now */
  handleOpen(now) {
    this.#pings = this.#pongs = 0;
    this.#request = undefined;
    this.handleResume(now);
  }

  /** The session reads the link again: answers may have waited in it. @param {number} now */
  handleResume(now) {
    this.#since = now;
  }

  /** A control ping is sent. @param {number} now */
  handlePing(now) {
    this.#pings += 1;
    this.#pingedAt = now;
  }

  /**
   * The peer has answered `count` control pings on this link. Returns the duration of the latest
   * one, if all are answered.
   *
   * @param {number} now
   * @param {number} count
   */
  handlePongs(now, count) {
    if (count <= this.#pongs) return undefined;
    this.#pongs = count;
    return count === this.#pings ? this.duration(this.#pingedAt, now) : undefined;
  }

  /**
   * A frame is sent; `nextId` is the id that the next request will have.
   *
   * @param {number} now
   * @param {number} nextId
   */
  handleFrame(now, nextId) {
    if (nextId <= this.#nextId) return;
    this.#nextId = nextId;
    if (this.#request === undefined || now - this.#request.at > REQUEST_TIMEOUT)
      this.#request = { id: nextId - 1, at: now };
  }

  /**
   * The server has answered a request. Returns when that was sent, if it is timed.
   *
   * @param {number} id
   */
  handleAnswer(id) {
    if (this.#request?.id !== id) return undefined;
    const { at } = this.#request;
    this.#request = undefined;
    return at;
  }

  /**
   * How long an answer took that has come now.
   *
   * @param {number} sent
   * @param {number} now
   */
  duration(sent, now) {
    return sent >= this.#since ? now - sent : undefined;
  }
}

export { RoundTrips };
