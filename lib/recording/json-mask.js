/**
 * Replaces what a JSON text says and keeps its form. It reads the text piece by piece and needs no
 * valid JSON: a frame that nobody can read is the one that a recording is looked at for.
 */

/** A string, a number, a word, or one other character. */
const PIECE = /"(?:[^"\\]|\\.)*"?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[\p{L}_][\p{L}\p{N}_]*|[\s\S]/gu;
const WORDS = /^(?:true|false|null)$/;

/**
 * Where a piece stands.
 *
 * @typedef {object} Place
 * @property {string[]} path the members around it, outermost first; elements of lists are numbers
 * @property {boolean} isKey
 */

/**
 * What replaces the pieces.
 *
 * @typedef {object} Rules
 * @property {(value: string, place: Place) => string} text
 * @property {(source: string, place: Place) => string} number
 */

/**
 * @param {string} json
 * @param {Rules} rules
 */
function maskJson(json, { text, number }) {
  /**
   * The open lists and objects: the key or index of what comes next.
   *
   * @type {{ isObject: boolean, at: string | number }[]}
   */
  const open = [];
  let isKey = false;
  const path = () => open.map(({ at }) => String(at));
  return json.replace(PIECE, (piece) => {
    const inner = open.at(-1);
    if (piece === '{' || piece === '[') {
      open.push({ isObject: piece === '{', at: piece === '{' ? '' : 0 });
      isKey = piece === '{';
    } else if (piece === '}' || piece === ']') {
      open.pop();
      isKey = false;
    } else if (piece === ',' && inner !== undefined) {
      if (inner.isObject) isKey = true;
      else inner.at = Number(inner.at) + 1;
    } else if (piece === ':') {
      isKey = false;
    } else if (piece[0] === '"') {
      const value = unquoted(piece);
      if (isKey && inner !== undefined) {
        const above = open.slice(0, -1).map(({ at }) => String(at));
        inner.at = value;
        return quoted(text(value, { path: above, isKey: true }));
      }
      return quoted(text(value, { path: path(), isKey: false }));
    } else if (/^-?\d/.test(piece)) {
      return number(piece, { path: path(), isKey: false });
    } else if (/^[\p{L}_]/u.test(piece) && !WORDS.test(piece)) {
      return text(piece, { path: path(), isKey: false });
    }
    return piece;
  });
}

/** @param {string} piece */
function unquoted(piece) {
  try {
    return String(JSON.parse(piece));
  } catch {
    return piece.slice(1);
  }
}

/** @param {string} value */
function quoted(value) {
  return JSON.stringify(value);
}

export { maskJson };
