/** Documents in memory: the default store, and the interface of every store. */

export class MemoryStore {
  /** @type {Map<string, Map<string, object>>} service to id to document */
  #services = new Map();
  /** @type {Map<string, string[]>} service to its ids in order, as long as none is added */
  #order = new Map();

  /** @returns {object | undefined} the document, also when it is deleted; never to be changed */
  get(service, id) {
    return this.#services.get(service)?.get(id);
  }

  /** Keeps this revision in place of the one before it. */
  put(document) {
    const { service, id } = document;
    if (!this.#services.has(service)) this.#services.set(service, new Map());
    const documents = this.#services.get(service);
    if (!documents.has(id)) this.#order.delete(service);
    documents.set(id, document);
  }

  /** The service's documents that are not deleted, ordered by the bytes of their ids, from behind `after` on. */
  *list(service, after = '') {
    const documents = this.#services.get(service) ?? new Map();
    const ids = this.#ordered(service, documents);
    for (let index = firstBehind(ids, after); index < ids.length; index++) {
      const document = documents.get(ids[index]);
      if (!document.deleted) yield document;
    }
  }

  /** All that are going to expire and are not deleted. */
  *expiring() {
    for (const documents of this.#services.values()) {
      for (const document of documents.values()) {
        if (document.expiresAt !== undefined && !document.deleted) yield document;
      }
    }
  }

  close() {}

  #ordered(service, documents) {
    if (!this.#order.has(service)) this.#order.set(service, [...documents.keys()].sort(compare));
    return this.#order.get(service);
  }
}

/** The index of the first of the ordered ids that is greater. */
function firstBehind(ids, after) {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(ids[middle], after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** By UTF-8, not by UTF-16 as JavaScript would. */
const compare = (one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other));
