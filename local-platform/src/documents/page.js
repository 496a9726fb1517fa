/**
 * Pagination. The cursor names the last document of a page and not a position. So documents can be
 * added and removed between two pages, and all others are listed exactly once.
 */

import { invalid } from '../error.js';
import { LIMITS } from '../vocabulary.js';

/** @import { LocalDocument } from '../../index.js' */

/**
 * @param {(after?: string) => Iterable<LocalDocument>} documentsAfter ordered by ID
 * @param {{ limit?: number, cursor?: unknown, accepts: (document: LocalDocument) => boolean }}
 *   request
 * @returns {{ documents: LocalDocument[], cursor?: string }} without a cursor on the last page
 */
export function pageOf(documentsAfter, { limit = 100, cursor, accepts }) {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.page) {
    throw invalid(`limit: expected a whole number from 1 to ${LIMITS.page}.`);
  }
  /** @type {LocalDocument[]} */
  const documents = [];
  let length = 0;
  for (const document of documentsAfter(cursor === undefined ? undefined : decode(cursor))) {
    if (!accepts(document)) continue;
    length += JSON.stringify(document).length;
    const last = documents.at(-1);
    const isFull = documents.length === limit || length > LIMITS.pageLength;
    if (last && isFull) return { documents, cursor: encode(last.id) };
    documents.push(document);
  }
  return { documents };
}

/** @param {string} id */
const encode = (id) => Buffer.from(id).toString('base64url');

/** @param {unknown} cursor */
function decode(cursor) {
  const id = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : '';
  if (id === '' || encode(id) !== cursor) throw invalid('cursor: expected the `cursor` of an earlier page.');
  return id;
}
