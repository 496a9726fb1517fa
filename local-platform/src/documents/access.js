/**
 * `platform.documents`: the documents in the same process. By value as over HTTP, but without
 * permissions.
 */

import { invalid } from '../error.js';
import { isDeeper } from '../json.js';
import { LIMITS } from '../vocabulary.js';

/** @import { LocalDocuments } from '../../index.js' */
/** @import { Documents } from './service.js' */

/** @param {Documents} documents @returns {LocalDocuments} */
export function createAccess(documents) {
  return {
    create: byValue((service, request) => documents.create(service, request)),
    get: byValue((service, id) => documents.get(service, id)),
    list: byValue((service, page) => documents.list(service, page)),
    replace: byValue((service, id, write) => documents.replace(service, id, write)),
    merge: byValue((service, id, write) => documents.merge(service, id, write)),
    mutate: byValue((service, id, write) => documents.mutate(service, id, write)),
    delete: byValue((service, id, options) => documents.delete(service, id, options)),
  };
}

/**
 * A function that copies its arguments and its result.
 *
 * @template {unknown[]} Arguments
 * @template Result
 * @param {(...given: Arguments) => Result} act
 * @returns {(...given: Arguments) => Result}
 */
function byValue(act) {
  return (...given) => copy(act(.../** @type {Arguments} */ (given.map(copy))));
}

/**
 * Copies by way of JSON. `structuredClone` would keep one object in two places as one object.
 *
 * @template T
 * @param {T} value
 * @returns {T}
 */
function copy(value) {
  if (value === undefined) return value;
  // This also refuses cycles. For less deep values the document service has more precise errors.
  if (isDeeper(value, LIMITS.dataDepth)) throw invalid(`Expected JSON that nests at most ${LIMITS.dataDepth} levels.`);
  return JSON.parse(JSON.stringify(value));
}
