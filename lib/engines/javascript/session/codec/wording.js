/**
 * Whether a text is about the token, by its words alone: their case and the separators between them
 * do not matter.
 */

import {
  AUTH_LOOKALIKE_PHRASE,
  AUTH_LOOKALIKES,
  AUTH_PHRASES,
  AUTH_STEMS,
  STATUS,
  TROUBLE,
} from '../../protocol/vocabulary.js';

/** How much of a text is searched for words. */
const MAX_JUDGED = 1024;
/** The last character of a word, where the next word follows without a separator. */
const WORD_END =
  /\p{Lowercase}(?=\p{Uppercase})|\p{Uppercase}(?=\p{Uppercase}\p{Lowercase})|\p{N}(?=\P{N})|\P{N}(?=\p{N})/gu;

/**
 * Whether a text is about the token; undefined: the text does not say.
 *
 * @param {string} text
 * @returns {boolean | undefined}
 */
function judge(text) {
  const parts = words(text);
  const verdict = statusIn(parts);
  if (verdict !== undefined) return verdict;
  if (parts.some((word) => TROUBLE.test(word))) return false;
  const sentence = ` ${parts.join(' ')} `;
  const isAuth =
    sentence.replaceAll(AUTH_LOOKALIKE_PHRASE, '').split(' ').some(isAuthWord) || AUTH_PHRASES.test(sentence);
  return isAuth || undefined;
}

/** @param {string} word */
function isAuthWord(word) {
  // Among the words with `author`, these are about permissions.
  const stem = word.replace(/authori[zs]/g, 'auth');
  return AUTH_STEMS.test(stem) && !AUTH_LOOKALIKES.test(stem);
}

/**
 * Whether an HTTP status among these words is about the token. A status is the first word, or
 * follows a word that announces one.
 *
 * @param {string[]} parts
 * @returns {boolean | undefined}
 */
function statusIn(parts) {
  for (const [at, word] of parts.entries()) {
    const status = at === 0 || STATUS.includes(parts[at - 1]) ? Number(/^\d+$/.exec(word)) : 0;
    // Servers use 400 for any reason, including a wrong token.
    if (status > 400 && status < 600) return status === 401 || status === 403;
  }
  return undefined;
}

/**
 * The words of a text in lower case: `TokenExpiredError`, `token_expired` and `TOKEN-EXPIRED` begin
 * with the same two words.
 *
 * @param {string} text
 */
function words(text) {
  const separated = text.slice(0, MAX_JUDGED).replace(WORD_END, '$& ');
  return separated.toLowerCase().match(/[\p{Alphabetic}\p{N}]+/gu) ?? [];
}

export { judge, statusIn, words };
