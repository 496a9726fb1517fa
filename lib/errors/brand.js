/**
 * Marks the classes of errors, so that `instanceof` knows the errors of another copy of the package:
 * a program may hold it twice, once in a dependency, or once in a bundle.
 */

import { member } from '../own.js';

/** Registered, so that every copy and every realm has the same one. */
const MARK = Symbol.for('@smarterservices/realtime: error');

/**
 * Names a class and marks its errors.
 *
 * @param {Function} Class
 * @param {string} name
 * @param {number} depth 1 for the base class, 2 for the one that extends it
 */
function brand({ prototype }, name, depth) {
  Object.defineProperty(prototype, 'name', { value: name, configurable: true, writable: true });
  Object.defineProperty(prototype, MARK, { value: depth });
}

/**
 * Whether an error is of a class. One that a user derives has no mark of its own.
 *
 * @param {Function} Class
 * @param {unknown} value
 * @returns {boolean}
 */
function isOf({ prototype }, value) {
  return Object.hasOwn(prototype, MARK)
    ? member(value, MARK) >= prototype[MARK]
    : Object.prototype.isPrototypeOf.call(prototype, /** @type {object} */ (value));
}

export { brand, isOf };
