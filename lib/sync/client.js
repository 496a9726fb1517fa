/**
 * SyncClient, `client.sync`: the documents of the platform. It validates arguments and turns calls
 * into requests.
 */

import { loadChecks } from '#checks';
import { now } from '#host';
import { loadUpdate } from '#update';
import * as values from '../options/values.js';
import { bare } from '../own.js';
import { encode } from '../requests/json.js';
import { DOCUMENT, documentPath, documentsPath, isDocument } from './document.js';
import { DocumentList } from './list.js';
import { LiveDocument } from './live-document.js';
import { encodeMutations } from './mutations.js';
import { argument, CREATE, GET, LIST, parseOptions, parseTrailing, UPDATE, WATCH, WRITE } from './options.js';

/**
 * @import { CreateOptions, GetOptions, ListOptions, Mutation, SyncDocument } from '../../index.js'
 */
/** @import { UpdateOptions, WatchOptions, WriteOptions } from '../../index.js' */
/** @import { RequestOptions, Rest } from '../requests/rest.js' */
/** @import { StandardSchema } from '../../index.js' */
/** @import { Misfits } from '../schemas/misfit.js' */
/** @import { DocumentSubscriptions } from './document-subscriptions.js' */

class SyncClient {
  #rest;
  #documents;
  #misfits;

  /** @param {Rest} rest @param {DocumentSubscriptions} documents @param {Misfits} misfits */
  constructor(rest, documents, misfits) {
    this.#rest = rest;
    this.#documents = documents;
    this.#misfits = misfits;
  }

  /**
   * @param {string} service
   * @param {unknown} data
   * @param {string | CreateOptions} [id]
   * @param {CreateOptions} [options]
   * @returns {Promise<SyncDocument<any>>}
   */
  async create(service, data, id, options) {
    const path = documentsPath('create', service);
    const { expiresAt, id: wanted, ...call } = parseTrailing('create', 'id', id, options, CREATE);
    const name = wanted === undefined ? '' : `"id":${JSON.stringify(wanted)},`;
    const expiry = expiresAt === undefined ? '' : `,"expiresAt":${expiresAt}`;
    const body = `{${name}"data":${encode(data, argument('create', 'data'))}${expiry}}`;
    return this.#write(service, wanted, 'POST', path, bare({ ...call, body, expected: DOCUMENT }));
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {GetOptions} [options]
   * @returns {Promise<SyncDocument<any>>}
   */
  async get(service, id, options) {
    const path = documentPath('get', service, id);
    const { schema, ...call } = parseOptions('get', options, GET);
    const deadline = now() + call.timeout;
    const document = await this.#rest.request('GET', path, { ...call, repeatable: true, expected: DOCUMENT });
    if (schema === undefined) return document;
    return this.#checked(document, schema, { ...call, path, timeout: deadline - now() });
  }

  /**
   * @param {string} service @param {string} id @param {unknown} data @param {number | WriteOptions}
   *   [expectedRevision]
   * @param {WriteOptions} [options]
   */
  async replace(service, id, data, expectedRevision, options) {
    const body = `"data":${encode(data, argument('replace', 'data'))}`;
    return this.#change('replace', service, id, 'PUT', '', body, expectedRevision, options);
  }

  /**
   * @param {string} service @param {string} id @param {unknown} data @param {number | WriteOptions}
   *   [expectedRevision]
   * @param {WriteOptions} [options]
   */
  async merge(service, id, data, expectedRevision, options) {
    const body = `"data":${encode(data, argument('merge', 'data'))}`;
    return this.#change('merge', service, id, 'PATCH', '/merge', body, expectedRevision, options);
  }

  /**
   * @param {string} service @param {string} id @param {readonly Mutation[]} mutations @param
   *   {number | WriteOptions} [expectedRevision]
   * @param {WriteOptions} [options]
   */
  async mutate(service, id, mutations, expectedRevision, options) {
    const body = `"mutations":${encodeMutations(mutations, argument('mutate', 'mutations'))}`;
    return this.#change('mutate', service, id, 'POST', '/mutate', body, expectedRevision, options);
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {number | WriteOptions} [expectedRevision]
   * @param {WriteOptions} [options]
   */
  async delete(service, id, expectedRevision, options) {
    const { expectedRevision: revision, ...call } = parseTrailing(
      'delete',
      'expectedRevision',
      expectedRevision,
      options,
      WRITE,
    );
    const path = documentPath('delete', service, id) + (revision === undefined ? '' : `?expectedRevision=${revision}`);
    const answer = await this.#write(
      service,
      id,
      'DELETE',
      path,
      bare({ ...call, repeatable: revision !== undefined }),
    );
    return isDocument(answer) ? answer : undefined;
  }

  /** @param {string} service @param {ListOptions} [options] */
  list(service, options) {
    const { limit, cursor, schema, ...call } = parseOptions('list', options, LIST);
    const path = documentsPath('list', service);
    const check =
      schema && ((/** @type {SyncDocument<any>} */ document) => this.#checked(document, schema, { ...call, path }));
    return new DocumentList(this.#rest, path, limit, cursor, call, check);
  }

  /**
   * @param {string} service
   * @param {string} id
   * @param {(data: any, document: SyncDocument<any>) => unknown} change
   * @param {UpdateOptions} [options]
   */
  async update(service, id, change, options) {
    values.handler(change, argument('update', 'change'));
    const parsed = parseOptions('update', options, UPDATE);
    const update = await loadUpdate();
    return update(this, this.#rest, service, id, change, parsed);
  }

  /** @param {string} service @param {string} id @param {WatchOptions} [options] */
  watch(service, id, options) {
    documentPath('watch', service, id);
    const { returnMode, schema } = parseOptions('watch', options, WATCH);
    const target = {
      service,
      id,
      returnMode,
      read: (/** @type {AbortSignal} */ signal) => this.get(service, id, { signal }),
    };
    return new LiveDocument(this.#documents, target, schema && { schema, misfits: this.#misfits });
  }

  /**
   * @param {SyncDocument<any>} document
   * @param {StandardSchema} schema
   * @param {{ path: string, timeout: number, signal?: AbortSignal }} call
   */
  async #checked(document, schema, call) {
    const { checkDocument } = await loadChecks();
    return checkDocument(document, schema, this.#misfits, this.#rest, call);
  }

  /**
   * @param {string} name of the user's call
   * @param {string} service
   * @param {string} id
   * @param {string} method
   * @param {'' | '/merge' | '/mutate'} verb
   * @param {string} content members of the body
   * @param {unknown} expectedRevision
   * @param {WriteOptions} [options]
   */
  async #change(name, service, id, method, verb, content, expectedRevision, options) {
    const path = documentPath(name, service, id) + verb;
    const { expectedRevision: revision, ...call } = parseTrailing(
      name,
      'expectedRevision',
      expectedRevision,
      options,
      WRITE,
    );
    const body = revision === undefined ? `{${content}}` : `{${content},"expectedRevision":${revision}}`;
    const repeatable = revision !== undefined;
    return this.#write(service, id, method, path, bare({ ...call, body, repeatable, expected: DOCUMENT }));
  }

  /**
   * Writes, and reports the write to the live documents of this client.
   *
   * @param {string} service
   * @param {string | undefined} id
   * @param {string} method
   * @param {string} path
   * @param {RequestOptions} request
   */
  async #write(service, id, method, path, request) {
    const settle = this.#documents.write(service, id);
    let answer;
    try {
      const repeatable = request.repeatable || request.idempotencyKey !== undefined;
      answer = await this.#rest.request(method, path, { ...request, repeatable });
      return answer;
    } finally {
      settle(isDocument(answer) ? answer : undefined);
    }
  }
}

export { SyncClient };
