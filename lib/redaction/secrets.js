'use strict';

/**
 * The secrets of one client, and the search for them in a text: tokens, values of headers, the password of a proxy.
 *
 * The search finds any 8 consecutive characters of a secret, since a text may be cut at either end. It finds a shorter secret only
 * as a whole word.
 */

const { isOrdinary, isWordAt, wordsOf } = require('./ordinary-words.js');
const { normalise, viewsOf } = require('./views.js');

/** @import { EngineConfig } from '../engine.js' */

/** The shortest piece that is hidden. Tokens shorter than this are test placeholders; hiding them would mangle messages. */
const MIN_PIECE = 8;
/** The shortest header value and the shortest password that are hidden. */
const MIN_VALUE = 4;
/** Any 8 consecutive characters contain 4 that begin at a multiple of 5: the search needs only every fifth position. */
const PROBE = 4;
const PROBE_STEP = 5;

const TOKEN = '[token]';
const HEADER = '[header]';
const PASSWORD = '[proxy password]';

/**
 * @typedef {object} Secret
 * @property {string} text normalised
 * @property {string} label what is shown instead
 * @property {boolean} inPieces whether pieces of the text are hidden, too
 */

class Secrets {
  #fixed;
  /** Words of the addresses that the client connects to. */
  #addresses;
  /** @type {readonly string[]} */
  #recent = [];
  /** The secrets of those tokens. @type {readonly Secret[]} */
  #tokens = [];

  /** @param {Pick<EngineConfig, 'url' | 'token' | 'headers' | 'proxy'>} config */
  constructor({ url, token, headers = {}, proxy }) {
    this.#fixed = [
      ...ofTokens(token === undefined ? [] : [token]),
      ...Object.values(headers).flatMap((value) => ofHeader(value, HEADER)),
      ...ofHeader(proxy?.authorization ?? '', PASSWORD),
    ];
    this.#addresses = wordsOf(proxy === undefined ? url : `${url} ${proxy.host} ${proxy.port}`);
  }

  /** @param {string} text @param {readonly string[]} recent tokens; a new array whenever they change */
  hideIn(text, recent) {
    if (recent !== this.#recent) {
      this.#recent = recent;
      this.#tokens = ofTokens(recent);
    }
    /** The label of each hidden character. @type {string[]} */
    const labels = [];
    for (const view of viewsOf(text)) {
      for (const secret of [...this.#tokens, ...this.#fixed]) {
        for (const [from, to] of this.#find(view.text, secret)) {
          const [start, end] = view.place(from, to);
          for (let at = start; at < end; at += 1) labels[at] ??= secret.label;
        }
      }
    }
    return labels.length === 0 ? text : replace(text, labels);
  }

  /** The ranges to hide. @param {string} text normalised @param {Secret} secret */
  #find(text, secret) {
    const found = secret.inPieces ? findPieces(text, secret.text) : findWhole(text, secret.text);
    return found.filter(([from, to]) => {
      const isWhole = to - from === secret.text.length;
      const isHeader = secret.label === HEADER;
      return (isWhole && !isHeader) || !isOrdinary(text, from, to, this.#addresses, isHeader && !isWhole);
    });
  }
}

/** @param {readonly string[]} tokens @returns {Secret[]} */
function ofTokens(tokens) {
  return tokens.filter((token) => token.length >= MIN_PIECE).map((token) => secretOf(token, TOKEN));
}

/**
 * The value of a header, and what it contains: the credentials after a scheme, and the password in them.
 *
 * @param {string} value
 * @param {string} label
 * @returns {Secret[]}
 */
function ofHeader(value, label) {
  const [, scheme, credentials] = /^(\w+) +(\S+)$/.exec(value) ?? [];
  const texts = credentials === undefined ? [value] : [value, credentials];
  const pair = scheme?.toLowerCase() === 'basic' ? decodeBase64(credentials) : undefined;
  const [, password] = /^[^:]*:(.*)$/s.exec(pair ?? '') ?? [];
  if (password !== undefined) texts.push(password, encodeURIComponent(password));
  const secrets = texts.filter((text) => text.length >= MIN_VALUE).map((text) => secretOf(text, label));
  // For a password that is too short to be hidden by itself. The user name is not a secret.
  if (pair !== undefined && pair.length >= MIN_VALUE) secrets.push({ ...secretOf(pair, label), inPieces: false });
  return secrets;
}

/** @param {string} text @param {string} label @returns {Secret} */
function secretOf(text, label) {
  return { text: normalise(text), label, inPieces: text.length >= MIN_PIECE };
}

/** @param {string} text */
function decodeBase64(text) {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

/**
 * Finds pieces of a secret: it searches for the characters that every piece contains, and extends each match as far as it goes.
 *
 * @param {string} text
 * @param {string} secret
 * @returns {[from: number, to: number][]}
 */
function findPieces(text, secret) {
  /** @type {[from: number, to: number][]} */
  const found = [];
  /** Ends of the pieces that were found, by where the whole secret would begin. @type {Map<number, number>} */
  const ends = new Map();
  for (let at = 0; at + PROBE <= secret.length; at += PROBE_STEP) {
    const probe = secret.slice(at, at + PROBE);
    let next = 0;
    for (let from = text.indexOf(probe); from >= 0; from = text.indexOf(probe, next)) {
      next = from + 1;
      if ((ends.get(from - at) ?? 0) > from) continue;
      let before = 0;
      while (before < at && before < from && text[from - before - 1] === secret[at - before - 1]) before += 1;
      let after = PROBE;
      while (from + after < text.length && text[from + after] === secret[at + after]) after += 1;
      if (before + after < MIN_PIECE) continue;
      found.push([from - before, from + after]);
      ends.set(from - at, from + after);
      // Keeps the search short for a secret that repeats itself.
      next = from + after - PROBE + 1;
    }
  }
  return found;
}

/**
 * Finds a secret as a whole word.
 *
 * @param {string} text
 * @param {string} secret
 * @returns {[from: number, to: number][]}
 */
function findWhole(text, secret) {
  /** @type {[from: number, to: number][]} */
  const found = [];
  for (let from = text.indexOf(secret); from >= 0; from = text.indexOf(secret, from + 1)) {
    const to = from + secret.length;
    const goesOn = (isWordAt(text, from - 1) && isWordAt(text, from)) || (isWordAt(text, to) && isWordAt(text, to - 1));
    if (!goesOn) found.push([from, to]);
  }
  return found;
}

/** @param {string} text @param {readonly (string | undefined)[]} labels */
function replace(text, labels) {
  let shown = '';
  for (let at = 0; at < text.length; at += 1) {
    const label = labels[at];
    if (label === undefined) shown += text[at];
    else if (label !== labels[at - 1]) shown += label;
  }
  return shown;
}

exports.Secrets = Secrets;
