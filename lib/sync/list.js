'use strict';

/** The documents of a service, fetched page by page as they are iterated. */

const { RealtimeError } = require('../errors.js');
const { isDocument } = require('./document.js');

/** @import { DocumentPage, SyncDocument } from '../../index.js' */
/** @import { RequestOptions, Rest } from '../rest.js' */

class DocumentList {
  #rest;
  #path;
  #limit;
  #cursor;
  #options;

  /**
   * @param {Rest} rest
   * @param {string} path
   * @param {number | undefined} limit documents a page
   * @param {string | undefined} cursor where to begin
   * @param {RequestOptions} options of each request
   */
  constructor(rest, path, limit, cursor, options) {
    this.#rest = rest;
    this.#path = path;
    this.#limit = limit;
    this.#cursor = cursor;
    this.#options = { ...options, repeatable: true };
  }

  /** @returns {AsyncGenerator<SyncDocument<any>, void, undefined>} */
  async *[Symbol.asyncIterator]() {
    for await (const { documents } of this.pages()) yield* documents;
  }

  /** @returns {AsyncGenerator<DocumentPage<any>, void, undefined>} */
  async *pages() {
    let cursor = this.#cursor;
    do {
      const page = await this.#fetch(cursor);
      yield page;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** @param {string | undefined} cursor @returns {Promise<DocumentPage<any>>} */
  async #fetch(cursor) {
    const query = new URLSearchParams();
    if (this.#limit !== undefined) query.set('limit', String(this.#limit));
    if (cursor !== undefined) query.set('cursor', cursor);
    const page = await this.#rest.request('GET', query.size > 0 ? `${this.#path}?${query}` : this.#path, this.#options);
    if (!Array.isArray(page?.documents) || !page.documents.every(isDocument))
      throw this.#refusal('answered with something that is no page of documents');
    // Some servers end with null or an empty text.
    const next = page.cursor || undefined;
    if (next !== undefined && (typeof next !== 'string' || next === cursor))
      throw this.#refusal('gave a cursor that leads nowhere');
    return next === undefined ? { documents: page.documents } : { documents: page.documents, cursor: next };
  }

  /** @param {string} what */
  #refusal(what) {
    const details = { method: 'GET', path: this.#path };
    return new RealtimeError('PROTOCOL_ERROR', `GET ${this.#path}: the server ${what}`, details);
  }
}

exports.DocumentList = DocumentList;
