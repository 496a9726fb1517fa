/** JSON of a value in which equal values have equal texts: the members are sorted. */

/** @param {unknown} value @returns {string} */
export function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

/** @type {WeakMap<unknown[], Set<string>>} */
const texts = new WeakMap();

/** The texts of a list's values, for a quick search. @param {unknown[]} list */
export function textsOf(list) {
  const known = texts.get(list) ?? new Set(list.map(canonical));
  texts.set(list, known);
  return known;
}
