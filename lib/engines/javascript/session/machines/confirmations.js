/**
 * Requests that the server has not confirmed in time, although it confirms others.
 *
 * Some servers never confirm anything, which is not a fault. But if a server confirms some
 * requests, an unconfirmed subscription or channel is most likely not in force, and its user would
 * wait for ever. So the session reports it, once.
 *
 * A request is a number: that of its subscription, or {@link ofChannel} of its channel.
 */

/** Channels come after all subscriptions. */
const CHANNELS = 2 ** 32;

/** @import { Link } from '../link.js' */

/** The request for a channel. @param {number} number */
function ofChannel(number) {
  return CHANNELS + number;
}

/**
 * The number of the channel that a request is for; negative: it is for a subscription.
 *
 * @param {number} requested
 */
function channelOf(requested) {
  return requested - CHANNELS;
}

/** What a session knows about its server's confirmations. `overdue` is a part of each link. */
class Confirmations {
  #confirmsSubscriptions = false;
  #confirmsChannels = false;
  /** Reported, and not confirmed since. @type {Set<number>} */
  #reported = new Set();

  /** The server has confirmed the request. @param {number} requested @param {Link} [link] */
  handleConfirmed(requested, link) {
    if (requested < CHANNELS) this.#confirmsSubscriptions = true;
    else this.#confirmsChannels = true;
    this.forget(requested, link);
  }

  /**
   * The server has refused the request, or the user has ended it.
   *
   * @param {number} requested
   * @param {Link} [link]
   */
  forget(requested, link) {
    link?.overdue.delete(requested);
    this.#reported.delete(requested);
  }

  /** The request was not confirmed in time. @param {number} requested @param {Link} link */
  handleTimeout(requested, { overdue }) {
    if (!this.#reported.has(requested)) overdue.add(requested);
  }

  /**
   * The user knows that the request was not confirmed in time: the call has failed.
   *
   * @param {number} requested
   * @param {Link} link
   */
  handleReported(requested, { overdue }) {
    overdue.delete(requested);
    this.#reported.add(requested);
  }

  /**
   * The requests to report now.
   *
   * A server that confirms joins may accept subscriptions without a word, since their answers are
   * optional. One that confirms subscriptions is expected to answer joins as well, since users
   * wait for those.
   *
   * @param {Link} link
   */
  pollDue(link) {
    const due = [...link.overdue].filter(
      (requested) => this.#confirmsSubscriptions || (requested >= CHANNELS && this.#confirmsChannels),
    );
    for (const requested of due) this.handleReported(requested, link);
    return due.sort((a, b) => a - b);
  }
}

export { Confirmations, channelOf, ofChannel };
