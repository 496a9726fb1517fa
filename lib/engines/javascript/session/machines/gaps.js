/**
 * What may have been missed: from the watermark of a lost connection until the server has
 * confirmed everything on a new one.
 *
 * A gap is reported when the server has confirmed the subscriptions and channels on the new
 * connection, and not earlier: a user who then reads the present state misses nothing between that
 * read and the events that follow. If the new connection is lost before that, the gap stays open.
 *
 * Its members are numbers of subscriptions and channels, as in `confirmations.js`, in ascending
 * order.
 */

/**
 * A gap that has no end yet.
 *
 * @typedef {{ since: number, reason: string, members: number[] }} OpenGap
 */

/** The two gaps that can exist at a time. */
class Gaps {
  /**
   * Of the connection lost last, until the server shows whether it can recover the session.
   *
   * @type {OpenGap | undefined}
   */
  #latest;
  /** Not recovered, and not reported yet. @type {OpenGap | undefined} */
  #open;
  /**
   * The members of `#open` that the server has not answered on this connection.
   *
   * @type {Set<number>}
   */
  #unanswered = new Set();

  /**
   * A connection with these members is lost.
   *
   * @param {number} since
   * @param {string} reason
   * @param {number[]} members
   */
  handleLoss(since, reason, members) {
    if (members.length > 0) this.#latest = { since, reason, members };
  }

  /**
   * A connection is ready, and nothing was requested on it yet. Returns whether a gap is open.
   *
   * @param {boolean} isRecovered
   * @param {(member: number) => boolean} isLive
   */
  handleConnected(isRecovered, isLive) {
    const latest = isRecovered ? undefined : this.#latest;
    this.#latest = undefined;
    const open = this.#open ?? latest;
    const { members, since } = latest ?? { members: [], since: Infinity };
    if (open !== undefined) {
      open.since = Math.min(open.since, since);
      open.members = [...new Set([...open.members, ...members])].filter(isLive).sort((a, b) => a - b);
    }
    this.#open = open;
    this.#unanswered = new Set(open?.members);
    return open !== undefined;
  }

  /**
   * The server has answered a request, or the user has ended what was requested. A subscription
   * that is not live has no gap.
   *
   * @param {number} member
   * @param {boolean} [isLive]
   */
  handleAnswered(member, isLive = true) {
    this.#unanswered.delete(member);
    const open = this.#open;
    if (open !== undefined && !isLive) open.members = open.members.filter((other) => other !== member);
  }

  /** Nothing that came since then has reached the user. @param {number} since */
  extendBackTo(since) {
    for (const gap of [this.#latest, this.#open]) if (gap !== undefined) gap.since = Math.min(gap.since, since);
  }

  /** Since when events may be missing, until the server shows whether it recovers the session. */
  get lostSince() {
    return this.#latest?.since;
  }

  /** Whether the server has answered everything on this connection. */
  get isAnswered() {
    return this.#unanswered.size === 0;
  }

  /** Removes the open gap, to report it. */
  close() {
    const open = this.#open;
    this.#open = undefined;
    return open;
  }
}

export { Gaps };
