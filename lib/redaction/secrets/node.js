/**
 * The secrets of one client, and the search for them in a text: tokens, values of headers, the
 * password of a proxy.
 *
 * The search finds any 8 consecutive characters of a secret, since a text may be cut at either end.
 * It finds a shorter secret only as a whole word. Our own sentences stay readable: headers that
 * describe the client are not secrets, and neither are the addresses of the client and a single
 * plain word out of a longer value.
 */

import { utf8 } from '#host';
import { concat, toBase64url } from '../../bytes.js';
import { normalise, viewsOf } from './views.js';

/** @import { EngineConfig } from '../../engines/engine.js' */

/**
 * The shortest piece that is hidden. Tokens shorter than this are test placeholders; hiding them
 * would mangle messages.
 */
const MIN_PIECE = 8;
/** The shortest header value and the shortest password that are hidden. */
const MIN_VALUE = 4;
/** Headers that say what the client is and accepts. Texts of HTTP are full of their words. */
const DESCRIPTIVE_HEADER = /^(accept(-\w+)?|cache-control|content-type|origin|user-agent)$/i;
/**
 * What separates the parts of a value: those of a cookie, of a list, of a scheme and its
 * credentials.
 */
const PART_SEPARATOR = /[\s,;=:"]+/;
const WORDS = /[\p{L}\p{N}]+/gu;
const IN_WORD = /[\p{L}\p{N}]/u;
/**
 * A long word, and at most one character of its neighbours: `e connection`, out of `the connection`
 * next to `realtime-connection`.
 */
const ONE_WORD = /^(?:[\p{L}\p{N}]?[^\p{L}\p{N}])?([a-z]{7,})(?:[^\p{L}\p{N}][\p{L}\p{N}]?)?$/u;
const PLAIN_WORD = /^[a-z]{7,12}$/;

const TOKEN = '[token]';
const HEADER = '[header]';
const PASSWORD = '[proxy password]';

/** @typedef {{ from: number, to: number, label: string }} Range what to hide */

/**
 * @typedef {object} Secret
 * @property {string} text normalised
 * @property {string} label what is shown instead
 * @property {boolean} inPieces whether pieces of the text are hidden, too
 */

class Secrets {
  #fixed;
  /** The words and addresses that are shown although a header contains them. */
  #readable;
  /** @type {readonly string[]} */
  #recent = [];
  /** The secrets of those tokens. @type {readonly Secret[]} */
  #tokens = [];

  /** @param {Pick<EngineConfig, 'url' | 'token' | 'headers' | 'proxy'>} config */
  constructor({ url, token, headers = {}, proxy }) {
    const names = Object.keys(headers).filter((name) => !DESCRIPTIVE_HEADER.test(name));
    const values = names.map((name) => headers[name]);
    this.#fixed = [
      ...ofTokens(token === undefined ? [] : [token]),
      ...ofHeader(proxy?.authorization ?? '', PASSWORD),
      ...values.flatMap((value) => ofHeader(value, HEADER)),
    ];
    const addresses = proxy === undefined ? [url] : [url, `${proxy.host}:${proxy.port}`];
    this.#readable = [...addresses.map(normalise), ...values.flatMap(plainWords)].join(' ');
  }

  /**
   * @param {string} text
   * @param {readonly string[]} recent tokens; a new array whenever they change
   */
  hideIn(text, recent) {
    if (recent !== this.#recent) {
      this.#recent = recent;
      this.#tokens = ofTokens(recent);
    }
    /** The label of each hidden character. @type {string[]} */
    const labels = [];
    for (const view of viewsOf(text)) {
      for (const { from, to, label } of this.#find(view.text)) {
        const [start, end] = view.place(from, to);
        for (let at = start; at < end; at += 1) labels[at] ??= label;
      }
    }
    return labels.length === 0 ? text : replace(text, labels);
  }

  /** The ranges to hide. @param {string} text normalised */
  #find(text) {
    const secrets = [...this.#tokens, ...this.#fixed];
    const pieces = findPieces(
      text,
      secrets.filter(({ inPieces }) => inPieces),
    );
    const words = secrets.filter(({ inPieces }) => !inPieces).flatMap((secret) => findWord(text, secret));
    return [...pieces, ...words].filter(
      ({ from, to, label }) => label !== HEADER || !this.#isReadable(text.slice(from, to)),
    );
  }

  /**
   * Whether a piece of a header may be a part of our own sentence.
   *
   * @param {string} piece normalised
   */
  #isReadable(piece) {
    const [, word] = ONE_WORD.exec(piece) ?? [];
    return this.#readable.includes(piece) || (word !== undefined && this.#readable.includes(word));
  }
}

/** @param {readonly string[]} tokens @returns {Secret[]} */
function ofTokens(tokens) {
  return tokens.filter((token) => token.length >= MIN_PIECE).flatMap((token) => secretsOf(token, TOKEN));
}

/**
 * The value of a header, and what it contains: the credentials after a scheme, and the password in
 * them.
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
  const secrets = texts.filter((text) => text.length >= MIN_VALUE).flatMap((text) => secretsOf(text, label));
  // For a password that is too short to be hidden by itself. The user name is not a secret.
  if (pair !== undefined && pair.length >= MIN_VALUE) secrets.push({ text: normalise(pair), label, inPieces: false });
  return secrets;
}

/**
 * A secret as it is, and in Base64.
 *
 * @param {string} text
 * @param {string} label
 * @returns {Secret[]}
 */
function secretsOf(text, label) {
  const inPieces = text.length >= MIN_PIECE;
  const forms = inPieces ? [text, ...base64Of(text)] : [text];
  return forms.map((form) => ({ text: normalise(form), label, inPieces }));
}

/**
 * What is in the Base64 of every text that contains this one: it begins at the first, second or
 * third of three bytes.
 *
 * @param {string} text
 */
function base64Of(text) {
  const bytes = utf8(text);
  return [0, 1, 2].map((before) => {
    const encoded = toBase64url(concat([new Uint8Array(before), bytes]));
    // A character of 6 bits may also hold bits of the neighbours.
    return encoded.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
  });
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
 * The plain words of a value: those in small letters that are one of several, such as the
 * `realtime` of `my-realtime`.
 *
 * @param {string} value
 */
function plainWords(value) {
  const parts = value.split(PART_SEPARATOR).map((part) => part.match(WORDS) ?? []);
  return parts.filter((words) => words.length > 1).flatMap((words) => words.filter((word) => PLAIN_WORD.test(word)));
}

/**
 * Finds all pieces of secrets, in a time that grows with the length of the text plus that of the
 * secrets.
 *
 * @param {string} text
 * @param {readonly Secret[]} secrets
 * @returns {Range[]}
 */
function findPieces(text, secrets) {
  /** Where each piece of the shortest length begins. @type {Map<string, number[]>} */
  const places = new Map();
  for (let at = 0; at + MIN_PIECE <= text.length; at += 1) {
    const piece = text.slice(at, at + MIN_PIECE);
    const known = places.get(piece);
    if (known === undefined) places.set(piece, [at]);
    else known.push(at);
  }
  /** The label of the piece that begins at each place. @type {string[]} */
  const begins = [];
  for (const secret of secrets) {
    for (let at = 0; at + MIN_PIECE <= secret.text.length; at += 1) {
      const piece = secret.text.slice(at, at + MIN_PIECE);
      for (const place of places.get(piece) ?? []) begins[place] = secret.label;
      places.delete(piece);
    }
  }
  /** @type {Range[]} */
  const found = [];
  begins.forEach((label, from) => {
    const last = found.at(-1);
    if (last?.label === label && from <= last.to) last.to = from + MIN_PIECE;
    else found.push({ from, to: from + MIN_PIECE, label });
  });
  return found;
}

/**
 * Finds a secret as a whole word.
 *
 * @param {string} text
 * @param {Secret} secret
 * @returns {Range[]}
 */
function findWord(text, { text: word, label }) {
  /** @type {Range[]} */
  const found = [];
  for (let from = text.indexOf(word); from >= 0; from = text.indexOf(word, from + 1)) {
    const to = from + word.length;
    if (!goesOn(text, from) && !goesOn(text, to)) found.push({ from, to, label });
  }
  return found;
}

/** Whether a word goes on at this place. @param {string} text @param {number} at */
function goesOn(text, at) {
  return IN_WORD.test(text.charAt(at - 1)) && IN_WORD.test(text.charAt(at));
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

export { Secrets };
