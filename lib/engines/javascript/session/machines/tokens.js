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
  newest;
  /** When the session has to renew the newest token, while connected. */
  renewAt = Infinity;
  expiresAt;
  /** The user knows that the fixed token has expired. */
  isExpiryReported = false;
  /** The number of the newest token. */
  #number = 0;
  /** The number of the token that the server has seen last. */
  #presented = 0;
  /** The number of the token that was refused last. @type {number | undefined} */
  #rejected;
  /**
   * Why the user is being asked; undefined: the session waits for no token.
   *
   * @type {TokenReason | undefined}
   */
  wanted;
  /** How many renewals in a row have failed while connected. */
  failures = 0;
  /** A token was refused, and no connection has been made since. */
  wasRefused = false;

  /** @param {Token | undefined} fixed @param {number} now */
  constructor(fixed, now) {
    this.isFixed = fixed !== undefined;
    this.newest = fixed;
    this.expiresAt = now + (fixed?.left ?? Infinity);
  }

  /** @param {number} now @returns {TokenState} */
  state(now) {
    if (!this.#isUsable() || this.hasExpired(now)) return 'missing';
    return this.renewAt <= now ? 'due' : 'fresh';
  }

  /** @param {number} now */
  hasExpired(now) {
    return this.expiresAt <= now;
  }

  /** Why there is no token to dial with. @returns {TokenReason} */
  get dialReason() {
    if (this.wasRefused) return 'refused';
    return this.#isUsable() ? 'expiring' : 'connect';
  }

  /** Whether the server has not seen the newest token. */
  get isUnseen() {
    return this.#presented !== this.#number;
  }

  /** The newest token, which the server is about to see. */
  present() {
    this.#presented = this.#number;
    return this.newest;
  }

  /**
   * How long the server may take to accept a token that replaces the present one.
   *
   * @param {number} now
   */
  answerTimeout(now) {
    return Math.min(Math.max((this.expiresAt - now) / 2, MIN_ANSWER_TIMEOUT), MAX_ANSWER_TIMEOUT);
  }

  /** The user has provided a token. @param {number} now @param {Token} token */
  handleToken(now, token) {
    const after = renewAfter(token);
    this.renewAt = now + after;
    // The session presents a token that has expired before it came: the server decides.
    this.expiresAt = after < Infinity ? now + Number(token.left) : Infinity;
    if (!this.#isUsable() || this.newest?.text !== token.text) this.#number += 1;
    this.newest = token;
    this.failures = 0;
    this.wanted = undefined;
  }

  /**
   * An attempt has failed with this error. Returns whether the session replaces the token at once:
   * it does so once until a connection is ready. It does not use the refused token again.
   *
   * @param {Failure | undefined} failure
   */
  handleFailure(failure) {
    if (this.isFixed || failure?.code !== 'AUTH_FAILED') return false;
    const isFirst = !this.wasRefused;
    this.wasRefused = true;
    // If the refusal may be a gateway's, the token that replaced the first one may be good.
    if (isFirst || failure.outlook === 'permanent') this.#rejected = this.#presented;
    return isFirst;
  }

  /** Whether there is a token that the server has not refused. */
  #isUsable() {
    return this.newest !== undefined && this.#rejected !== this.#number;
  }
}

export { MAX_ANSWER_TIMEOUT, Tokens };
