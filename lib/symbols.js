'use strict';

/** The symbols of `using`. Node 20 adds them itself, but not to the realms of test runners. */

/** @type {typeof Symbol.dispose} */
exports.dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose');

/** @type {typeof Symbol.asyncDispose} */
exports.asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose');
