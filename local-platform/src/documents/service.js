/**
 * The document service: what may be written, which revision it gets, and who hears of it. Each write is one step
 * without a pause, so that revisions and their events have one order.
 */

import { randomUUID } from 'node:crypto';
import { invalid, PlatformError } from '../error.js';
import { requireJson } from '../json.js';
import { DOCUMENT_EVENTS, LIMITS } from '../vocabulary.js';
import { diff } from './diff.js';
import { Expiry } from './expiry.js';
import { merge } from './merge.js';
import { applyMutations } from './mutations.js';
import { pageOf } from './page.js';

export class Documents {
  #store;
  #publish;
  #maxPayload;
  #expiry = new Expiry((service, id) => this.#find(service, id));

  /**
   * @param {import('./memory.js').MemoryStore} store
   * @param {(event: object) => void} publish
   * @param {{ maxPayload: number }} options the bound on a body is the bound on a document too
   */
  constructor(store, publish, { maxPayload }) {
    this.#store = store;
    this.#publish = publish;
    this.#maxPayload = maxPayload;
    for (const document of [...store.expiring()]) this.#expiry.observe(document);
  }

  create(service, { id = `doc_${randomUUID()}`, data, expiresAt }) {
    requireService(service);
    requireId(id);
    requireJson(data, 'data');
    const former = this.#find(service, id);
    if (former && !former.deleted) {
      throw new PlatformError('AlreadyExistsError', `There is a document '${id}' in '${service}'.`);
    }
    const revision = (former?.revision ?? 0) + 1;
    const now = Date.now();
    const document = { service, id, revision, data, createdAt: now, updatedAt: now, ...parseExpiry(expiresAt) };
    return this.#write(undefined, document);
  }

  get(service, id) {
    const document = this.#find(service, id);
    if (!document || document.deleted) {
      throw new PlatformError('NotFoundError', `No document '${id}' in '${service}'.`);
    }
    return document;
  }

  /** @returns {{ documents: object[], cursor?: string }} */
  list(service, { limit, cursor } = {}) {
    return pageOf((after) => this.#store.list(service, after), {
      limit,
      cursor,
      accepts: (document) => !isExpired(document),
    });
  }

  replace(service, id, { data, ...conditions }) {
    requireJson(data, 'data');
    return this.#update(service, id, conditions, () => data);
  }

  merge(service, id, { data, ...conditions }) {
    requireJson(data, 'data');
    return this.#update(service, id, conditions, (former) => merge(former, data));
  }

  mutate(service, id, { mutations, ...conditions }) {
    return this.#update(service, id, conditions, (former) => applyMutations(former, mutations));
  }

  /** Soft: the document stays in the store, marked, and its revisions go on if it is created again. */
  delete(service, id, { expectedRevision } = {}) {
    return this.#delete(this.#expect(service, id, expectedRevision));
  }

  close() {
    this.#expiry.close();
    this.#store.close();
  }

  /** What the store has; a document whose time has come is deleted first, whoever notices. */
  #find(service, id) {
    const document = this.#store.get(service, id);
    return document && !document.deleted && isExpired(document) ? this.#delete(document) : document;
  }

  #expect(service, id, expectedRevision) {
    if (expectedRevision !== undefined && !(Number.isSafeInteger(expectedRevision) && expectedRevision >= 0)) {
      throw invalid('expectedRevision: expected a whole number.');
    }
    const document = this.get(service, id);
    const { revision } = document;
    if (expectedRevision === undefined || expectedRevision === revision) return document;
    const message = `Document '${id}' is at revision ${revision}, not ${expectedRevision}: read it and try again.`;
    throw new PlatformError('ConflictError', message, { currentRevision: revision, document });
  }

  #update(service, id, { expectedRevision, expiresAt }, change) {
    const former = this.#expect(service, id, expectedRevision);
    const revision = former.revision + 1;
    const data = change(former.data);
    return this.#write(former, { ...former, revision, data, updatedAt: Date.now(), ...parseExpiry(expiresAt) });
  }

  #write(former, document) {
    const { service, id, revision, data, updatedAt } = document;
    if (Buffer.byteLength(JSON.stringify(data)) > this.#maxPayload) {
      throw new PlatformError('PayloadTooLargeError', 'The document would be longer than maxPayload.');
    }
    this.#keep(document);
    const payload = { service, id, data, diff: diff(former?.data, data) };
    this.#announce(DOCUMENT_EVENTS.updated, { payload, timestamp: updatedAt, revision });
    return document;
  }

  #delete(former) {
    const document = { ...former, revision: former.revision + 1, updatedAt: Date.now(), deleted: true };
    this.#keep(document);
    const { service, id, revision, updatedAt } = document;
    this.#announce(DOCUMENT_EVENTS.deleted, { payload: { service, id }, timestamp: updatedAt, revision });
    return document;
  }

  #keep(document) {
    this.#store.put(document);
    this.#expiry.observe(document);
  }

  #announce({ topic, type }, { payload, ...metadata }) {
    this.#publish({ topic: topic(payload.service), source: 'sync', type, payload, metadata });
  }
}

const isExpired = ({ expiresAt }) => expiresAt !== undefined && expiresAt <= Date.now();

function requireService(service) {
  const { nameLength } = LIMITS;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!isName(service) || /[\u0000-\u001f\u007f]/.test(service)) {
    throw invalid(`service: expected 1 to ${nameLength} characters, none of them a control character.`);
  }
}

function requireId(id) {
  if (!isName(id)) throw invalid(`id: expected 1 to ${LIMITS.nameLength} characters of valid Unicode.`);
}

const isName = (text) =>
  typeof text === 'string' && text !== '' && text.length <= LIMITS.nameLength && text.isWellFormed();

function parseExpiry(expiresAt) {
  if (expiresAt === undefined) return {};
  if (!Number.isSafeInteger(expiresAt)) throw invalid('expiresAt: expected whole milliseconds since 1970.');
  return { expiresAt };
}
