/**
 * The document service: checks writes, assigns revisions, and publishes events. The store runs the
 * writes of a document one after the other, each with its event, so revisions and their events have
 * the same order. With documents in memory or in a file, everything happens at once; a store that
 * is elsewhere answers later.
 */

import { randomUUID } from 'node:crypto';
import { completeEvent } from '../broker/event.js';
import { invalid, PlatformError } from '../error.js';
import { requireJson } from '../json.js';
import { later } from '../later.js';
import { traceOf } from '../trace.js';
import { DOCUMENT_EVENTS, LIMITS } from '../vocabulary.js';
import { diff } from './diff.js';
import { Expiry } from './expiry.js';
import { merge } from './merge.js';
import { applyMutations } from './mutations.js';
import { pageOf } from './page.js';

/** @import { LocalDocument, LocalEvent } from '../../index.js' */
/** @import { Activity } from '../activity.js' */
/** @import { Announce, Decide, DocumentStore, Eventual, Write } from './memory.js' */

/**
 * What a peer sent: its members can have any type. @typedef {{ expectedRevision?: unknown,
 * expiresAt?: unknown, metadata?: unknown }} Conditions
 */

/**
 * Where the events of writes go. `checkPayload` throws for an event that would be refused;
 * `releaseInOrder` resolves when the next event of the document can follow.
 *
 * @typedef {object} Events
 * @property {(event: LocalEvent) => void | Promise<void>} releaseInOrder
 * @property {(event: { topic: string, payload: object }) => void} checkPayload
 */

export class Documents {
  store;
  #events;
  #activity;
  #maxPayload;
  // A store that is away is asked again by the next reader.
  #expiry = new Expiry((service, id) => later(this.#find(service, id), undefined, () => undefined));

  /**
   * @param {DocumentStore} store
   * @param {Events} events
   * @param {Activity} activity
   * @param {{ maxPayload: number }} options the limit of a body is the limit of a document as well
   */
  constructor(store, events, activity, { maxPayload }) {
    this.store = store;
    this.#events = events;
    this.#activity = activity;
    this.#maxPayload = maxPayload;
    const watch = (/** @type {LocalDocument[]} */ documents) => {
      for (const document of documents) this.#expiry.observe(document);
    };
    later(store.expiring(), watch, () => undefined);
    store.sweep?.(watch, (writes) => this.#announce(writes));
  }

  /**
   * @param {string} service
   * @param {{ id?: unknown, data?: unknown, expiresAt?: unknown, metadata?: unknown }} request
   */
  create(service, { id = `doc_${randomUUID()}`, data, expiresAt, metadata }) {
    requireService(service);
    requireId(id);
    requireJson(data, 'data');
    return this.#change(service, id, (former) => {
      if (former && !former.deleted) {
        throw new PlatformError('AlreadyExistsError', `Document '${id}' already exists in '${service}'.`);
      }
      const revision = (former?.revision ?? 0) + 1;
      const now = Date.now();
      const document = { service, id, revision, data, createdAt: now, updatedAt: now, ...parseExpiry(expiresAt) };
      return this.#write(undefined, document, traceOf({ metadata }));
    });
  }

  /** @param {string} service @param {string} id */
  get(service, id) {
    return later(this.#find(service, id), (document) => requireDocument(document, service, id));
  }

  services() {
    return this.store.services();
  }

  /** @param {string} service @param {{ limit?: number, cursor?: unknown }} [page] */
  list(service, { limit, cursor } = {}) {
    return pageOf((after) => this.store.page(service, after), {
      limit,
      cursor,
      accepts: (document) => !isExpired(document),
    });
  }

  /** @param {string} service @param {string} id @param {{ data?: unknown } & Conditions} write */
  replace(service, id, { data, ...conditions }) {
    requireJson(data, 'data');
    return this.#update(service, id, conditions, () => data);
  }

  /** @param {string} service @param {string} id @param {{ data?: unknown } & Conditions} write */
  merge(service, id, { data, ...conditions }) {
    requireJson(data, 'data');
    return this.#update(service, id, conditions, (former) => merge(former, data));
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {{ mutations?: unknown } & Conditions} write
   */
  mutate(service, id, { mutations, ...conditions }) {
    return this.#update(service, id, conditions, (former) => applyMutations(former, mutations));
  }

  /**
   * Marks a document as deleted. The store keeps it, so that a new document with the same ID
   * continues its revisions.
   *
   * @param {string} service
   * @param {string} id
   * @param {{ expectedRevision?: unknown }} [conditions]
   */
  delete(service, id, { expectedRevision } = {}) {
    requireRevision(expectedRevision);
    return this.#change(service, id, (former) => {
      const document = this.#expect(former, service, id, expectedRevision);
      this.#check(DOCUMENT_EVENTS.deleted, { service, id });
      return this.#delete(document);
    });
  }

  close() {
    this.#expiry.close();
    return this.store.close();
  }

  /**
   * Reads the store. A document that has expired by now is deleted first.
   *
   * @param {string} service
   * @param {string} id
   * @returns {Eventual<LocalDocument | undefined>}
   */
  #find(service, id) {
    return later(this.store.get(service, id), (document) => {
      if (!document || document.deleted || !isExpired(document)) return document;
      return this.#changeOrExpire(service, id, () => undefined);
    });
  }

  /**
   * Changes a document, or refuses to. One that has expired by now is deleted first.
   *
   * @param {string} service
   * @param {string} id
   * @param {(former: LocalDocument | undefined) => Write} decide
   * @returns {Eventual<LocalDocument>}
   */
  #change(service, id, decide) {
    return later(this.#changeOrExpire(service, id, decide), (document) => /** @type {LocalDocument} */ (document));
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {(former: LocalDocument | undefined) => Write | undefined} decide `undefined`: no change
   */
  #changeOrExpire(service, id, decide) {
    /** @type {Decide} */
    const decideAll = (stored) => {
      const isOver = stored && !stored.deleted && isExpired(stored);
      const expired = isOver ? this.#delete(stored) : undefined;
      const former = expired?.document ?? stored;
      const writes = expired ? [expired] : [];
      try {
        const write = decide(former);
        return { writes: write ? [...writes, write] : writes, result: write?.document ?? former };
      } catch (refusal) {
        return { writes, refusal };
      }
    };
    const change = this.store.change(service, id, decideAll, (writes) => this.#announce(writes));
    return later(change, ({ result, refusal }) => {
      if (refusal) throw refusal;
      return result;
    });
  }

  /**
   * @param {LocalDocument | undefined} former
   * @param {string} service
   * @param {string} id
   * @param {unknown} expectedRevision
   */
  #expect(former, service, id, expectedRevision) {
    const document = requireDocument(former, service, id);
    const { revision } = document;
    if (expectedRevision === undefined || expectedRevision === revision) return document;
    const message = `Document '${id}' is at revision ${revision}, not ${expectedRevision}: read it and try again.`;
    throw new PlatformError('ConflictError', message, { currentRevision: revision, document });
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {Conditions} conditions
   * @param {(data: unknown) => unknown} change
   */
  #update(service, id, { expectedRevision, expiresAt, metadata }, change) {
    requireRevision(expectedRevision);
    return this.#change(service, id, (stored) => {
      const former = this.#expect(stored, service, id, expectedRevision);
      const revision = former.revision + 1;
      const data = change(former.data);
      const document = { ...former, revision, data, updatedAt: Date.now(), ...parseExpiry(expiresAt) };
      return this.#write(former, document, traceOf({ metadata }));
    });
  }

  /**
   * A new revision, with its event.
   *
   * @param {LocalDocument | undefined} former
   * @param {LocalDocument} document
   * @param {ReturnType<typeof traceOf>} trace
   * @returns {Write}
   */
  #write(former, document, trace) {
    const { service, id, revision, data, updatedAt } = document;
    if (Buffer.byteLength(JSON.stringify(data)) > this.#maxPayload) {
      throw new PlatformError('PayloadTooLargeError', 'The document would be longer than maxPayload.');
    }
    const payload = { service, id, data, diff: diff(former?.data, data) };
    this.#check(DOCUMENT_EVENTS.updated, payload);
    const event = compose(DOCUMENT_EVENTS.updated, payload, { timestamp: updatedAt, revision, ...trace });
    return { document, event, operation: former === undefined ? 'created' : 'updated' };
  }

  /** @param {LocalDocument} former @returns {Write} */
  #delete(former) {
    /** @type {LocalDocument} */
    const document = { ...former, revision: former.revision + 1, updatedAt: Date.now(), deleted: true };
    const { service, id, revision, updatedAt } = document;
    const event = compose(DOCUMENT_EVENTS.deleted, { service, id }, { timestamp: updatedAt, revision });
    return { document, event, operation: 'deleted' };
  }

  /** @type {Announce} */
  #announce(writes) {
    let published = /** @type {void | Promise<void>} */ (undefined);
    for (const write of writes) {
      if ('document' in write) this.#report(write);
      try {
        published = this.#events.releaseInOrder(write.event);
      } catch (error) {
        // A document expires whatever the schema of the event says; the platform counts the event.
        if (!(error instanceof PlatformError)) throw error;
      }
    }
    // The events of a process have one order: the last one is the last to arrive.
    return published;
  }

  /**
   * Refuses a write whose event would be refused, before anything is kept.
   *
   * @param {{ topic: (service: string) => string }} event
   * @param {{ service: string, [member: string]: unknown }} payload
   */
  #check({ topic }, payload) {
    this.#events.checkPayload({ topic: topic(payload.service), payload });
  }

  /** @param {Write} write */
  #report({ document, event, operation }) {
    this.#expiry.observe(document);
    if (!this.#activity.isWatched) return;
    const change = operation === 'deleted' ? {} : { diff: event.payload.diff };
    this.#activity.report({ type: 'document', operation, document, ...change });
  }
}

/**
 * @param {{ topic: (service: string) => string, type: string }} event
 * @param {{ service: string, id: string, data?: unknown, diff?: unknown }} payload
 * @param {{ timestamp: number, revision: number }} metadata
 */
const compose = ({ topic, type }, payload, metadata) =>
  completeEvent({ topic: topic(payload.service), source: 'sync', type, payload, metadata });

/** @param {unknown} expectedRevision */
function requireRevision(expectedRevision) {
  if (expectedRevision !== undefined && !(Number.isSafeInteger(expectedRevision) && Number(expectedRevision) >= 0)) {
    throw invalid('expectedRevision: expected a whole number.');
  }
}

/** @param {LocalDocument | undefined} document @param {string} service @param {string} id */
function requireDocument(document, service, id) {
  if (document && !document.deleted) return document;
  throw new PlatformError('NotFoundError', `No document '${id}' in '${service}'.`);
}

/** @param {LocalDocument} document */
const isExpired = ({ expiresAt }) => expiresAt !== undefined && expiresAt <= Date.now();

/** @param {unknown} service @returns {asserts service is string} */
function requireService(service) {
  const { nameLength } = LIMITS;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!isName(service) || /[\u0000-\u001f\u007f]/.test(service)) {
    throw invalid(`service: expected 1 to ${nameLength} characters without control characters.`);
  }
}

/** @param {unknown} id @returns {asserts id is string} */
function requireId(id) {
  if (!isName(id)) throw invalid(`id: expected 1 to ${LIMITS.nameLength} characters of valid Unicode.`);
}

/** @param {unknown} text @returns {text is string} */
const isName = (text) =>
  typeof text === 'string' && text !== '' && text.length <= LIMITS.nameLength && text.isWellFormed();

/** @param {unknown} expiresAt @returns {{ expiresAt?: number }} */
function parseExpiry(expiresAt) {
  if (expiresAt === undefined) return {};
  if (!Number.isSafeInteger(expiresAt)) throw invalid('expiresAt: expected whole milliseconds since 1970.');
  return { expiresAt: Number(expiresAt) };
}
