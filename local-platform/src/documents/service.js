/**
 * The document service: checks writes, assigns revisions, and publishes events. Each write runs
 * synchronously, so revisions and their events have the same order.
 */

import { randomUUID } from 'node:crypto';
import { invalid, PlatformError } from '../error.js';
import { requireJson } from '../json.js';
import { traceOf } from '../trace.js';
import { DOCUMENT_EVENTS, LIMITS } from '../vocabulary.js';
import { diff } from './diff.js';
import { Expiry } from './expiry.js';
import { merge } from './merge.js';
import { applyMutations } from './mutations.js';
import { pageOf } from './page.js';

/** @import { LocalDocument, PartialEvent } from '../../index.js' */
/** @import { Activity } from '../activity.js' */
/** @import { DocumentStore } from './memory.js' */

/**
 * What a peer sent: its members can have any type. @typedef {{ expectedRevision?: unknown,
 * expiresAt?: unknown, metadata?: unknown }} Conditions
 */

/**
 * Where the events of writes go. `checkPayload` throws for an event that would be refused.
 *
 * @typedef {{ publish: (event: PartialEvent) => void, checkPayload: (event: { topic: string, payload: object }) => void }} Events
 */

export class Documents {
  #store;
  #events;
  #activity;
  #maxPayload;
  #expiry = new Expiry((service, id) => this.#find(service, id));

  /**
   * @param {DocumentStore} store
   * @param {Events} events
   * @param {Activity} activity
   * @param {{ maxPayload: number }} options the limit of a body is the limit of a document as well
   */
  constructor(store, events, activity, { maxPayload }) {
    this.#store = store;
    this.#events = events;
    this.#activity = activity;
    this.#maxPayload = maxPayload;
    for (const document of [...store.expiring()]) this.#expiry.observe(document);
  }

  /**
   * @param {string} service
   * @param {{ id?: unknown, data?: unknown, expiresAt?: unknown, metadata?: unknown }} request
   */
  create(service, { id = `doc_${randomUUID()}`, data, expiresAt, metadata }) {
    requireService(service);
    requireId(id);
    requireJson(data, 'data');
    const former = this.#find(service, id);
    if (former && !former.deleted) {
      throw new PlatformError('AlreadyExistsError', `Document '${id}' already exists in '${service}'.`);
    }
    const revision = (former?.revision ?? 0) + 1;
    const now = Date.now();
    const document = { service, id, revision, data, createdAt: now, updatedAt: now, ...parseExpiry(expiresAt) };
    return this.#write(undefined, document, traceOf({ metadata }));
  }

  /** @param {string} service @param {string} id */
  get(service, id) {
    const document = this.#find(service, id);
    if (!document || document.deleted) {
      throw new PlatformError('NotFoundError', `No document '${id}' in '${service}'.`);
    }
    return document;
  }

  services() {
    return this.#store.services();
  }

  /** @param {string} service @param {{ limit?: number, cursor?: unknown }} [page] */
  list(service, { limit, cursor } = {}) {
    return pageOf((after) => this.#store.list(service, after), {
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
    const former = this.#expect(service, id, expectedRevision);
    this.#check(DOCUMENT_EVENTS.deleted, { service, id });
    return this.#delete(former);
  }

  close() {
    this.#expiry.close();
    this.#store.close();
  }

  /**
   * Reads the store. A document that has expired by now is deleted first.
   *
   * @param {string} service
   * @param {string} id
   */
  #find(service, id) {
    const document = this.#store.get(service, id);
    return document && !document.deleted && isExpired(document) ? this.#delete(document) : document;
  }

  /** @param {string} service @param {string} id @param {unknown} expectedRevision */
  #expect(service, id, expectedRevision) {
    if (expectedRevision !== undefined && !(Number.isSafeInteger(expectedRevision) && Number(expectedRevision) >= 0)) {
      throw invalid('expectedRevision: expected a whole number.');
    }
    const document = this.get(service, id);
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
    const former = this.#expect(service, id, expectedRevision);
    const revision = former.revision + 1;
    const data = change(former.data);
    const document = { ...former, revision, data, updatedAt: Date.now(), ...parseExpiry(expiresAt) };
    return this.#write(former, document, traceOf({ metadata }));
  }

  /**
   * @param {LocalDocument | undefined} former
   * @param {LocalDocument} document
   * @param {ReturnType<typeof traceOf>} trace
   */
  #write(former, document, trace) {
    const { service, id, revision, data, updatedAt } = document;
    if (Buffer.byteLength(JSON.stringify(data)) > this.#maxPayload) {
      throw new PlatformError('PayloadTooLargeError', 'The document would be longer than maxPayload.');
    }
    const payload = { service, id, data, diff: diff(former?.data, data) };
    this.#check(DOCUMENT_EVENTS.updated, payload);
    this.#keep(document);
    if (this.#activity.isWatched) {
      const operation = former === undefined ? 'created' : 'updated';
      this.#activity.report({ type: 'document', operation, document, diff: payload.diff });
    }
    this.#announce(DOCUMENT_EVENTS.updated, payload, { timestamp: updatedAt, revision, ...trace });
    return document;
  }

  /** @param {LocalDocument} former @returns {LocalDocument} */
  #delete(former) {
    /** @type {LocalDocument} */
    const document = { ...former, revision: former.revision + 1, updatedAt: Date.now(), deleted: true };
    this.#keep(document);
    if (this.#activity.isWatched) this.#activity.report({ type: 'document', operation: 'deleted', document });
    const { service, id, revision, updatedAt } = document;
    try {
      this.#announce(DOCUMENT_EVENTS.deleted, { service, id }, { timestamp: updatedAt, revision });
    } catch (error) {
      // A document expires whatever the schema of the event says; the platform counts the event.
      if (!(error instanceof PlatformError)) throw error;
    }
    return document;
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

  /** @param {LocalDocument} document */
  #keep(document) {
    this.#store.put(document);
    this.#expiry.observe(document);
  }

  /**
   * @param {{ topic: (service: string) => string, type: string }} event
   * @param {{ service: string, id: string, data?: unknown, diff?: unknown }} payload
   * @param {{ timestamp: number, revision: number }} metadata
   */
  #announce({ topic, type }, payload, metadata) {
    this.#events.publish({ topic: topic(payload.service), source: 'sync', type, payload, metadata });
  }
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
