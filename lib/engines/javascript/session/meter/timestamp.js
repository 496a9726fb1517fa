/** Timestamps of the server, in Unix milliseconds. */

/** Numbers outside of these are in other units, or not the time: from 2001 to 5138. */
const FIRST = 1e12;
const LAST = 1e14;

/**
 * The timestamp in an object of the server; undefined: there is none.
 *
 * @param {unknown} object
 * @returns {number | undefined}
 */
function timestampIn(object) {
  const value = memberOf(object, 'timestamp');
  return typeof value === 'number' && value >= FIRST && value < LAST ? value : undefined;
}

/**
 * An own member of an object of the server; arrays have none.
 *
 * @param {any} object
 * @param {string} name
 * @returns {unknown}
 */
function memberOf(object, name) {
  const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  return isObject && Object.hasOwn(object, name) ? object[name] : undefined;
}

export { memberOf, timestampIn };
