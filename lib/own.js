'use strict';

/**
 * Reads members that belong to an object itself. What a peer sends and what a user passes may lack a member; then the lookup
 * must not go on to Object.prototype, where other code of the process may have put one (prototype pollution).
 */

/** @param {any} object may be anything @param {string} name @returns {any} undefined where it has no such member of its own */
function own(object, name) {
  return object !== undefined && object !== null && Object.hasOwn(object, name) ? object[name] : undefined;
}

exports.own = own;
