/** JSON Pointers, https://www.rfc-editor.org/rfc/rfc6901: `''` is the whole document, `/a~1b/0` a place in it. */

import { invalid } from '../error.js';

/**
 * @param {unknown} text
 * @param {string} name where it was given, for the message
 * @returns {string[]} the keys from the root to the place
 */
export function parsePointer(text, name) {
  if (typeof text !== 'string') throw invalid(`${name}: expected a JSON Pointer, such as '/items/0'.`);
  if (text === '') return [];
  if (!text.startsWith('/')) throw invalid(`${name}: a JSON Pointer is empty or begins with '/'.`);
  if (/~(?![01])/.test(text)) throw invalid(`${name}: '~' is written '~0', and '/' within a key '~1'.`);
  const keys = text.slice(1).split('/');
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')); // in this order: `~01` is the key `~1`
}

/** The pointer to a member of what `parent` points to. */
export function childPointer(parent, key) {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
