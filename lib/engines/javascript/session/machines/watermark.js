/**
 * The delivery watermark of one link: everything that the server sent before this instant has
 * reached the session.
 *
 * While the link is read, that is when the latest frame came. After a pause the link delivers what
 * the server sent long before, so the watermark then moves only with proofs: the server pings only
 * after it has received the answer to its last ping, and it answers our pings only after it has
 * received them.
 */

/**
 * The link was paused, and frames from before the pause may still wait in it. `provenUntil` is the
 * watermark; `resumedAt` is when the session began to read the link again.
 *
 * @typedef {{ provenUntil: number, resumedAt: number }} Unread
 */
/**
 * What the answer to an application ping proves: everything that the server sent before `at` has
 * come, and `written` of our bytes have reached the server.
 *
 * @typedef {{ number: number, at: number, written: number }} Mark
 */

/** What a link knows about the age of what it delivers. */
class Watermark {
  /** When the latest frame came. */
  lastFrameAt;
  /**
   * When the latest ping of the server was answered on this connection.
   *
   * @type {number | undefined}
   */
  serverPingAnsweredAt;
  /** @type {Unread | undefined} */
  #unread;
  /** How many application pings were sent and answered. Answers come in order, but name no ping. */
  #sent = 0;
  #answered = 0;
  /** The number of the ping whose answer is the next proof, and that. @type {Mark | undefined} */
  #mark;

  /** The watermark of a link that has just opened. @param {number} now */
  constructor(now) {
    this.lastFrameAt = now;
  }

  /** Everything sent before this instant has come. */
  get provenUntil() {
    return this.#unread?.provenUntil ?? this.lastFrameAt;
  }

  /** Whether the server still owes the answer to an application ping. */
  get awaitsPong() {
    return this.#answered < this.#sent;
  }

  /**
   * The connection is ready: what came before belongs to the handshake.
   *
   * @param {boolean} isPaused
   */
  handleConnected(isPaused) {
    this.#unread = this.serverPingAnsweredAt = this.#mark = undefined;
    this.#sent = this.#answered = 0;
    if (isPaused) this.handlePause();
  }

  /** The session stops reading the link. */
  handlePause() {
    this.#unread = { provenUntil: this.provenUntil, resumedAt: Infinity };
  }

  /** The session reads the link again. @param {number} now */
  handleResume(now) {
    if (this.#unread !== undefined) this.#unread.resumedAt = now;
  }

  /** A ping of the server has come, and is answered now. @param {number} now */
  handleServerPing(now) {
    if (this.serverPingAnsweredAt !== undefined) this.#prove(this.serverPingAnsweredAt);
    this.serverPingAnsweredAt = now;
  }

  /**
   * The client sends an application ping, after `written` bytes.
   *
   * @param {number} at
   * @param {number} written
   */
  handlePingSent(at, written) {
    this.#sent += 1;
    this.#mark ??= { number: this.#sent, at, written };
  }

  /**
   * An answer to an application ping has come. Returns what it proves, if anything. A server that
   * leaves some pings unanswered proves less.
   */
  handlePong() {
    if (this.awaitsPong) this.#answered += 1;
    const mark = this.#mark;
    if (mark === undefined || mark.number > this.#answered) return undefined;
    this.#mark = undefined;
    this.#prove(mark.at);
    return mark;
  }

  /** Nothing that came since then has reached the user. @param {number} since */
  lower(since) {
    this.lastFrameAt = Math.min(this.lastFrameAt, since);
    if (this.#unread !== undefined) this.#unread.provenUntil = Math.min(this.#unread.provenUntil, since);
  }

  /** @param {number} until */
  #prove(until) {
    const unread = this.#unread;
    if (unread === undefined) return;
    unread.provenUntil = Math.max(unread.provenUntil, until);
    if (unread.resumedAt <= until) this.#unread = undefined;
  }
}

export { Watermark };
