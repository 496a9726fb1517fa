'use strict';

/**
 * Text of a peer in one line that can be logged: it moves no cursor, adds no line, and reads in the order in which it is stored.
 */

/**
 * Control characters, separators of lines and paragraphs, halves of surrogate pairs, and marks that are invisible or turn the
 * direction of the text. Joiners stay: emoji and several scripts need them.
 */
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
