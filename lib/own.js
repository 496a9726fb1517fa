/**
 * Reads members without Object.prototype. An object of a peer or a user may lack a member;
 * then the look-up must not find one that other code of the process has put into a prototype
 * (prototype pollution).
 */

/**
 * An own member of an object.
 *
 * @param {any} object may be anything
 * @param {string} name
 * @returns {any}
 */
function own(object, name) {
  return object !== undefined && object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * A member of an object or of its class, such as a method.
 *
 * @param {any} object may be anything
 * @param {string | symbol} name
 * @returns {any} undefined when only the last prototype has such a member
 */
function member(object, name) {
  if (typeof object !== 'object' || object === null) return undefined;
  for (let holder = object; holder !== null; holder = Object.getPrototypeOf(holder))
    if (Object.hasOwn(holder, name))
      return holder === object || Object.getPrototypeOf(holder) !== null ? object[name] : undefined;
  return undefined;
}

/**
 * A copy without a prototype: missing members read as undefined.
 *
 * @template {object} T
 * @param {T} members
 * @returns {T}
 */
function bare(members) {
  return Object.assign(Object.create(null), members);
}

/** Whether a value is an object of JSON. @param {unknown} value @returns {value is object} */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A member of a JSON object; undefined: no such member, or not an object of JSON.
 *
 * @param {any} object
 * @param {string} name
 * @returns {any}
 */
function memberOf(object, name) {
  return isObject(object) ? own(object, name) : undefined;
}

export { bare, isObject, member, memberOf, own };
