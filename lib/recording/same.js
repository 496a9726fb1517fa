/** Compares what a session returned with what JSON says. */

/**
 * Whether a value is what the JSON describes. A member that is undefined is absent, and bytes are
 * `{ "bytes": [...] }`.
 *
 * @param {unknown} actual
 * @param {unknown} expected parsed JSON; undefined: nothing
 * @returns {boolean}
 */
function isSame(actual, expected) {
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected)) return false;
  if (actual instanceof Uint8Array) return isSame([...actual], expected.bytes);
  if (Array.isArray(actual) !== Array.isArray(expected)) return false;
  const names = Object.keys(actual).filter((name) => actual[name] !== undefined);
  return (
    names.length === Object.keys(expected).length &&
    names.every((name) => Object.hasOwn(expected, name) && isSame(actual[name], expected[name]))
  );
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null;
}

/** A value as text for people, in the notation of the traces. @param {unknown} value */
function show(value) {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value, (_name, part) => (part instanceof Uint8Array ? { bytes: [...part] } : part));
}

export { isObject, isSame, show };
