/**
 * The token of a session: the one from the options, or the newest that the user has provided.
 *
 * ```text
 *                no valid token             provideToken
 *     dial ───────────────────────▶ asking ──────────────▶ dialing
 *                                     │ refuseToken
 *                                     ▼
 *                                  waiting, as after any attempt that failed
 * ```
 *
 * The session asks the user for a token when it has to dial and no token is valid, once when a
 * server has refused the newest one, and, while connected, before the token expires. An
 * established connection gets the new token in an event; if the server refuses it there, the
 * session replaces the link. The session asks for one token at a time, and repeats failed renewals
 * with the delays of the reconnect policy.
 */

import { renewAfter } from '../../token.js';

/** @import { Failure, Token, TokenReason, TokenState } from '../contract.js' */

/**
 * How long the server may take to accept a new token: half of the former token's remaining
 * lifetime, within these bounds.
 */
const MIN_ANSWER_TIMEOUT = 1000;
const MAX_ANSWER_TIMEOUT = 10_000;

/** What a session knows about its tokens. */
class Tokens {
  /** The token comes from the options: there is no other one. */
  isFixed;
  /** @type {Token | undefined} */
  #newest;
  #expiresAt = Infinity;
  /** When the session has to renew the newest token, while connected. */
  renewAt = Infinity;
  /** The number of the newest token. */
  #number = 0;
  /** The number of the token that the server has seen last. */
  #presented = 0;
  /** The number of the token that was refused last. @type {number | undefined} */
  #rejected;
  /** Why the user is being asked. @type {TokenReason | undefined} */
  #wanted;
  /** How many renewals in a row have failed while connected. */
  #failures = 0;
  /** A token was refused, and no connection has been made since. */
  #wasRefused = false;
  /** The user knows that the fixed token has expired. */
  #isExpiryReported = false;

  /** @param {Token | undefined} fixed @param {number} now */
  constructor(fixed, now) {
    this.isFixed = fixed !== undefined;
    this.#newest = fixed;
    if (fixed?.left !== undefined) this.#expiresAt = now + fixed.left;
  }

  get newest() {
    return this.#newest;
  }

  /** Why the user is being asked; undefined: the session waits for no token. */
  get wanted() {
    return this.#wanted;
  }

  /** @param {number} now @returns {TokenState} */
  state(now) {
    if (this.#newest === undefined || !this.#isUsable() || this.hasExpired(now)) return 'missing';
    return this.renewAt <= now ? 'due' : 'fresh';
  }

  /** When the session has to report that the fixed token has expired. */
  get expiryReportAt() {
    return this.#isExpiryReported ? Infinity : this.#expiresAt;
  }

  /** @param {number} now */
  hasExpired(now) {
    return this.#expiresAt <= now;
  }

  /** Whether the session may dial with the newest token. @param {number} now */
  canDial(now) {
    return this.isFixed || this.state(now) !== 'missing';
  }

  /** Why there is no token to dial with. @returns {TokenReason} */
  get dialReason() {
    if (this.#wasRefused) return 'refused';
    return this.#newest !== undefined && this.#isUsable() ? 'expiring' : 'connect';
  }

  /** Whether the server has not seen the newest token. */
  get isUnseen() {
    return this.#presented !== this.#number;
  }

  /** The newest token, which the server is about to see. */
  present() {
    this.#presented = this.#number;
    return this.#newest;
  }

  /**
   * How long the server may take to accept a token that replaces the present one.
   *
   * @param {number} now
   */
  answerTimeout(now) {
    const left = this.#expiresAt - now;
    return Math.min(Math.max(left / 2, MIN_ANSWER_TIMEOUT), MAX_ANSWER_TIMEOUT);
  }

  /**
   * Notes that the user is asked. Returns false if the user is being asked already.
   *
   * @param {TokenReason} reason
   */
  want(reason) {
    const isNew = this.#wanted === undefined;
    this.#wanted ??= reason;
    return isNew;
  }

  /** The user has provided a token. @param {number} now @param {Token} token */
  handleToken(now, token) {
    const after = renewAfter(token);
    this.renewAt = now + (after ?? Infinity);
    // The session presents a token that has expired before it came: the server decides.
    this.#expiresAt = after === undefined ? Infinity : now + /** @type {number} */ (token.left);
    if (!this.#isUsable() || this.#newest?.text !== token.text) this.#number += 1;
    this.#newest = token;
    this.#failures = 0;
    this.#wanted = undefined;
  }

  /** The user has no token. Returns false if the user was not being asked. */
  handleNoToken() {
    const wasWanted = this.#wanted !== undefined;
    this.#wanted = undefined;
    return wasWanted;
  }

  /** A renewal has failed. Returns how many have failed in a row before it. */
  handleFailedRenewal() {
    return this.#failures++;
  }

  /** The user wants a connection: earlier refusals and failures do not count. */
  handleConnect() {
    this.#wasRefused = false;
    this.#failures = 0;
  }

  /** A connection is ready, so the server has accepted its token. */
  handleConnected() {
    this.#wasRefused = false;
  }

  /**
   * An attempt has failed with this error. Returns whether the session replaces the token at once:
   * it does so once until a connection is ready. It does not use the refused token again.
   *
   * @param {Failure | undefined} failure
   */
  handleFailure(failure) {
    if (this.isFixed || failure?.code !== 'AUTH_FAILED') return false;
    const isFirst = !this.#wasRefused;
    this.#wasRefused = true;
    // If the refusal may be a gateway's, the token that replaced the first one may be good.
    if (isFirst || failure.outlook === 'permanent') this.#rejected = this.#presented;
    return isFirst;
  }

  /** The session waits for no token any more. */
  handleIdle() {
    this.#wanted = undefined;
  }

  /** Whether to report the expiry of the fixed token now: it is reported once. */
  pollExpiryReport() {
    const isNew = !this.#isExpiryReported;
    this.#isExpiryReported = true;
    return isNew;
  }

  /** Whether the server has not refused the newest token. */
  #isUsable() {
    return this.#rejected !== this.#number;
  }
}

export { MAX_ANSWER_TIMEOUT, Tokens };
