/** Token expiry: ends a link when its token expires, unless the client sends a new token before. */

import { PlatformError } from '../error.js';

/** @import { Tokens } from '../auth/tokens.js' */
/** @import { Connection } from '../broker/connection.js' */
/** @import { PeerRequest } from '../json.js' */

const MAX_TIMEOUT = 2 ** 31 - 1;

export class TokenExpiry {
  #tokens;
  #connection;
  #end;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #closed = false;

  /**
   * @param {Tokens} tokens
   * @param {Connection} connection
   * @param {() => void} end ends the link
   */
  constructor(tokens, connection, end) {
    this.#tokens = tokens;
    this.#connection = connection;
    this.#end = end;
    this.#schedule();
  }

  /**
   * Checks a new token. Resolves to a function like the other verbs of the sockets: it returns the
   * answer or throws the refusal.
   *
   * @param {PeerRequest} request
   * @returns {Promise<() => object>}
   */
  verbFor(request) {
    return this.#renew(request).then(
      (answer) => () => answer,
      (error) => () => {
        throw error;
      },
    );
  }

  /** Call it when the link is closed. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /**
   * A new token is checked like the first one, and must have the same `sub`.
   *
   * @param {PeerRequest} request
   */
  async #renew(request) {
    const { sub, applicationId, environment } = this.#connection.identity;
    const identity = await this.#tokens.identify(request?.token, { applicationId, environment });
    identity.require('subscribe');
    if (identity.sub !== sub) {
      throw new PlatformError('ForbiddenError', 'The `sub` of the new token differs from that of the old one.');
    }
    this.#connection.identity = identity;
    this.#schedule();
    return { ok: true, expiresAt: identity.expiresAt };
  }

  #schedule() {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const left = this.#connection.identity.expiresAt - Date.now();
    if (left <= 0) this.#end();
    // A timer can fire a moment early, and a distant date takes several timers.
    else this.#timer = setTimeout(() => this.#schedule(), Math.min(left, MAX_TIMEOUT)).unref();
  }
}
