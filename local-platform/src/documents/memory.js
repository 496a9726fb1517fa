/** Documents in memory: the default store, and the interface of every store. */

/** @import { LocalDocument, LocalEvent } from '../../index.js' */
/** @import { Answer } from './idempotency.js' */

/**
 * A new revision, with its event.
 *
 * @typedef {{ document: LocalDocument, event: LocalEvent, operation: 'created' | 'updated' |
 *   'deleted' }} Write
 */
/**
 * The new revisions of one document, in order, and what its caller gets: a document or a refusal.
 *
 * @typedef {{ writes: Write[], result?: LocalDocument, refusal?: unknown }} Change
 */
/** @typedef {(former: LocalDocument | undefined) => Change} Decide */
/**
 * Reports writes that are stored, and publishes their events. Of a platform that was killed, only
 * the events are known.
 *
 * @typedef {(writes: (Write | Pick<Write, 'event'>)[]) => void | Promise<void>} Announce
 */
/**
 * A store answers at once or, if it is elsewhere, later.
 *
 * @template T
 * @typedef {T | Promise<T>} Eventual
 */
/**
 * @typedef {object} DocumentStore
 * @property {(service: string, id: string) => Eventual<LocalDocument | undefined>} get the
 *   document, also if it is deleted. Callers must not change it.
 * @property {(service: string, id: string, decide: Decide, announce: Announce) => Eventual<Change>}
 *   change reads a document, stores what `decide` makes of it and announces that, before anybody
 *   else can change this document
 * @property {(service: string, after?: string) => Eventual<LocalDocument[]>} page the next
 *   documents of a service that are not deleted, ordered by the bytes of their IDs, starting behind
 *   `after`; none at the end
 * @property {() => Eventual<string[]>} services the services that had a document, in order
 * @property {() => Eventual<LocalDocument[]>} expiring documents that expire, soon or at any time,
 *   and are not deleted
 * @property {(name: string, act: () => Eventual<Answer>) => Promise<Answer>} [once] returns the
 *   answer that is remembered under this name, or remembers a new one; without it, the platform
 *   remembers them itself
 * @property {(watch: (documents: LocalDocument[]) => void, announce: Announce) => void} [sweep]
 *   looks for what other platforms have left, if there are any
 * @property {() => void | Promise<void>} close
 */

/** How many documents a page of the store has. */
const PAGE = 100;

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

  /**
   * @param {string} service
   * @param {string} id
   * @param {Decide} decide
   * @param {Announce} announce
   */
  change(service, id, decide, announce) {
    const change = decide(this.get(service, id));
    for (const write of change.writes) {
      this.#put(write.document);
      announce([write]);
    }
    return change;
  }

  /** @param {LocalDocument} document */
  #put(document) {
    const { service, id } = document;
    const documents = this.#services.get(service) ?? new Map();
    this.#services.set(service, documents);
    if (!documents.has(id)) this.#order.delete(service);
    documents.set(id, document);
  }

  /** @param {string} service */
  page(service, after = '') {
    const documents = this.#services.get(service) ?? new Map();
    const ids = this.#ordered(service, documents);
    /** @type {LocalDocument[]} */
    const page = [];
    for (let index = firstBehind(ids, after); index < ids.length && page.length < PAGE; index++) {
      const document = documents.get(ids[index]);
      if (!document.deleted) page.push(document);
    }
    return page;
  }

  services() {
    return [...this.#services.keys()].sort();
  }

  /** A new one is empty. @returns {LocalDocument[]} */
  expiring() {
    return [];
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
