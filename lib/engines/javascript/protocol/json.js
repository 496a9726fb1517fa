/**
 * JSON of a peer: one `JSON.parse`, and members read without prototypes.
 */

import { own } from '../../../own.js';
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
  // A level takes two characters.
  if (text.length > 2 * MAX_PACKET_DEPTH && count(text) > MAX_PACKET_DEPTH && depth(text) > MAX_PACKET_DEPTH)
    throw new DecodeError(`JSON nests deeper than ${MAX_DEPTH} levels`);
  return value;
}

/** @param {unknown} value @returns {value is object} */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A member of a JSON object; undefined: no such member, or not an object.
 *
 * @param {any} object
 * @param {string} name
 * @returns {any}
 */
function memberOf(object, name) {
  return isObject(object) ? own(object, name) : undefined;
}

/**
 * The same, if it is a text.
 *
 * @param {unknown} object
 * @param {string} name
 * @returns {string | undefined}
 */
function textOf(object, name) {
  const text = memberOf(object, name);
  return typeof text === 'string' ? text : undefined;
}

/** How many brackets a text opens at most; more than the bound are not counted. @param {string} text */
function count(text) {
  let brackets = 0;
  for (const bracket of '{[')
    for (let at = text.indexOf(bracket); at >= 0 && brackets <= MAX_PACKET_DEPTH; at = text.indexOf(bracket, at + 1))
      brackets += 1;
  return brackets;
}

/** The deepest nesting of a JSON text. @param {string} text */
function depth(text) {
  let deepest = 0;
  let open = 0;
  for (let at = 0; at < text.length; at += 1) {
    // `{` is `[` with another bit set, and `}` is `]` with it.
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      do at = text.indexOf('"', at + 1);
      while (isEscaped(text, at));
    } else if ((code & 0xdf) === 0x5b) deepest = Math.max(deepest, ++open);
    else if ((code & 0xdf) === 0x5d) open -= 1;
  }
  return deepest;
}

/** Whether an odd number of backslashes precedes a place. @param {string} text @param {number} at */
function isEscaped(text, at) {
  let start = at;
  while (text.charCodeAt(start - 1) === 0x5c) start -= 1;
  return (at - start) % 2 === 1;
}

export { isObject, memberOf, parse, textOf };
