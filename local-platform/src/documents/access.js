/** The documents for the platform's user, in the same process: by value, as over the wire, but without permissions. */

const METHODS = ['create', 'get', 'list', 'replace', 'merge', 'mutate', 'delete'];

/** @param {import('./service.js').Documents} documents */
export function createAccess(documents) {
  const byValue = (method) => [method, (...given) => copy(documents[method](...given.map(copy)))];
  return Object.fromEntries(METHODS.map(byValue));
}

/** By JSON, not by `structuredClone`: one object in two places becomes two. */
const copy = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
