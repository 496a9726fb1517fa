/**
 * The delivery watermark of one link: everything that the server sent before this instant has
 * reached the session.
 *
 * While the link is read, that is when the latest frame came. After a pause the link delivers what
 * the server sent long before, so the watermark then moves only with proofs: the server pings only
 * after it has received the answer to its last ping, and it answers our pings only after it has
 * received them.
 */

import { Pings } from './pings.js';

/**
 * The link was paused, and frames from before the pause may still wait in it. `provenUntil` is the
 * watermark; `resumedAt` is when the session began to read the link again.
 *
 * @typedef {{ provenUntil: number, resumedAt: number | undefined }} Unread
 */

/** What a link knows about the age of what it delivers. */
class Watermark {
  #lastFrameAt;
  /** @type {Unread | undefined} */
  #unread;
  /** @type {number | undefined} */
  #serverPingAnsweredAt;
  #pings = new Pings();

  /** The watermark of a link that has just opened. @param {number} now */
  constructor(now) {
    this.#lastFrameAt = now;
  }

  /** Everything sent before this instant has come. */
  get provenUntil() {
    return this.#unread?.provenUntil ?? this.#lastFrameAt;
  }

  /** When the latest frame came. */
  get lastFrameAt() {
    return this.#lastFrameAt;
  }

  /** When the latest ping of the server was answered on this connection. */
  get serverPingAnsweredAt() {
    return this.#serverPingAnsweredAt;
  }

  /** Whether the server still owes the answer to an application ping. */
  get awaitsPong() {
    return this.#pings.isPending;
  }

  /** A frame has come. @param {number} now */
  handleFrame(now) {
    this.#lastFrameAt = now;
  }

  /**
   * The connection is ready: what came before belongs to the handshake.
   *
   * @param {boolean} isPaused
   */
  handleConnected(isPaused) {
    this.#unread = undefined;
    this.#serverPingAnsweredAt = undefined;
    this.#pings = new Pings();
    if (isPaused) this.handlePause();
  }

  /** The session stops reading the link. */
  handlePause() {
    this.#unread = { provenUntil: this.provenUntil, resumedAt: undefined };
  }

  /** The session reads the link again. @param {number} now */
  handleResume(now) {
    if (this.#unread !== undefined) this.#unread.resumedAt = now;
  }

  /** A ping of the server has come, and is answered now. @param {number} now */
  handleServerPing(now) {
    const former = this.#serverPingAnsweredAt;
    this.#serverPingAnsweredAt = now;
    if (former !== undefined) this.#prove(former);
  }

  /**
   * The client sends an application ping, after `written` bytes.
   *
   * @param {number} now
   * @param {number} written
   */
  handlePingSent(now, written) {
    this.#pings.handleSent({ at: now, written });
  }

  /**
   * An answer to an application ping has come. Returns how many of the written bytes have reached
   * the server, if the answer proves that.
   */
  handlePong() {
    const mark = this.#pings.handleAnswer();
    if (mark !== undefined) this.#prove(mark.at);
    return mark?.written;
  }

  /** Nothing that came since then has reached the user. @param {number} since */
  lower(since) {
    this.#lastFrameAt = Math.min(this.#lastFrameAt, since);
    if (this.#unread !== undefined) this.#unread.provenUntil = Math.min(this.#unread.provenUntil, since);
  }

  /** @param {number} until */
  #prove(until) {
    const unread = this.#unread;
    if (unread === undefined) return;
    unread.provenUntil = Math.max(unread.provenUntil, until);
    if (unread.resumedAt !== undefined && unread.resumedAt <= until) this.#unread = undefined;
  }
}

export { Watermark };
