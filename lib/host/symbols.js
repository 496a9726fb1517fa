'use strict';

/** The symbols of `using`. Node 20 has them, but the realms of test runners lack them. */

/** @type {typeof Symbol.dispose} */
exports.dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose');

/** @type {typeof Symbol.asyncDispose} */
exports.asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose');
