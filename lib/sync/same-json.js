/**
 * Whether two JSON values are the same, whatever the order of their members.
 *
 * @param {any} a
 * @param {any} b
 * @returns {boolean}
 */
function sameJson(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

export { sameJson };
