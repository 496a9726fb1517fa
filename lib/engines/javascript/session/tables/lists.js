/** Lists under keys: a map without empty lists. */

/** @template K, V @param {Map<K, V[]>} lists @param {K} key @param {V} value */
function append(lists, key, value) {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** @template K, V @param {Map<K, V[]>} lists @param {K} key @param {V} value */
function remove(lists, key, value) {
  const others = lists.get(key)?.filter((other) => other !== value) ?? [];
  if (others.length > 0) lists.set(key, others);
  else lists.delete(key);
}

export { append, remove };
