/**
 * Views of a text, to search for secrets in: the text itself, and the text after each round of
 * decoding, without its invisible characters. All views ignore case, the difference between base64
 * and base64url, and the difference between a space and the plus sign of a form.
 */

/** How many layers of escapes are decoded, such as percent-encoding inside JSON. */
const MAX_DEPTH = 3;
/**
 * Percent-encoding, the escapes of JSON and JavaScript, and character references of HTML. The last
 * are the characters that show nothing, and their escapes: they may split a secret.
 */
const ESCAPE =
  /((?:%[0-9a-f]{2})+)|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\u\{([0-9a-f]{1,6})\}|&#x([0-9a-f]{1,6});|&#(\d{1,7});|&(amp|lt|gt|quot|apos);|\\(["'\\/])|[\p{Cc}\p{Cf}]+|\\[bfnrt]/giu;
/** @type {Record<string, string>} */
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_CODE_POINT = 0x10ffff;

/** Normalises a text without changing its length. @param {string} text */
function normalise(text) {
  return text.replace(/\p{Lu}/gu, lowerCase).replace(/[ +_]/g, (c) => (c === '_' ? '/' : '-'));
}

/** @param {string} letter */
function lowerCase(letter) {
  const lower = letter.toLowerCase();
  return lower.length === letter.length ? lower : letter;
}

class View {
  /** Normalised. */
  text;
  #text;
  #starts;
  #ends;

  /**
   * @param {string} text
   * @param {number[]} [starts] where each character begins in the original text; by default `text`
   *   is the original
   * @param {number[]} [ends]
   */
  constructor(text, starts, ends) {
    this.text = normalise(text);
    this.#text = text;
    this.#starts = starts;
    this.#ends = ends;
  }

  /**
   * Maps a range to the original text.
   *
   * @param {number} from
   * @param {number} to
   * @returns {[start: number, end: number]}
   */
  place(from, to) {
    return [this.#starts?.[from] ?? from, this.#ends?.[to - 1] ?? to];
  }

  /** Decodes one layer of escapes; undefined if there are none. */
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
  const digits = unit ?? byte ?? braced ?? hex;
  if (digits === undefined && decimal === undefined) return '';
  const code = decimal === undefined ? Number.parseInt(digits, 16) : Number(decimal);
  return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : all;
}

/** Falls back to Latin-1: a cut may have left half a character of UTF-8. @param {string} text */
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

export { normalise, viewsOf };
