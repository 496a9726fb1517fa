/** The lines that differ between two values, as pretty JSON. */

/** Longer texts are shown without a comparison, which takes the product of their lengths. */
const MAX_LINES = 1_000;

/** @typedef {{ sign: ' ' | '-' | '+', text: string }} Line */

/** @param {unknown} before @param {unknown} after @returns {Line[]} */
export function diffLines(before, after) {
  const [old, now] = [linesOf(before), linesOf(after)];
  if (old.length > MAX_LINES || now.length > MAX_LINES) return now.map((text) => ({ sign: '+', text }));
  // The length of the longest common rest, from each pair of places on.
  const rest = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
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

/** @param {unknown} value @returns {string[]} */
const linesOf = (value) => (value === undefined ? [] : JSON.stringify(value, null, 2).split('\n'));
