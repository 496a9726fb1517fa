'use strict';

/**
 * The secrets of one client, and how to hide them in a text: tokens, values of headers, the password of a proxy.
 *
 * A secret of 8 or more characters is hidden wherever 8 of its characters in a row appear, since texts are cut at either end. A
 * shorter one is hidden where it stands by itself.
 */

const { isOrdinary, isWordAt, wordsOf } = require('./ordinary.js');
const { searchable, viewsOf } = require('./views.js');

/** @import { EngineConfig } from './engine.js' */

/** The shortest piece that is hidden. A shorter token is a placeholder of a test: hiding it would mangle texts. */
const MIN_PIECE = 8;
/** The shortest value of a header, and the shortest password, that is hidden. */
const MIN_VALUE = 4;
/** 8 characters in a row hold 4 that begin at a multiple of 5. */
const PROBE = 4;
const PROBE_STEP = 5;

const TOKEN = '[token]';
const HEADER = '[header]';
const PASSWORD = '[proxy password]';

/**
 * @typedef {object} Secret
 * @property {string} text searchable
 * @property {string} label what is shown in its place
 * @property {boolean} inPieces whether pieces of it are hidden, too
 */

class Secrets {
  #fixed;
  /** The words of the addresses that the client connects to. */
  #addresses;
  /** @type {readonly string[]} */
  #recent = [];
  /** Of the recent tokens. @type {readonly Secret[]} */
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

  /** @param {string} text @param {readonly string[]} recent tokens; another array where they have changed */
  hideIn(text, recent) {
    if (recent !== this.#recent) {
      this.#recent = recent;
      this.#tokens = ofTokens(recent);
    }
    /** For each character that is hidden, what to show in its place. @type {string[]} */
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

  /** Where to hide something of a secret. @param {string} text searchable @param {Secret} secret */
  #find(text, secret) {
    const found = secret.inPieces ? findPieces(text, secret.text) : findWhole(text, secret.text);
    return found.filter(([from, to]) => {
      const mustHide = secret.label !== HEADER && to - from === secret.text.length;
      return mustHide || !isOrdinary(text, from, to, this.#addresses);
    });
  }
}

/** @param {readonly string[]} tokens @returns {Secret[]} */
function ofTokens(tokens) {
  return tokens.filter((token) => token.length >= MIN_PIECE).map((token) => secretOf(token, TOKEN));
}

/**
 * The value of a header, and what it holds: the credentials behind a scheme, and the password of a user.
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
  // Where the password is too short to be hidden by itself. The name of the user is no secret.
  if (pair !== undefined && pair.length >= MIN_VALUE) secrets.push({ ...secretOf(pair, label), inPieces: false });
  return secrets;
}

/** @param {string} text @param {string} label @returns {Secret} */
function secretOf(text, label) {
  return { text: searchable(text), label, inPieces: text.length >= MIN_PIECE };
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
 * Where pieces of a secret are. All that is searched for are the few characters that each piece holds; where they are found, the
 * piece is made as long as it can be.
 *
 * @param {string} text
 * @param {string} secret
 * @returns {[from: number, to: number][]}
 */
function findPieces(text, secret) {
  /** @type {[from: number, to: number][]} */
  const found = [];
  for (let at = 0; at + PROBE <= secret.length; at += PROBE_STEP) {
    const probe = secret.slice(at, at + PROBE);
    let from = text.indexOf(probe);
    while (from >= 0) {
      let before = 0;
      while (before < at && before < from && text[from - before - 1] === secret[at - before - 1]) before += 1;
      let after = PROBE;
      while (from + after < text.length && text[from + after] === secret[at + after]) after += 1;
      const isPiece = before + after >= MIN_PIECE;
      if (isPiece) found.push([from - before, from + after]);
      from = text.indexOf(probe, from + (isPiece ? after : 1));
    }
  }
  return found;
}

/**
 * Where a secret stands by itself.
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
