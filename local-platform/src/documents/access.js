/** The documents for the platform's user, in the same process: by value, as over the wire, but without permissions. */

import { invalid } from '../error.js';
import { isDeeper } from '../json.js';
import { LIMITS } from '../vocabulary.js';

const METHODS = ['create', 'get', 'list', 'replace', 'merge', 'mutate', 'delete'];

/** @param {import('./service.js').Documents} documents */
export function createAccess(documents) {
  const byValue = (method) => [method, (...given) => copy(documents[method](...given.map(copy)))];
  return Object.fromEntries(METHODS.map(byValue));
}

/** By JSON, not by `structuredClone`: one object in two places becomes two. */
function copy(value) {
  if (value === undefined) return undefined;
  // A cycle is deep, too. What is less deep gets a more exact answer from the document service.
  if (isDeeper(value, LIMITS.dataDepth)) throw invalid(`Expected JSON that nests at most ${LIMITS.dataDepth} levels.`);
  return JSON.parse(JSON.stringify(value));
}
