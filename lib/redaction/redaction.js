/**
 * The redaction of one client: it hides the client's secrets and escapes control characters in
 * every text of an engine. A peer may repeat what the client sent, in an error, in the reason of a
 * connection or a gap, in anything that is logged.
 *
 * `dispatch.js` and `rest.js` clean all notices and outcomes, so a new kind of error needs no code
 * of its own.
 */

import { Secrets } from '#secrets';
import { own } from '../own.js';
import { printable } from './printable.js';

/** @import { EngineConfig } from '../engines/engine.js' */

/** Longest text that is shown, in characters. */
const MAX_LENGTH = 4096;

/** The texts in the body of an item. A server may send any text as an id. */
const TEXTS = /** @type {const} */ (['message', 'reason', 'cause', 'subscriptionId']);

/** @typedef {Partial<Record<typeof TEXTS[number], string>>} Texts */

class Redaction {
  #config;
  #recentTokens;
  /** Created with the first text. @type {Secrets | undefined} */
  #secrets;

  /**
   * @param {Pick<EngineConfig, 'url' | 'token' | 'headers' | 'proxy'>} config
   * @param {() => readonly string[]} recentTokens the latest tokens of the token function
   */
  constructor(config, recentTokens) {
    this.#config = config;
    this.#recentTokens = recentTokens;
  }

  /**
   * Cleans the body of an engine's item, or its report of an error, in place.
   *
   * @param {object} body
   */
  clean(body) {
    /** @type {Texts} */
    const texts = own(body, 'error') ?? body;
    if (own(texts, 'message') === undefined && own(texts, 'reason') === undefined) return;
    for (const name of TEXTS) {
      const text = own(texts, name);
      if (text !== undefined) texts[name] = this.text(text);
    }
  }

  /** Hides secrets, and escapes control characters. @param {string} text */
  text(text) {
    // Cutting first is safe: pieces of secrets are hidden, too.
    const start = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
    if (this.#secrets === undefined) {
      // Loaded late: most clients never show a text.
      this.#secrets = new Secrets(this.#config);
    }
    return printable(this.#secrets.hideIn(start, this.#recentTokens()));
  }
}

export { Redaction };
