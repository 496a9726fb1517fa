/**
 * A page of a list. Its cursor names the last document of the page, not a position, so that documents may come and
 * go in between: whatever stays is listed exactly once.
 */

import { invalid } from '../error.js';
import { LIMITS } from '../vocabulary.js';

/**
 * @param {(after?: string) => Iterable<object>} documentsAfter ordered by id
 * @param {{ limit?: number, cursor?: string, accepts: (document: object) => boolean }} request
 * @returns {{ documents: object[], cursor?: string }} without a cursor after the last page
 */
export function pageOf(documentsAfter, { limit = 100, cursor, accepts }) {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.page) {
    throw invalid(`limit: expected a whole number from 1 to ${LIMITS.page}.`);
  }
  const documents = [];
  let length = 0;
  for (const document of documentsAfter(cursor === undefined ? undefined : decode(cursor))) {
    if (!accepts(document)) continue;
    length += JSON.stringify(document).length;
    const full = documents.length === limit || (length > LIMITS.pageLength && documents.length > 0);
    if (full) return { documents, cursor: encode(documents.at(-1).id) };
    documents.push(document);
  }
  return { documents };
}

const encode = (id) => Buffer.from(id).toString('base64url');

function decode(cursor) {
  const id = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : '';
  if (id === '' || encode(id) !== cursor) throw invalid('cursor: expected one that a former page came with.');
  return id;
}
