/**
 * Reads a regular expression of JSON Schema: the syntax of JavaScript with the flag `u`. It refuses
 * what cannot be matched in linear time: back references and looking around.
 */

import { invalid } from '../../error.js';

/**
 * `set` matches one character, which `source` describes. `start`, `end`, `boundary` and `inside` match
 * a place.
 *
 * @typedef {{ kind: 'set', source: string } | { kind: 'start' | 'end' | 'boundary' | 'inside' }
 *   | { kind: 'sequence' | 'choice', parts: Node[] }
 *   | { kind: 'repeat', part: Node, least: number, most: number }} Node
 */

/** Tokens, each at the place where the last one ended. */
const ATOM =
  /\\(?:u\{[\da-f]+\}|u[d][89ab][\da-f]{2}\\u[d][c-f][\da-f]{2}|u[\da-f]{4}|x[\da-f]{2}|c[a-z]|p\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]|./isuy;
const GROUP = /\((?:\?(?:<[^=!][^>]*>|<?[=!]|[^<=!:)]*:))?/suy;
const QUANTIFIER = /(?:[*+?]|\{(\d+)(?:,(\d*))?\})\??/suy;
/** Beyond, the number of repetitions has no exact value. */
const MAX_COUNT = 1_000_000;
const MAX_DEPTH = 100;

/** @param {string} source @returns {Node} @throws {PlatformError} `ValidationError` */
export function parsePattern(source) {
  try {
    new RegExp(source, 'u');
  } catch (error) {
    throw invalid(`it is not a regular expression: ${/** @type {Error} */ (error).message}.`);
  }
  return new Parser(source).read();
}

/** The native parser has found the source to be valid. */
class Parser {
  #source;
  #at = 0;

  /** @param {string} source */
  constructor(source) {
    this.#source = source;
  }

  /** @returns {Node} */
  read() {
    return this.#choice(0);
  }

  /** @param {number} depth @returns {Node} */
  #choice(depth) {
    if (depth > MAX_DEPTH) throw invalid(`its groups nest deeper than ${MAX_DEPTH} levels.`);
    const parts = [this.#sequence(depth)];
    while (this.#next === '|') {
      this.#at += 1;
      parts.push(this.#sequence(depth));
    }
    return parts.length === 1 ? parts[0] : { kind: 'choice', parts };
  }

  /** @param {number} depth @returns {Node} */
  #sequence(depth) {
    /** @type {Node[]} */
    const parts = [];
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') {
      const part = this.#term(depth);
      const quantifier = this.#take(QUANTIFIER);
      parts.push(quantifier === undefined ? part : { kind: 'repeat', part, ...rangeOf(quantifier) });
    }
    return { kind: 'sequence', parts };
  }

  /** @param {number} depth @returns {Node} */
  #term(depth) {
    if (this.#next === '(') {
      const [group] = this.#take(GROUP) ?? [''];
      if (/^\(\?<?[=!]/.test(group)) throw invalid('it looks around, with (?= or the like, which takes too long.');
      if (/^\(\?[^:<]/.test(group)) throw invalid('it changes flags within, with (?i: or the like.');
      const part = this.#choice(depth + 1);
      this.#at += 1;
      return part;
    }
    const [atom] = this.#take(ATOM) ?? [''];
    if (/^\\[1-9k]/.test(atom)) throw invalid('it refers back to a group, with \\1 or the like, which takes too long.');
    if (atom === '^') return { kind: 'start' };
    if (atom === '$') return { kind: 'end' };
    if (atom === '\\b') return { kind: 'boundary' };
    if (atom === '\\B') return { kind: 'inside' };
    return { kind: 'set', source: atom };
  }

  get #next() {
    return this.#source[this.#at];
  }

  /** @param {RegExp} token */
  #take(token) {
    token.lastIndex = this.#at;
    const found = token.exec(this.#source);
    if (found) this.#at = token.lastIndex;
    return found ?? undefined;
  }
}

/** @param {RegExpExecArray} quantifier @returns {{ least: number, most: number }} */
function rangeOf([text, from, to]) {
  if (text[0] === '*') return { least: 0, most: Number.POSITIVE_INFINITY };
  if (text[0] === '+') return { least: 1, most: Number.POSITIVE_INFINITY };
  if (text[0] === '?') return { least: 0, most: 1 };
  const least = Math.min(Number(from), MAX_COUNT);
  if (to === undefined) return { least, most: least };
  return { least, most: to === '' ? Number.POSITIVE_INFINITY : Math.min(Number(to), MAX_COUNT) };
}
