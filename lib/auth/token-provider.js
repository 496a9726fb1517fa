/**
 * Calls the user's token function, for the connection and for requests. Calls are never concurrent,
 * and wait for at most options.connectTimeout. The engine gets each token, and knows how long it is
 * valid.
 */

import { cancel, later } from '#host';
import { describeType, RealtimeError } from '../errors/errors.js';
import * as values from '../options/values.js';

/** @import { TokenProvider as Ask, TokenReason } from '../../index.js' */
/** @import { Engine } from '../engines/engine.js' */
/** @import { Log } from '../log/log.js' */

/** How many tokens are remembered: a server may repeat an earlier one in a text. */
const MAX_RECENT = 16;

class TokenProvider {
  /** The latest tokens, newest first. Each change creates a new array. @type {readonly string[]} */
  recent = [];
  #ask;
  #timeout;
  #engine;
  #report;
  #log;
  /** The call under way. @type {Promise<string> | undefined} */
  #pending;

  /**
   * @param {object} deps
   * @param {Ask} deps.ask
   * @param {number} deps.timeout in milliseconds
   * @param {Engine} deps.engine
   * @param {(error: RealtimeError) => void} deps.report called when a connection gets no token
   * @param {Log} [deps.log]
   */
  constructor({ ask, timeout, engine, report, log }) {
    this.#ask = ask;
    this.#timeout = timeout;
    this.#engine = engine;
    this.#report = report;
    this.#log = log;
  }

  /** The engine wants a token. @param {{ reason: TokenReason }} notice */
  serve({ reason }) {
    this.#renew(reason).catch((error) => {
      if (this.#engine.refuseToken()) this.#report(error);
    });
  }

  /** A token for a request: the newest, while it is valid. @returns {string | Promise<string>} */
  current() {
    const state = this.#engine.tokenState();
    const [newest] = this.recent;
    if (newest === undefined || state === 'missing') return this.#renew('request');
    // The request does not wait for the next token. If the renewal fails, a later request tries
    // again.
    if (state === 'due') this.#renew('request').catch(() => {});
    return newest;
  }

  /**
   * A token other than this one, which the server refused.
   *
   * @param {string} refused
   * @returns {string | Promise<string>}
   */
  replace(refused) {
    const [newest] = this.recent;
    return newest === undefined || newest === refused ? this.#renew('refused') : newest;
  }

  /** @param {TokenReason} reason @returns {Promise<string>} */
  #renew(reason) {
    if (this.#pending !== undefined) return this.#pending;
    /** @type {(answer: Promise<string>) => void} */
    let follow = () => {};
    // Set before the function is called: it may send a request itself, without waiting for it.
    this.#pending = new Promise((resolve) => {
      follow = resolve;
    });
    const pending = this.#pending;
    const call = this.#call(reason);
    if (this.#log) call.catch((error) => this.#log?.('no token received', error));
    follow(
      call.finally(() => {
        this.#pending = undefined;
      }),
    );
    return pending;
  }

  /** @param {TokenReason} reason */
  async #call(reason) {
    this.#log?.('asking for a token', reason);
    const token = await this.#answer(reason);
    if (!values.isToken(token)) {
      // The error does not show a string, which may be meant as a token.
      const what =
        typeof token === 'string' && token !== '' ? 'a string with characters no token has' : describeType(token);
      throw failure(`gave ${what} instead of a token`);
    }
    this.recent = [token, ...this.recent.filter((each) => each !== token)].slice(0, MAX_RECENT);
    this.#log?.('token received', reason);
    this.#engine.provideToken(token);
    return token;
  }

  /**
   * @param {TokenReason} reason
   * @returns {Promise<unknown>} what the function gives, within the time limit
   */
  #answer(reason) {
    return new Promise((resolve, reject) => {
      const overdue = () => reject(failure(`gave no token within ${this.#timeout} ms`));
      // Whatever waits for the token holds the process.
      const timer = later(overdue, this.#timeout, false);
      const ask = this.#ask;
      new Promise((done) => done(ask(reason)))
        .then(resolve, (cause) => reject(failure('failed, see `cause`', cause)))
        .finally(() => cancel(timer));
    });
  }
}

/** @param {string} what @param {unknown} [cause] */
function failure(what, cause) {
  return new RealtimeError('TOKEN_PROVIDER_FAILED', `the function in options.token ${what}`, { cause });
}

export { TokenProvider };
