'use strict';

/** A document: where it is addressed, and what the server must send for one. */

const { RealtimeError } = require('../errors.js');
const { own } = require('../own.js');
const values = require('../values.js');

/** @import { SyncDocument } from '../../index.js' */

/** @param {string} service @returns {string} the path of its documents */
function documentsPath(service) {
  return `/api/sync/${values.segment(service, 'service')}/documents`;
}

/** @param {string} service @param {string} id */
function documentPath(service, id) {
  return `${documentsPath(service)}/${values.segment(id, 'id')}`;
}

/**
 * @param {any} body
 * @param {string} method
 * @param {string} path
 * @returns {SyncDocument<any>}
 */
function toDocument(body, method, path) {
  if (isDocument(body)) return body;
  const message = `${method} ${path}: the server answered with something that is no document (id, revision, data)`;
  throw new RealtimeError('PROTOCOL_ERROR', message, { method, path });
}

/** @param {any} body @returns {body is SyncDocument<any>} */
function isDocument(body) {
  return typeof own(body, 'id') === 'string' && isRevision(own(body, 'revision')) && own(body, 'data') !== undefined;
}

/** @param {unknown} value @returns {value is number} */
function isRevision(value) {
  return Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;
}

module.exports = { documentPath, documentsPath, isDocument, isRevision, toDocument };
