/** Symbols. Node 20 has those of `using`, but the realms of test runners lack them. */

/** @type {typeof Symbol.dispose} */
export const dispose = Symbol.dispose ?? Symbol.for('nodejs.dispose');

/** @type {typeof Symbol.asyncDispose} */
export const asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose');

/** Under which Node's `console.log` finds what it shows of an object. */
export const inspectCustom = Symbol.for('nodejs.util.inspect.custom');

/**
 * Under which an event whose payload a schema has made has the event as the server sent it: filters
 * compare that one.
 */
export const sent = Symbol.for('@smarterservices/realtime: sent');
