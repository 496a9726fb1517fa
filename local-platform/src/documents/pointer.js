/**
 * JSON Pointers, https://www.rfc-editor.org/rfc/rfc6901: `''` is the whole document, `/a~1b/0` a
 * value in it.
 */

import { invalid } from '../error.js';

/**
 * @param {unknown} text
 * @param {string} name the argument to name in the error
 * @returns {string[]} the keys from the root to the target
 */
export function parsePointer(text, name) {
  if (typeof text !== 'string') throw invalid(`${name}: expected a JSON Pointer, such as '/items/0'.`);
  if (text === '') return [];
  if (!text.startsWith('/')) throw invalid(`${name}: a JSON Pointer is empty or begins with '/'.`);
  if (/~(?![01])/.test(text)) throw invalid(`${name}: write '~' as '~0', and '/' within a key as '~1'.`);
  const keys = text.slice(1).split('/');
  // The order matters: `~01` is the key `~1`.
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * The pointer to a member of the value at `parent`.
 *
 * @param {string} parent
 * @param {string | number} key
 */
export function childPointer(parent, key) {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
