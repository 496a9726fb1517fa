/**
 * Where a text stops being JSON: people who edit it by hand need the line, which the errors of
 * `JSON.parse` have only in some versions of Node, and only for some mistakes.
 */

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)(?!\w)/y;

/** @typedef {{ line: number, column: number, expected: string }} Place counted from 1 */

/** @param {string} text @returns {Place | undefined} undefined where the text is JSON */
export function findMistake(text) {
  let at = 0;
  const take = (/** @type {RegExp} */ pattern) => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const takeCharacter = (/** @type {string} */ character) => {
    const found = text[at] === character;
    if (found) at += 1;
    return found;
  };
  const stop = (/** @type {string} */ expected) => ({ ...placeOf(text, at), expected });
  /** The brackets that are open. @type {('}' | ']')[]} */
  const open = [];
  let needs = /** @type {'value' | 'first value' | 'name' | 'first name' | 'more'} */ ('value');
  for (;;) {
    take(SPACE);
    const end = open.at(-1);
    if (needs === 'more') {
      if (end === undefined) return at === text.length ? undefined : stop('the end of the text');
      if (takeCharacter(',')) needs = end === '}' ? 'name' : 'value';
      else if (takeCharacter(end)) open.pop();
      else return stop(`a comma or ${end}`);
    } else if (needs.startsWith('first') && end !== undefined && takeCharacter(end)) {
      open.pop();
      needs = 'more';
    } else if (needs.endsWith('name')) {
      if (!take(STRING)) return stop('a name in double quotes');
      take(SPACE);
      if (!takeCharacter(':')) return stop('a colon');
      needs = 'value';
    } else if (takeCharacter('{')) {
      open.push('}');
      needs = 'first name';
    } else if (takeCharacter('[')) {
      open.push(']');
      needs = 'first value';
    } else if (take(STRING) || take(SCALAR)) needs = 'more';
    else return stop('a value: an object, an array, a text in double quotes, a number, true, false or null');
  }
}

/** @param {string} text @param {number} offset @returns {{ line: number, column: number }} */
function placeOf(text, offset) {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
