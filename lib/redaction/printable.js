/**
 * Escapes what a peer could forge a log with: control characters, line separators, invisible and
 * bidirectional marks.
 */

/**
 * In this order: controls, marks, separators, lone surrogates, more marks. Joiners stay: emoji need
 * them. Ranges are compiled in no time, unlike `\p{Cc}`.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]/gu;
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

export { printable };
