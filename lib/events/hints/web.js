/** A page gets no hints, see `hints.d.ts`. */

/** @type {() => undefined} */
const createHints = () => undefined;

export { createHints };
