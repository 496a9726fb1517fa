/**
 * Whether the user is too slow for the connection: the inbox is full, so the link is not read.
 *
 * TCP back-pressure makes the server wait, and nothing is lost while the server tolerates that.
 * The server does not see whether its pings are read, only that no answer comes. So the client
 * disconnects shortly before the server would, and reports the reason, which the server cannot
 * know. The client disconnects when
 *
 * - on Socket.IO, no ping was answered for the server's interval and half of its timeout, and the
 *   link has not been read to its end for half of the timeout. So a server that sends its ping
 *   late, and then a burst, does not count against the user;
 * - on the plain protocol, whose server pings need no answer, the link has not been read to its
 *   end for 20 seconds;
 * - on both, the link has not been read at all for `maxPause`, where that is set.
 */

/** @import { Report } from '../contract.js' */

/** The reason in `connection` and `gap` events. */
const SLOW_CONSUMER = 'slow consumer';
/** How long a link of the plain protocol may stay without being read to its end. */
const PLAIN_UNREAD_TIMEOUT = 20_000;

/**
 * The inbox is full, so the session reads no link and dials none. `events` and `bytes` are the
 * content of the inbox at that time.
 *
 * @typedef {{ since: number, events: number, bytes: number }} Pause
 */
/**
 * The server's side of a connection: what decides how long it tolerates an unread link. `pings`
 * are the server's ping interval and timeout, where its pings need an answer.
 *
 * @typedef {object} Tolerance
 * @property {number} openedAt when the link was opened: the server's pings begin then, whenever the
 *   client has read what came before the connection was ready
 * @property {{ interval: number, timeout: number } | undefined} pings
 * @property {number | undefined} answeredAt when the latest ping of the server was answered
 */

/** How far the reading of one link is behind. */
class SlowConsumer {
  /** The first pause since the link was last read to its end. @type {number | undefined} */
  #unreadSince;

  /**
   * The state of a link that has just opened, perhaps during a pause.
   *
   * @param {Pause | undefined} pause
   */
  constructor(pause) {
    this.#unreadSince = pause?.since;
  }

  /** The session stops reading the link. @param {number} now */
  handlePause(now) {
    this.#unreadSince ??= now;
  }

  /** The session has read everything that the link had. */
  handleReadToEnd() {
    this.#unreadSince = undefined;
  }

  /**
   * When the client disconnects unless the pause ends.
   *
   * @param {Pause} pause
   * @param {Tolerance} tolerance
   * @param {number} [maxPause]
   */
  deadline(pause, { openedAt, pings, answeredAt = openedAt }, maxPause = Infinity) {
    const unreadSince = this.#unreadSince;
    if (unreadSince === undefined) return undefined;
    const deadline =
      pings === undefined
        ? Math.max(unreadSince, openedAt) + PLAIN_UNREAD_TIMEOUT
        : Math.max(answeredAt + pings.interval, unreadSince) + pings.timeout / 2;
    return Math.min(deadline, pause.since + maxPause);
  }

  /**
   * The error to report when the client disconnects.
   *
   * @param {number} now
   * @param {Pause} pause
   * @returns {Report}
   */
  error(now, { since, events, bytes }) {
    const unread = Math.floor(Math.max(now - (this.#unreadSince ?? since), 0));
    return {
      code: 'SLOW_CONSUMER',
      message:
        `the client closed the connection: ${events} events (${bytes} bytes) wait for their handlers, ` +
        `and the connection has not been read to its end for ${unread} ms`,
    };
  }
}

export { SLOW_CONSUMER, SlowConsumer };
