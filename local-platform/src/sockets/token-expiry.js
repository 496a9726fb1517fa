/** A expiry: the time for which a link's token is valid. The link is ended with it, unless a new token comes before. */

import { PlatformError } from '../error.js';

const LONGEST_TIMER = 2 ** 31 - 1;

export class TokenExpiry {
  #tokens;
  #connection;
  #end;
  #timer;
  #closed = false;

  /**
   * @param {import('../auth/tokens.js').Tokens} tokens
   * @param {import('../broker/connection.js').Connection} connection
   * @param {() => void} end ends the link
   */
  constructor(tokens, connection, end) {
    this.#tokens = tokens;
    this.#connection = connection;
    this.#end = end;
    this.#watch();
  }

  /** Takes a new token. Resolves to a verb as the others of the wires: it returns the answer, or throws the refusal. */
  verbFor(request) {
    return this.#renew(request).then(
      (answer) => () => answer,
      (error) => () => {
        throw error;
      },
    );
  }

  /** The link is gone. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** The new token is checked as at the beginning, and has to be of the same `sub`. */
  async #renew(request) {
    const { sub, applicationId, environment } = this.#connection.identity;
    const identity = await this.#tokens.identify(request?.token, { applicationId, environment });
    identity.require('subscribe');
    if (identity.sub !== sub)
      throw new PlatformError('ForbiddenError', "The new token's `sub` is not that of the old one.");
    this.#connection.identity = identity;
    this.#watch();
    return { ok: true, expiresAt: identity.expiresAt };
  }

  #watch() {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const left = this.#connection.identity.expiresAt - Date.now();
    if (left <= 0) this.#end();
    // A timer may fire a moment early, and a far day takes several.
    else this.#timer = setTimeout(() => this.#watch(), Math.min(left, LONGEST_TIMER)).unref();
  }
}
