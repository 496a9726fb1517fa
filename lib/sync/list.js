/** The documents of a service, fetched page by page as they are iterated. */

import { own } from '../own.js';
import { isDocument } from './document.js';

/** @import { DocumentPage, SyncDocument } from '../../index.js' */
/** @import { Expectation, RequestOptions, Rest } from '../requests/rest.js' */

class DocumentList {
  #rest;
  #path;
  #limit;
  #cursor;
  #options;
  #check;

  /**
   * @param {Rest} rest
   * @param {string} path
   * @param {number | undefined} limit documents per page
   * @param {string | undefined} cursor where to begin
   * @param {RequestOptions} options of each request
   * @param {((document: SyncDocument<any>) => Promise<SyncDocument<any>>) | undefined} check with a
   *   schema
   */
  constructor(rest, path, limit, cursor, options, check) {
    this.#rest = rest;
    this.#path = path;
    this.#limit = limit;
    this.#cursor = cursor;
    this.#options = { ...options, repeatable: true };
    this.#check = check;
  }

  /** @returns {AsyncGenerator<SyncDocument<any>, void, undefined>} */
  async *[Symbol.asyncIterator]() {
    for await (const { documents } of this.#pages()) yield* this.#checked(documents);
  }

  /** @returns {AsyncGenerator<DocumentPage<any>, void, undefined>} */
  async *pages() {
    for await (const page of this.#pages()) {
      const documents = [];
      for await (const document of this.#checked(page.documents)) documents.push(document);
      yield { ...page, documents };
    }
  }

  /** @param {SyncDocument<any>[]} documents @returns {AsyncGenerator<SyncDocument<any>, void, undefined>} */
  async *#checked(documents) {
    if (this.#check === undefined) yield* documents;
    else for (const document of documents) yield this.#check(document);
  }

  /** @returns {AsyncGenerator<DocumentPage<any>, void, undefined>} */
  async *#pages() {
    let cursor = this.#cursor;
    do {
      const page = await this.#fetch(cursor);
      yield page;
      cursor = cursorOf(page);
    } while (cursor !== undefined);
  }

  /** @param {string | undefined} cursor @returns {Promise<DocumentPage<any>>} */
  async #fetch(cursor) {
    const query = new URLSearchParams();
    if (this.#limit !== undefined) query.set('limit', String(this.#limit));
    if (cursor !== undefined) query.set('cursor', cursor);
    const path = query.size > 0 ? `${this.#path}?${query}` : this.#path;
    const page = await this.#rest.request('GET', path, { ...this.#options, expected: pageAfter(cursor) });
    const next = cursorOf(page);
    return next === undefined ? { documents: page.documents } : { documents: page.documents, cursor: next };
  }
}

/** @param {string | undefined} cursor of the request for the page @returns {Expectation} */
function pageAfter(cursor) {
  return {
    what: 'page of documents with a cursor that leads on',
    fits: (page) => {
      const next = cursorOf(page);
      const leadsOn = next === undefined || (typeof next === 'string' && next !== cursor);
      const documents = own(page, 'documents');
      return leadsOn && Array.isArray(documents) && documents.every(isDocument);
    },
  };
}

/** Some servers end with null or an empty string. @param {any} page */
function cursorOf(page) {
  return own(page, 'cursor') || undefined;
}

export { DocumentList };
