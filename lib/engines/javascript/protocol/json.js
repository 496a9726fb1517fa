/**
 * JSON of a peer: one `JSON.parse`, and members read without prototypes.
 */

import { isObject, memberOf } from '../../../own.js';
import { DecodeError } from './decode-error.js';

/** The deepest nesting of arrays and objects within one value. */
const MAX_DEPTH = 1_024;
/** A value is nested in its event, and that in its packet. */
const MAX_PACKET_DEPTH = MAX_DEPTH + 2;

/**
 * @param {string} text
 * @returns {any}
 */
function parse(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DecodeError('invalid JSON');
  }
  if (isTooDeep(text, value, MAX_PACKET_DEPTH)) throw new DecodeError(`JSON nests deeper than ${MAX_DEPTH} levels`);
  return value;
}

/**
 * An argument of a packet; undefined: it cannot be read.
 *
 * @param {string} text
 * @returns {any}
 */
function parseInPacket(text) {
  try {
    const value = JSON.parse(text);
    return isTooDeep(text, value, MAX_PACKET_DEPTH - 1) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** @param {string} text @param {unknown} value what `text` says @param {number} levels */
function isTooDeep(text, value, levels) {
  // A level takes two characters.
  return text.length > 2 * levels && count(text) > levels && isDeeper(value, levels);
}

/**
 * A member of a JSON object, if it is a text.
 *
 * @param {unknown} object
 * @param {string} name
 * @returns {string | undefined}
 */
function textOf(object, name) {
  const text = memberOf(object, name);
  return typeof text === 'string' ? text : undefined;
}

/**
 * How many brackets a text opens at most; more than the bound are not counted.
 *
 * @param {string} text
 */
function count(text) {
  let brackets = 0;
  for (const bracket of '{[')
    for (let at = text.indexOf(bracket); at >= 0 && brackets <= MAX_PACKET_DEPTH; at = text.indexOf(bracket, at + 1))
      brackets += 1;
  return brackets;
}

/**
 * Whether a value nests deeper than this many levels.
 *
 * @param {any} value
 * @param {number} levels
 * @returns {boolean}
 */
function isDeeper(value, levels) {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

export { isObject, memberOf, parse, parseInPacket, textOf };
