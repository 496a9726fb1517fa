/** Expectations in plain JavaScript, because the cases run where there is no `node:assert`. */

/** A value as text, with the members of every object in the order of their names. */
function textOf(value) {
  return JSON.stringify(value, function plain(key, member) {
    // A Buffer has become an object by now.
    const { [key]: original } = this;
    if (ArrayBuffer.isView(original))
      return [...new Uint8Array(original.buffer, original.byteOffset, original.byteLength)];
    if (member === undefined) return 'undefined';
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}

/** @param {string} what */
export function equal(actual, expected, what = 'value') {
  const [found, wanted] = [textOf(actual), textOf(expected)];
  if (found !== wanted) throw new Error(`${what}: expected ${wanted}, found ${found}`);
}

/** @param {unknown} condition @param {string} what */
export function ok(condition, what) {
  if (!condition) throw new Error(`not so: ${what}`);
}

/** The error of a promise or of a function, which must fail. */
export async function errorOf(promiseOrFunction, what = 'call') {
  try {
    await (typeof promiseOrFunction === 'function' ? promiseOrFunction() : promiseOrFunction);
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: expected an error`);
}
