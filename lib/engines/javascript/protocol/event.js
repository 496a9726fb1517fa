/** The envelope of an event: what every event has. */

/** @import { Event } from '../../engine.js' */

import { DecodeError } from './decode-error.js';
import { isObject, textOf } from './json.js';

/**
 * @param {unknown} value as `JSON.parse` returns it
 * @returns {Event} `value` itself; throws a {@link DecodeError}
 */
function readEvent(value) {
  if (!isObject(value)) throw badEvent('event must be an object');
  for (const name of NAMES)
    if (!textOf(value, name)) throw badEvent(`event: \`${name}\` must be a string that is not empty`);
  return /** @type {Event} */ (value);
}

const NAMES = ['id', 'topic'];

/** @param {string} message */
function badEvent(message) {
  return new DecodeError(message, 'INVALID_EVENT');
}

export { readEvent };
