/** The codec of the plain protocol, which is there from the start on Node. */

export { plain } from '../plain.js';

/** @type {<Endpoint>(endpoint: Endpoint) => Endpoint} */
export const loadingPlain = (endpoint) => endpoint;
