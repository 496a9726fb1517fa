'use strict';

/**
 * A text as it may have been meant: as it stands, and without its escapes. In each view, all ways to write a secret look alike:
 * the case of letters does not matter, nor which alphabet of base64 it is, nor whether a space is a plus sign.
 */

/** Escapes within escapes that are looked through, such as a percent-encoded text in JSON. */
const MAX_DEPTH = 3;
/** Percent-encoding; the escapes of JSON and JavaScript; those of HTML. */
const ESCAPE =
  /((?:%[0-9a-f]{2})+)|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\u\{([0-9a-f]{1,6})\}|&#x([0-9a-f]{1,6});|&#(\d{1,7});|&(amp|lt|gt|quot|apos);|\\(["'\\/])/gi;
/** @type {Record<string, string>} */
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_CODE_POINT = 0x10ffff;

/** The text in one form of many that are alike, and as long as it was. @param {string} text */
function searchable(text) {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).replace(/[ +_]/g, (c) => (c === '_' ? '/' : '-'));
}

class View {
  /** Searchable. */
  text;
  #text;
  #starts;
  #ends;

  /**
   * @param {string} text
   * @param {number[]} [starts] where each of its characters begins in the text that is viewed; by default it is that text
   * @param {number[]} [ends]
   */
  constructor(text, starts, ends) {
    this.text = searchable(text);
    this.#text = text;
    this.#starts = starts;
    this.#ends = ends;
  }

  /** The same places in the text that is viewed. @param {number} from @param {number} to @returns {[start: number, end: number]} */
  place(from, to) {
    return [this.#starts?.[from] ?? from, this.#ends?.[to - 1] ?? to];
  }

  /** The view without escapes, or undefined where there are none. */
  decoded() {
    let text = '';
    /** @type {number[]} */
    const starts = [];
    /** @type {number[]} */
    const ends = [];
    let done = 0;
    /** @param {string} characters @param {number} from @param {number} to */
    const add = (characters, from, to) => {
      const [start, end] = this.place(from, to);
      text += characters;
      for (let count = characters.length; count > 0; count -= 1) {
        starts.push(start);
        ends.push(end);
      }
    };
    /** @param {number} until */
    const copy = (until) => {
      for (; done < until; done += 1) add(this.#text[done], done, done + 1);
    };
    for (const match of this.#text.matchAll(ESCAPE)) {
      copy(match.index);
      done += match[0].length;
      add(unescaped(match), match.index, done);
    }
    if (done === 0) return undefined;
    copy(this.#text.length);
    return new View(text, starts, ends);
  }
}

/** @param {RegExpExecArray} match of an escape */
function unescaped([all, percent, unit, byte, braced, hex, decimal, entity, character]) {
  if (percent !== undefined) return percentDecoded(percent);
  if (entity !== undefined) return ENTITIES[entity.toLowerCase()];
  if (character !== undefined) return character;
  const code = decimal === undefined ? Number.parseInt(unit ?? byte ?? braced ?? hex, 16) : Number(decimal);
  return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : all;
}

/** Bytes that are not UTF-8, as they may be where a text was cut, are taken as Latin-1. @param {string} text */
function percentDecoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%(..)/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  }
}

/** All views of a text. @param {string} text @returns {View[]} */
function viewsOf(text) {
  const views = [new View(text)];
  for (let depth = 1; depth <= MAX_DEPTH; depth += 1) {
    const next = views[views.length - 1].decoded();
    if (next === undefined) break;
    views.push(next);
  }
  return views;
}

module.exports = { searchable, viewsOf };
