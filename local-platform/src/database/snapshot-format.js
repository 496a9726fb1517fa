/** The forms of a snapshot: lines of JSON, or one JSON document. Both are written row by row. */

import { invalid } from '../error.js';
import { isNameIn } from '../json.js';

/** @typedef {{ lsn: string, topic: string, key: readonly string[] }} Head */
/**
 * @typedef {object} Format
 * @property {string} type the media type
 * @property {(head: Head) => string} begin
 * @property {(row: object, index: number) => string} row
 * @property {(count: number) => string} end what tells the reader that the snapshot is whole
 */

/** @type {Record<string, Format>} */
const FORMATS = {
  ndjson: {
    type: 'application/x-ndjson',
    begin: (head) => `${JSON.stringify(head)}\n`,
    row: (row) => `${JSON.stringify(row)}\n`,
    end: (count) => `${JSON.stringify({ end: true, rows: count })}\n`,
  },
  json: {
    type: 'application/json',
    begin: (head) => `${JSON.stringify(head).slice(0, -1)},"rows":[`,
    row: (row, index) => `${index === 0 ? '' : ','}${JSON.stringify(row)}`,
    end: () => ']}',
  },
};

/** @param {unknown} name of the query; undefined: `ndjson` @returns {Format} */
export function formatOf(name = 'ndjson') {
  if (isNameIn(FORMATS, name)) return FORMATS[name];
  throw invalid(`format: expected one of ${Object.keys(FORMATS).join(', ')}.`);
}
