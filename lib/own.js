'use strict';

/**
 * Reads members without Object.prototype. What a peer sends and what a user passes may lack a
 * member; then the lookup must not go on to where other code of the process may have put one
 * (prototype pollution).
 */

/** A member of an object's own. @param {any} object may be anything @param {string} name @returns {any} */
function own(object, name) {
  return object !== undefined && object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * A member of an object or of its class, such as a method.
 *
 * @param {any} object may be anything
 * @param {string | symbol} name
 * @returns {any} undefined where only the last prototype has one
 */
function member(object, name) {
  if (typeof object !== 'object' || object === null) return undefined;
  for (let holder = object; holder !== null; holder = Object.getPrototypeOf(holder))
    if (Object.hasOwn(holder, name))
      return holder === object || Object.getPrototypeOf(holder) !== null ? object[name] : undefined;
  return undefined;
}

/**
 * An object without a prototype, to be read as it is: members that are missing are undefined.
 *
 * @template {object} T
 * @param {T} members
 * @returns {T}
 */
function bare(members) {
  return Object.assign(Object.create(null), members);
}

module.exports = { bare, member, own };
