/** Timestamps of the server, in Unix milliseconds. */

import { own } from '../../../../own.js';

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
  const value = Array.isArray(object) ? undefined : own(object, 'timestamp');
  return typeof value === 'number' && value >= FIRST && value < LAST ? value : undefined;
}

export { timestampIn };
