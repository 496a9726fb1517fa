/**
 * Names a class of errors, and marks its errors, so that `instanceof` knows those of another copy of
 * the package: a program may hold it twice, once in a dependency, or once in a bundle.
 */

import { member } from '../own.js';

/** @param {Function} Class @param {string} name */
function brand(Class, name) {
  // Registered, so that every copy and every realm has the same one.
  const mark = Symbol.for(`@smarterservices/realtime.${name}`);
  Object.defineProperties(Class.prototype, {
    name: { value: name, configurable: true, writable: true },
    [mark]: { value: true },
  });
  Object.defineProperty(Class, Symbol.hasInstance, {
    /** @this {Function} a class that extends this one inherits the method @param {unknown} value */
    value(value) {
      return this === Class ? member(value, mark) === true : Function.prototype[Symbol.hasInstance].call(this, value);
    },
  });
}

export { brand };
