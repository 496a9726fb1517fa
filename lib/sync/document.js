/** A document: its path, and what the server must send as one. */

import * as values from '../options/values.js';
import { own } from '../own.js';
import { argument } from './options.js';

/** @import { SyncDocument } from '../../index.js' */
/** @import { Expectation } from '../requests/rest.js' */

/** @type {Expectation} */
const DOCUMENT = { what: 'document (id, revision, data)', fits: isDocument };

/** @param {string} method for errors @param {string} service @returns {string} the path of its documents */
function documentsPath(method, service) {
  return `/api/sync/${values.segment(service, argument(method, 'service'))}/documents`;
}

/** @param {string} method for errors @param {string} service @param {string} id */
function documentPath(method, service, id) {
  return `${documentsPath(method, service)}/${values.segment(id, argument(method, 'id'))}`;
}

/** @param {any} body @returns {body is SyncDocument<any>} */
function isDocument(body) {
  return typeof own(body, 'id') === 'string' && isRevision(own(body, 'revision')) && own(body, 'data') !== undefined;
}

/** @param {unknown} value @returns {value is number} */
function isRevision(value) {
  return Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;
}

export { DOCUMENT, documentPath, documentsPath, isDocument, isRevision };
