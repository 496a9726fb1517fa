/**
 * Suspended sessions: connections whose link is lost, until the client recovers the session or its
 * time is over.
 */

/** @import { Connection } from '../broker/connection.js' */

/**
 * @typedef {object} Suspended
 * @property {Connection} connection
 * @property {NodeJS.Timeout} timer
 * @property {() => void} forget ends the session
 * @property {(() => void)[]} [queued] send what comes while the token of a recovery is checked
 */

export class SuspendedSessions {
  /** By socket ID. @type {Map<string, Suspended>} */
  #sessions = new Map();
  #duration;

  /** @param {number} duration how long a session can be recovered, in ms */
  constructor(duration) {
    this.#duration = duration;
  }

  /** @param {Connection} connection */
  suspend(connection) {
    const forget = () => {
      clearTimeout(timer);
      this.#sessions.delete(connection.id);
      connection.clear();
    };
    const timer = setTimeout(forget, this.#duration).unref();
    this.#sessions.set(connection.id, { connection, timer, forget });
  }

  /**
   * Queues what a session is sent while the token of its recovery is checked. Socket.IO has looked
   * up the missed events by then, and sends nothing to the session until the check ends.
   *
   * @param {string} id
   * @returns {() => void} to be called if the token is refused: the session stays suspended
   */
  queue(id) {
    const session = this.#sessions.get(id);
    if (!session) return () => {};
    session.queued ??= [];
    return () => {
      const { queued = [] } = session;
      session.queued = undefined;
      for (const send of queued) send();
    };
  }

  /** The queue of a session whose token is being checked. @param {string} id */
  queueOf(id) {
    return this.#sessions.get(id)?.queued;
  }

  /** Removes and returns a session, with what is queued for it. @param {string} id */
  resume(id) {
    const session = this.#sessions.get(id);
    if (!session) return undefined;
    clearTimeout(session.timer);
    this.#sessions.delete(id);
    return session;
  }

  /** Ends all sessions. */
  clear() {
    for (const session of [...this.#sessions.values()]) session.forget();
  }
}
