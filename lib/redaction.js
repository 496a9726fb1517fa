'use strict';

/**
 * The redaction of one client. Every text that an engine hands over passes here before anybody sees it, since a peer may repeat
 * in it what it was sent: errors, the reasons of connections and gaps, what is logged.
 *
 * `dispatch.js` and `rest.js` clean whatever comes in, before they look at it, so a new error or notice needs nothing of its own.
 */

const { printable } = require('./printable.js');

/** @import { EngineConfig } from './engine.js' */
/** @import { Secrets } from './secrets.js' */

/** How much of a text is shown. */
const MAX_LENGTH = 4096;

/** The texts in the body of an item. @typedef {{ message?: string, reason?: string, cause?: string, subscriptionId?: string }} Texts */

class Redaction {
  #config;
  #recentTokens;
  /** Made with the first text. @type {Secrets | undefined} */
  #secrets;

  /**
   * @param {Pick<EngineConfig, 'url' | 'token' | 'headers' | 'proxy'>} config
   * @param {() => readonly string[]} recentTokens the last tokens of a token function
   */
  constructor(config, recentTokens) {
    this.#config = config;
    this.#recentTokens = recentTokens;
  }

  /** Cleans the body of an engine's item, or its report of an error, in place. @param {object} body */
  clean(body) {
    const { error } = /** @type {{ error?: Texts }} */ (body);
    const texts = error ?? /** @type {Texts} */ (body);
    if (texts.message === undefined && texts.reason === undefined) return;
    if (texts.message !== undefined) texts.message = this.text(texts.message);
    if (texts.reason !== undefined) texts.reason = this.text(texts.reason);
    if (texts.cause !== undefined) texts.cause = this.text(texts.cause);
    // A server may name one that is not ours.
    if (texts.subscriptionId !== undefined) texts.subscriptionId = this.text(texts.subscriptionId);
  }

  /** A text without secrets and control characters. @param {string} text */
  text(text) {
    // The cut may come first, since pieces of secrets are hidden as well.
    const start = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
    if (this.#secrets === undefined) {
      // Most clients never have a text to show.
      const { Secrets } = require('./secrets.js');
      this.#secrets = new Secrets(this.#config);
    }
    return printable(this.#secrets.hideIn(start, this.#recentTokens()));
  }
}

exports.Redaction = Redaction;
