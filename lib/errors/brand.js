/**
 * Marks the classes of errors, so that `instanceof` knows the errors of another copy of the
 * package: a program may hold it twice, once in a dependency, or once in a bundle.
 */

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
  prototype[MARK] = depth;
}

export { brand, MARK };
