/**
 * `platform.documents`: the documents in the same process. By value as over HTTP, but without
 * permissions.
 */

import { invalid } from '../error.js';
import { isDeeper } from '../json.js';
import { later } from '../later.js';
import { LIMITS } from '../vocabulary.js';

/** @import { LocalDocuments } from '../../index.js' */
/** @import { Eventual } from './memory.js' */
/** @import { Documents } from './service.js' */

/**
 * @param {Documents} documents
 * @returns {LocalDocuments} if the store is elsewhere, its methods return promises
 */
export function createAccess(documents) {
  /**
   * @type {{ [Name in keyof LocalDocuments]: (...given: Parameters<LocalDocuments[Name]>) =>
   *   Eventual<ReturnType<LocalDocuments[Name]>> }}
   */
  const access = {
    create: byValue((service, request) => documents.create(service, request)),
    get: byValue((service, id) => documents.get(service, id)),
    list: byValue((service, page) => documents.list(service, page)),
    replace: byValue((service, id, write) => documents.replace(service, id, write)),
    merge: byValue((service, id, write) => documents.merge(service, id, write)),
    mutate: byValue((service, id, write) => documents.mutate(service, id, write)),
    delete: byValue((service, id, options) => documents.delete(service, id, options)),
  };
  return /** @type {LocalDocuments} */ (access);
}

/**
 * A function that copies its arguments and its result.
 *
 * @template {unknown[]} Arguments
 * @template Result
 * @param {(...given: Arguments) => Eventual<Result>} act
 * @returns {(...given: Arguments) => Eventual<Result>}
 */
function byValue(act) {
  return (...given) => later(act(.../** @type {Arguments} */ (given.map(copy))), (result) => copy(result));
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
