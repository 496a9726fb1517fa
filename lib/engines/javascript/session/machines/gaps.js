/**
 * What may have been missed: from the watermark of a lost connection until the server has
 * confirmed everything on a new one.
 *
 * A gap is reported when the server has confirmed the subscriptions and channels on the new
 * connection, and not earlier: a user who then reads the present state misses nothing between that
 * read and the events that follow. If the new connection is lost before that, the gap stays open.
 */

/**
 * Numbers of subscriptions and of channels, in ascending order.
 *
 * @typedef {{ subscriptions: number[], channels: number[] }} Members
 */
/**
 * A gap that has no end yet.
 *
 * @typedef {{ since: number, reason: string, members: Members }} OpenGap
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
  /** The members of `#open` that the server has not answered on this connection. @type {Members} */
  #unanswered = { subscriptions: [], channels: [] };

  /**
   * A connection with these members is lost.
   *
   * @param {number} since
   * @param {string} reason
   * @param {Members} members
   */
  handleLoss(since, reason, members) {
    if (!isEmpty(members)) this.#latest = { since, reason, members };
  }

  /**
   * A connection is ready, and nothing was requested on it yet. Returns whether a gap is open.
   *
   * @param {boolean} isRecovered
   * @param {(number: number) => boolean} isSubscribed
   * @param {(number: number) => boolean} isJoined
   */
  handleConnected(isRecovered, isSubscribed, isJoined) {
    const latest = isRecovered ? undefined : this.#latest;
    this.#latest = undefined;
    const open = this.#open ?? latest;
    if (open !== undefined) {
      const others = latest?.members ?? open.members;
      open.since = Math.min(open.since, latest?.since ?? open.since);
      open.members = {
        subscriptions: union(open.members.subscriptions, others.subscriptions).filter(isSubscribed),
        channels: union(open.members.channels, others.channels).filter(isJoined),
      };
    }
    this.#open = open;
    this.#unanswered = { subscriptions: [], channels: [], ...open?.members };
    return open !== undefined;
  }

  /**
   * The server has confirmed a subscription, or it is not live: the server has refused it, or the
   * user has ended it. One that is not live has no gap.
   *
   * @param {number} number
   * @param {boolean} isLive
   */
  handleSubscription(number, isLive) {
    this.#unanswered.subscriptions = without(this.#unanswered.subscriptions, number);
    if (this.#open !== undefined && !isLive)
      this.#open.members.subscriptions = without(this.#open.members.subscriptions, number);
  }

  /** The server has answered a request for a channel. @param {number} number */
  handleChannel(number) {
    this.#unanswered.channels = without(this.#unanswered.channels, number);
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
    return isEmpty(this.#unanswered);
  }

  /** Removes the open gap, to report it. */
  close() {
    const open = this.#open;
    this.#open = undefined;
    return open;
  }
}

/** @param {Members} members */
function isEmpty({ subscriptions, channels }) {
  return subscriptions.length + channels.length === 0;
}

/** @param {number[]} numbers @param {number[]} others */
function union(numbers, others) {
  return [...new Set([...numbers, ...others])].sort((a, b) => a - b);
}

/** @param {number[]} numbers @param {number} number */
function without(numbers, number) {
  return numbers.filter((other) => other !== number);
}

export { Gaps };
