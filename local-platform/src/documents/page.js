/**
 * Pagination. The cursor names the last document of a page and not a position. So documents can be
 * added and removed between two pages, and all others are listed exactly once.
 */

import { invalid } from '../error.js';
import { later } from '../later.js';
import { LIMITS } from '../vocabulary.js';

/** @import { LocalDocument } from '../../index.js' */
/** @import { Eventual } from './memory.js' */

/**
 * @typedef {{ documents: LocalDocument[], cursor?: string }} Page without a cursor if it is the last one
 */

/**
 * @param {(after?: string) => Eventual<LocalDocument[]>} documentsAfter some documents, ordered by
 *   ID; none at the end
 * @param {{ limit?: number, cursor?: unknown, accepts: (document: LocalDocument) => boolean }}
 *   request
 * @returns {Eventual<Page>}
 */
export function pageOf(documentsAfter, { limit = 100, cursor, accepts }) {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.page) {
    throw invalid(`limit: expected a whole number from 1 to ${LIMITS.page}.`);
  }
  /** @type {LocalDocument[]} */
  const documents = [];
  let length = 0;
  /** @param {LocalDocument[]} found @returns {Page | undefined} the page, once it is full */
  const add = (found) => {
    for (const document of found) {
      if (!accepts(document)) continue;
      length += JSON.stringify(document).length;
      const last = documents.at(-1);
      const isFull = documents.length === limit || length > LIMITS.pageLength;
      if (last && isFull) return { documents, cursor: encode(last.id) };
      documents.push(document);
    }
    return undefined;
  };
  /** @param {string} [after] @returns {Eventual<Page>} */
  const read = (after) =>
    later(documentsAfter(after), (found) => {
      const last = found.at(-1);
      return add(found) ?? (last === undefined ? { documents } : read(last.id));
    });
  return read(cursor === undefined ? undefined : decode(cursor));
}

/** @param {string} id */
const encode = (id) => Buffer.from(id).toString('base64url');

/** @param {unknown} cursor */
function decode(cursor) {
  const id = typeof cursor === 'string' ? Buffer.from(cursor, 'base64url').toString() : '';
  if (id === '' || encode(id) !== cursor) throw invalid('cursor: expected the `cursor` of an earlier page.');
  return id;
}
