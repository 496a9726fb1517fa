/** What differs between two values, as lines of their JSON with some context. */

/** Lines around a difference. */
const CONTEXT = 3;
/** A comparison takes the product of the lengths; longer texts are shown as replaced. */
const MAX_PRODUCT = 4_000_000;

/** @typedef {{ sign: ' ' | '-' | '+', text: string }} Line */

/**
 * The lines that differ, with their neighbours. `undefined` stands between two places.
 *
 * @param {unknown} before @param {unknown} after
 * @returns {(Line | undefined)[]}
 */
export function diffValues(before, after) {
  const lines = compare(linesOf(before), linesOf(after));
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  );
  return lines.flatMap((line, index) => {
    if (!isNear[index]) return [];
    const isPlace = index > 0 && !isNear[index - 1] && isNear.indexOf(true) < index;
    return isPlace ? [undefined, line] : [line];
  });
}

/** @param {unknown} value */
const linesOf = (value) => JSON.stringify(value, null, 2).split('\n');

/** @param {string[]} old @param {string[]} now @returns {Line[]} */
function compare(old, now) {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let tail = 0;
  const least = Math.min(old.length, now.length) - start;
  while (tail < least && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const same = (/** @type {string[]} */ lines) => lines.map((text) => ({ sign: /** @type {const} */ (' '), text }));
  return [
    ...same(old.slice(0, start)),
    ...replaced(old.slice(start, old.length - tail), now.slice(start, now.length - tail)),
    ...same(old.slice(old.length - tail)),
  ];
}

/** @param {string[]} old @param {string[]} now @returns {Line[]} */
function replaced(old, now) {
  if (old.length * now.length > MAX_PRODUCT) {
    return [
      ...old.map((text) => ({ sign: /** @type {const} */ ('-'), text })),
      ...now.map((text) => ({ sign: /** @type {const} */ ('+'), text })),
    ];
  }
  // The length of the longest common rest, from each pair of places on.
  const rest = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      rest[i][j] = old[i] === now[j] ? rest[i + 1][j + 1] + 1 : Math.max(rest[i + 1][j], rest[i][j + 1]);
    }
  }
  /** @type {Line[]} */
  const lines = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push({ sign: ' ', text: old[i] });
      i += 1;
      j += 1;
    } else if (j === now.length || (i < old.length && rest[i + 1][j] >= rest[i][j + 1])) {
      lines.push({ sign: '-', text: old[i] });
      i += 1;
    } else {
      lines.push({ sign: '+', text: now[j] });
      j += 1;
    }
  }
  return lines;
}
