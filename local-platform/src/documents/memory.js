/** Documents in memory: the default store, and the interface of every store. */

/** @import { LocalDocument } from '../../index.js' */

/**
 * @typedef {object} DocumentStore
 * @property {(service: string, id: string) => LocalDocument | undefined} get the document, also if
 *   it is deleted. Callers must not change it.
 * @property {(document: LocalDocument) => void} put replaces the previous revision
 * @property {(service: string, after?: string) => Iterable<LocalDocument>} list the documents of a
 *   service that are not deleted, ordered by the bytes of their IDs, starting behind `after`
 * @property {() => string[]} services the services that had a document, in order
 * @property {() => Iterable<LocalDocument>} expiring all documents that expire and are not deleted
 * @property {() => void} close
 */

/** @implements {DocumentStore} */
export class MemoryStore {
  /** By service and ID. @type {Map<string, Map<string, LocalDocument>>} */
  #services = new Map();
  /** The ordered IDs of a service, until one is added. @type {Map<string, string[]>} */
  #order = new Map();

  /** @param {string} service @param {string} id */
  get(service, id) {
    return this.#services.get(service)?.get(id);
  }

  /** @param {LocalDocument} document */
  put(document) {
    const { service, id } = document;
    const documents = this.#services.get(service) ?? new Map();
    this.#services.set(service, documents);
    if (!documents.has(id)) this.#order.delete(service);
    documents.set(id, document);
  }

  /** @param {string} service @returns {Generator<LocalDocument>} */
  *list(service, after = '') {
    const documents = this.#services.get(service) ?? new Map();
    const ids = this.#ordered(service, documents);
    for (let index = firstBehind(ids, after); index < ids.length; index++) {
      const document = documents.get(ids[index]);
      if (!document.deleted) yield document;
    }
  }

  services() {
    return [...this.#services.keys()].sort();
  }

  /** @returns {Generator<LocalDocument>} */
  *expiring() {
    for (const documents of this.#services.values()) {
      for (const document of documents.values()) {
        if (document.expiresAt !== undefined && !document.deleted) yield document;
      }
    }
  }

  close() {}

  /** @param {string} service @param {Map<string, LocalDocument>} documents */
  #ordered(service, documents) {
    const ids = this.#order.get(service) ?? [...documents.keys()].sort(compare);
    this.#order.set(service, ids);
    return ids;
  }
}

/**
 * The index of the first of the ordered IDs that is greater.
 *
 * @param {string[]} ids
 * @param {string} after
 */
function firstBehind(ids, after) {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(ids[middle], after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Compares by UTF-8; JavaScript compares by UTF-16. @param {string} one @param {string} other */
const compare = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));
