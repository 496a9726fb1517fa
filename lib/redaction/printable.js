'use strict';

/** Escapes what a peer could forge a log with: control characters, line separators, invisible and bidirectional marks. */

/** The classes are controls, line separators, paragraph separators and lone surrogates. Joiners stay: emoji need them. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
/** @type {Record<string, string>} */
const SHORT = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @param {string} text */
function printable(text) {
  return text.replace(UNPRINTABLE, escaped);
}

/** @param {string} character */
function escaped(character) {
  return SHORT[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

exports.printable = printable;
