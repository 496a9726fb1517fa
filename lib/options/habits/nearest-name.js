/** Finds the name that a misspelled one was meant to be. */

/**
 * @param {string} name
 * @param {readonly string[]} known
 * @returns {string | undefined} undefined when no name is similar
 */
function nearestName(name, known) {
  const lower = name.toLowerCase();
  const candidates = known.map((candidate) => ({
    candidate,
    distance: editDistance(lower, candidate.toLowerCase()),
  }));
  const best = candidates.reduce((a, b) => (b.distance < a.distance ? b : a));
  if (best.distance <= Math.max(1, Math.floor(lower.length / 3))) return best.candidate;
  // 'timeout' means 'connectTimeout', 'extraHeaders' means 'headers'.
  return known.find(
    (each) => lower.endsWith(each.toLowerCase()) || (lower.length > 3 && each.toLowerCase().endsWith(lower)),
  );
}

/**
 * How many characters to insert, delete or replace (Levenshtein).
 *
 * @param {string} from
 * @param {string} to
 */
function editDistance(from, to) {
  if (Math.abs(from.length - to.length) > 8) return Infinity;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[to.length];
}

export { nearestName };
